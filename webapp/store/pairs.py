"""Both sides of many customers, read in few queries into the values the sync works on."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, Uuid, and_, bindparam, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Text

from webapp.extensions import db
from webapp.sdk import (
    CONTACT_FIELDS,
    Address,
    ContactData,
    ContactRecord,
    CustomerData,
    CustomerDetail,
    CustomerRecord,
)
from webapp.store import links
from webapp.store.columns import PORTAL
from webapp.store.customers import Contact, Customer
from webapp.store.directory_pages import contact_record, customer_record
from webapp.store.intents import held_ids
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.sync.steps import OurCustomer, TheirCustomer

M = MirrorCustomer


def their_details(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_ids: Collection[str]
) -> dict[str, CustomerDetail]:
    """Read customers of the mirror with their contacts, by their id; those that are gone are left out."""
    wanted = literal(list(their_ids), ARRAY(Text))
    customers = select(*_columns(M, _CUSTOMER)).where(
        M.portal_id == portal_id,
        M.connection_id == connection_id,
        M.their_id == func.any(wanted),
        M.gone_at.is_(None),
    )
    contacts = select(*_columns(MirrorContact, _CONTACT)).where(
        MirrorContact.portal_id == portal_id,
        MirrorContact.connection_id == connection_id,
        MirrorContact.their_customer_id == func.any(wanted),
    )
    people: dict[str, list[ContactRecord]] = defaultdict(list)
    for row in db.session.execute(contacts.order_by(MirrorContact.their_id)):
        people[row.their_customer_id].append(_their_contact(row))
    return {
        row.their_id: CustomerDetail(customer=_their_customer(row), contacts=tuple(people[row.their_id]))
        for row in db.session.execute(customers)
    }


def their_customers(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_ids: Collection[str]
) -> dict[str, TheirCustomer]:
    """Read customers of the mirror for a sync, by their id, those the provider said are gone too.

    Left out are those it does not know, and those whose contacts were not read since they changed.
    """
    found = their_details(portal_id, connection_id, their_ids)
    wanted = literal(list(their_ids), ARRAY(Text))
    in_full = func.coalesce(M.detail_version == M.version, False)
    known = select(M.their_id, M.gone_at.is_not(None), in_full).where(
        M.portal_id == portal_id,
        M.connection_id == connection_id,
        M.their_id == func.any(wanted),
        or_(M.gone_at.is_not(None), M.contacts_digest.is_not(None)),
    )
    return {
        their_id: TheirCustomer(customer=None, gone=True) if gone else _seen(found[their_id], in_full)
        for their_id, gone, in_full in db.session.execute(known)
        if gone or their_id in found
    }


def moved_there(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_ids: Collection[str]
) -> dict[str, frozenset[str]]:
    """Tell, by a customer there, which of its contacts are linked to a contact of another customer here.

    They belonged to another customer there, which that one has taken in.
    """
    asked = {"portal_id": portal_id, "connection_id": connection_id, "their_ids": list(their_ids)}
    found: dict[str, frozenset[str]] = {}
    for their_customer_id, their_id in db.session.execute(_moved_there(), asked):
        found[their_customer_id] = found.get(their_customer_id, frozenset()) | {their_id}
    return found


@cache
def _moved_there() -> Select[str, str]:
    """Put the question once: it is asked of whatever a pass looks at."""
    mine, person = aliased(Link), aliased(Link)
    connection_id = bindparam("connection_id", type_=Uuid)
    here = (person.portal_id == PORTAL, person.connection_id == connection_id, person.kind == "contact")
    return (
        select(MirrorContact.their_customer_id, MirrorContact.their_id)
        .join(person, and_(*here, person.their_id == MirrorContact.their_id))
        .join(Contact, and_(Contact.portal_id == PORTAL, Contact.id == person.our_id))
        .join(
            mine,
            and_(
                mine.portal_id == PORTAL,
                mine.connection_id == connection_id,
                mine.kind == "customer",
                mine.their_id == MirrorContact.their_customer_id,
            ),
        )
        .where(
            MirrorContact.portal_id == PORTAL,
            MirrorContact.connection_id == connection_id,
            MirrorContact.their_customer_id == func.any(bindparam("their_ids", type_=ARRAY(Text))),
            Contact.customer_id != mine.our_id,
        )
    )


def taken_in(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_customer_id: str, their_ids: Collection[str]
) -> frozenset[str]:
    """Tell which contacts of a customer there another one has by now, by their ids: a merge moved them."""
    query = select(MirrorContact.their_id).where(
        MirrorContact.portal_id == portal_id,
        MirrorContact.connection_id == connection_id,
        MirrorContact.their_id == func.any(literal(list(their_ids), ARRAY(Text))),
        MirrorContact.their_customer_id != their_customer_id,
    )
    return frozenset(db.session.scalars(query))


def our_customers(
    portal_id: uuid.UUID, connection_id: uuid.UUID, our_ids: Collection[uuid.UUID], *, binned: bool = False
) -> dict[uuid.UUID, OurCustomer]:
    """Read customers here with their contacts and links to one connection; those in the bin if asked for."""
    query = select(Customer).where(Customer.portal_id == portal_id, Customer.id.in_(our_ids))
    if not binned:
        query = query.where(Customer.deleted_at.is_(None))
    customers = list(db.session.scalars(query.execution_options(populate_existing=True)))
    people: dict[uuid.UUID, list[Contact]] = defaultdict(list)
    for contact in _people(portal_id, our_ids, binned=binned):
        people[contact.customer_id].append(contact)
    linked = links.of_records(portal_id, connection_id, _ids(customers, people.values()))
    held = held_ids(portal_id, connection_id, _ids((), people.values()), apart=True)
    return {row.id: _our_customer(row, people[row.id], linked, held) for row in customers}


def _people(portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID], *, binned: bool) -> Iterable[Contact]:
    query = select(Contact).where(Contact.portal_id == portal_id, Contact.customer_id.in_(customer_ids))
    if not binned:
        query = query.where(Contact.deleted_at.is_(None))
    query = query.order_by(Contact.primary.desc(), Contact.created_at, Contact.id)
    return db.session.scalars(query.execution_options(populate_existing=True))


def _our_customer(
    row: Customer,
    people: list[Contact],
    linked: dict[uuid.UUID, links.Link],
    held: dict[uuid.UUID, list[str]],
) -> OurCustomer:
    """Put a customer together; of one in the bin those contacts are its own that went in along with it."""
    own = [each for each in people if each.deleted_at == row.deleted_at]
    binned = [each for each in people if each.deleted_at is not None and each.id in linked]
    waiting = {text for each in people if each.id in held for text in (str(each.id), *held[each.id])}
    return OurCustomer(
        customer=customer_record(row),
        contacts=tuple(contact_record(each) for each in own),
        link=links.as_value(linked[row.id]) if row.id in linked else None,
        contact_links=tuple(links.as_value(linked[each.id]) for each in people if each.id in linked),
        deleted=row.deleted_at is not None,
        deleted_contacts=tuple(contact_record(each) for each in binned if each not in own),
        held=frozenset(waiting),
    )


def _seen(detail: CustomerDetail, in_full: bool) -> TheirCustomer:
    return TheirCustomer(customer=detail.customer, contacts=detail.contacts, in_full=in_full)


def _ids(customers: Iterable[Customer], people: Iterable[list[Contact]]) -> list[uuid.UUID]:
    return [row.id for row in customers] + [contact.id for contacts in people for contact in contacts]


def _their_customer(row: Row[Any]) -> CustomerRecord:
    address = row.billing_address
    return CustomerRecord(
        id=row.their_id,
        data=CustomerData(
            name=row.name,
            company_name=row.company_name,
            website=row.website,
            billing_address=None if address is None else Address(**address),
            active=row.active,
            currency=row.currency,
            custom_fields=row.custom_fields,
        ),
        version=row.version,
        created_at=row.created_there_at,
        modified_at=row.modified_there_at,
        has_transactions=row.has_transactions,
    )


def _their_contact(row: Row[Any]) -> ContactRecord:
    return ContactRecord(
        id=row.their_id,
        customer_id=row.their_customer_id,
        data=ContactData(**{name: getattr(row, name) for name in CONTACT_FIELDS}),
        version=row.version or None,
    )


def _columns(model: Any, names: Iterable[str]) -> list[Any]:
    return [getattr(model, name) for name in names]


_CUSTOMER = (
    "their_id",
    "version",
    "name",
    "company_name",
    "website",
    "billing_address",
    "custom_fields",
    "active",
    "currency",
    "has_transactions",
    "created_there_at",
    "modified_there_at",
)
_CONTACT = ("their_id", "their_customer_id", "version", *CONTACT_FIELDS)
