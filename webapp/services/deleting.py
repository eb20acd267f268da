"""Deleting customers and contacts, and taking them out of the bin again, one at a time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from webapp.extensions import db
from webapp.services import bin
from webapp.services.checks import places_of, why_full
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.history import last_changes, last_deletion
from webapp.services.holding import UNKNOWN, Held, Touched, contact_fields, held
from webapp.services.labels import name_of, provider_label
from webapp.services.typed import Change
from webapp.store import bin as bin_store
from webapp.store import customers as store
from webapp.store import in_step
from webapp.store.customers import Contact, Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A provider that a deletion reaches; ``deletes``: whether it deletes customers at all.

    ``has_transactions`` is None where that is not known.
    """

    label: str
    deletes: bool
    has_transactions: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InBin:
    """A customer in the bin, with as many ``contacts``: who put it there, and until when it is kept.

    ``on_its_way`` are the providers its deletion still travels to, ``gone_too`` those where it arrived or
    came from.
    """

    customer: Customer
    contacts: int
    deletion: Change
    until: datetime
    on_its_way: tuple[str, ...]
    gone_too: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a deletion takes along: the record's name and version, its contacts, and the places it reaches."""

    name: str
    version: int
    contacts: int
    places: tuple[Place, ...]
    was_primary: bool = False


def reach(portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID | None = None) -> Reach:
    """Tell what deleting a customer, or one of its contacts, would reach; raises ``NotFound``."""
    customer, people = store.with_people(portal_id, customer_id)
    if customer is None:
        raise NotFound(UNKNOWN["customer"])
    living = [person for person in people if person.deleted_at is None]
    record: Customer | Contact = customer
    if contact_id is not None:
        found = next((person for person in living if person.id == contact_id), None)
        if found is None:
            raise NotFound(UNKNOWN["contact"])
        record = found
    return Reach(
        name=record.name,
        version=record.version,
        contacts=len(living) if contact_id is None else 0,
        places=_places(portal_id, customer_id),
        was_primary=isinstance(record, Contact) and record.primary and len(living) > 1,
    )


def delete_contact(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID, *, version: int
) -> Touched:
    """Put a contact into the bin, as it was at a version somebody saw.

    Raises ``Conflict`` when it changed since, ``Binned`` and ``NotFound``.
    """
    with held(portal_id, customer_id, user_id) as record:
        contact = record.contact(contact_id)
        name = contact.name
        _refuse_moved(record, name, contact_id, seen=version, version=contact.version)
        before = {person.id: contact_fields(person) for person in record.people()}
        record.directory.delete_contact(str(customer_id), str(contact_id))
        record.tell("deleted", contact, old=name)
        for person in record.people():
            record.tell_changes(before[person.id], contact_fields(person), person)
        record.decided("contact.deleted", contact_id)
        touched = record.touched(contact)
    return touched


def delete_customer(portal_id: uuid.UUID, customer_id: uuid.UUID, user_id: uuid.UUID, *, version: int) -> str:
    """Put a customer and its contacts into the bin, as ``delete_contact`` does, and return its name."""
    with held(portal_id, customer_id, user_id) as record:
        name = record.row.name
        _refuse_moved(record, name, customer_id, seen=version, version=record.row.version)
        record.directory.delete_customer(str(customer_id))
        record.tell("deleted", old=name)
        record.decided("customer.deleted", customer_id)
    return name


def restore_contact(
    portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID
) -> str:
    """Take a contact out of the bin and return its name; harmless when it is not in it.

    Where its deletion had travelled, the sync makes it there anew. Raises ``Binned`` while its customer is in
    the bin, and ``Refused`` where a provider keeps no second contact.
    """
    with held(portal_id, customer_id, user_id) as record:
        contact = record.contact(contact_id, binned=True)
        if contact.deleted_at is not None:
            if why := why_full(record.places, len(record.people())):
                raise Refused(why)
            record.directory.restore_contact(str(customer_id), str(contact_id))
            record.tell("restored", contact, new=contact.name)
            record.decided("contact.restored", contact_id)
        name = contact.name
    return name


def restore_customer(portal_id: uuid.UUID, customer_id: uuid.UUID, user_id: uuid.UUID) -> str:
    """Take a customer out of the bin with the contacts that went in along with it, and return its name.

    Where its deletion had travelled it is no longer linked, and an open item asks whether to link it again.
    """
    with held(portal_id, customer_id, user_id, binned=True) as record:
        name = record.row.name
        if record.row.deleted_at is not None:
            bin.restore_locked(portal_id, [customer_id], user_id)
            record.decided("customer.restored", customer_id)
    return name


def in_bin(portal_id: uuid.UUID, customer_id: uuid.UUID) -> InBin | None:
    """Tell of a customer that lies in the bin; None when it does not."""
    customer = db.session.get(Customer, (portal_id, customer_id))
    if customer is None or customer.deleted_at is None:
        return None
    return InBin(
        customer=customer,
        contacts=len(store.contacts_of(portal_id, [customer_id], deleted_at=customer.deleted_at)),
        deletion=last_deletion(portal_id, customer_id),
        until=customer.deleted_at + bin.KEPT,
        on_its_way=tuple(place.label for place in _places(portal_id, customer_id)),
        gone_too=tuple(
            provider_label(portal_id, connection_id)
            for _, connection_id in bin_store.travelled(portal_id, [customer_id])
        ),
    )


def _places(portal_id: uuid.UUID, customer_id: uuid.UUID) -> tuple[Place, ...]:
    linked = in_step.linked_connections(portal_id, customer_id)
    known = {each.connection_id: each for each in places_of((row.Connection, "") for row in linked)}
    return tuple(
        Place(
            label=name_of(row.Connection),
            deletes=row.Connection.id in known and known[row.Connection.id].capabilities.deletes_customers,
            has_transactions=row.has_transactions,
        )
        for row in linked
    )


def _refuse_moved(record: Held, name: str, record_id: uuid.UUID, *, seen: int, version: int) -> None:
    """Raise ``Conflict`` when somebody changed what is about to be deleted after it was seen."""
    if seen == version:
        return
    changes = last_changes(record.portal_id, record_id).values()
    last = max((each for each in changes if each.at), key=lambda each: each.at, default=Change())  # type: ignore[arg-type,return-value]
    who = last.by or "Somebody"
    raise Conflict(
        f"{who} changed {name or 'this contact'} meanwhile. Nothing was deleted: look at it again."
    )
