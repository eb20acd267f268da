"""Moving what hangs on one customer of the portal to another one: contacts, links, history."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, func, insert, or_, select, update

from webapp.extensions import Model, db
from webapp.store.conflicts import Conflict
from webapp.store.customers import Contact, Customer, contacts_of
from webapp.store.found_by import find_anew
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.problems import Problem
from webapp.store.ticks import uuids

UNSEEN = {"synchronize_session": False}
LONGEST_WAY = 20
"""So many merges, one into the next, are followed to the customer that is left."""


def links_of(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Link]:
    """Read the links of some records."""
    query = select(Link).where(Link.portal_id == portal_id, Link.our_id == func.any(uuids(ids)))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def unclear(portal_id: uuid.UUID, ids: Collection[uuid.UUID], their_ids: Collection[str]) -> bool:
    """Tell whether something was sent of which it is not known yet whether it arrived."""
    of_one = or_(Intent.our_id == func.any(uuids(ids)), Intent.their_customer_id.in_(their_ids))
    query = select(Intent.id).where(Intent.portal_id == portal_id, Intent.state.in_(("open", "held")), of_one)
    return db.session.scalar(query.limit(1)) is not None


def binned_contacts(portal_id: uuid.UUID, customer_id: uuid.UUID) -> list[uuid.UUID]:
    """List a customer's contacts in the bin whose deletion has yet to travel."""
    query = (
        select(Contact.id)
        .join(Link, (Link.portal_id == Contact.portal_id) & (Link.our_id == Contact.id))
        .where(Contact.portal_id == portal_id, Contact.customer_id == customer_id, Link.kind == "contact")
        .where(Contact.deleted_at.is_not(None))
    )
    return list(db.session.scalars(query.distinct()))


def move_contacts(
    portal_id: uuid.UUID, ids: Collection[uuid.UUID], to: uuid.UUID, at: datetime, *, demoted: bool
) -> None:
    """Give contacts to another customer, with their history; ``demoted`` if none of them stays primary."""
    values: dict[str, Any] = {"customer_id": to, "version": Contact.version + 1, "updated_at": at}
    if demoted:
        values["primary"] = False
    mine = Contact.portal_id == portal_id, Contact.id == func.any(uuids(ids))
    db.session.execute(update(Contact).where(*mine).values(values).execution_options(**UNSEEN))
    told = update(HistoryEntry).where(
        HistoryEntry.portal_id == portal_id,
        HistoryEntry.kind == "contact",
        HistoryEntry.record_id == func.any(uuids(ids)),
    )
    db.session.execute(told.values(customer_id=to).execution_options(**UNSEEN))


def move_links(portal_id: uuid.UUID, moves: Mapping[uuid.UUID, uuid.UUID], at: datetime) -> None:
    """Give the links of records to others of their kind; one that is linked there already keeps its own.

    What both sides agreed on stays as it is, so that what the merge changed here travels there.
    """
    taken = {(link.connection_id, link.our_id) for link in links_of(portal_id, moves.values())}
    rows = [
        {**_columns(link), "our_id": moves[link.our_id], **_due(link, at)}
        for link in links_of(portal_id, moves.keys())
        if (link.connection_id, moves[link.our_id]) not in taken
    ]
    gone = delete(Link).where(Link.portal_id == portal_id, Link.our_id == func.any(uuids(moves.keys())))
    db.session.execute(gone.execution_options(**UNSEEN))
    if rows:
        db.session.execute(insert(Link), rows)


def put_away(portal_id: uuid.UUID, customer_id: uuid.UUID, into: uuid.UUID, at: datetime) -> None:
    """Put a customer that was merged into another one into the bin, with the contacts it still has."""
    values: dict[str, Any] = {"deleted_at": at, "updated_at": at}
    people = update(Contact).where(
        Contact.portal_id == portal_id, Contact.customer_id == customer_id, Contact.deleted_at.is_(None)
    )
    db.session.execute(people.values(version=Contact.version + 1, **values).execution_options(**UNSEEN))
    customer = update(Customer).where(Customer.portal_id == portal_id, Customer.id == customer_id)
    values |= {"version": Customer.version + 1, "merged_into": into}
    db.session.execute(customer.values(values).execution_options(**UNSEEN))


def touch(portal_id: uuid.UUID, customer_id: uuid.UUID, at: datetime) -> None:
    """Note that a customer changed, and bring up to date what it is found by."""
    db.session.expire_all()
    row = db.session.get_one(Customer, (portal_id, customer_id))
    find_anew(row, contacts_of(portal_id, [customer_id]))
    row.version, row.updated_at = row.version + 1, at
    db.session.flush()


def forget_waiting(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> None:
    """Drop the conflicts and problems of records; what still stands is found again."""
    waiting: tuple[tuple[type[Model], Any, Any], ...] = (
        (Conflict, Conflict.portal_id, Conflict.our_id),
        (Problem, Problem.portal_id, Problem.our_id),
    )
    for model, portal, ours in waiting:
        gone = delete(model).where(portal == portal_id, ours == func.any(uuids(ids)))
        db.session.execute(gone.execution_options(**UNSEEN))


def survivor(portal_id: uuid.UUID, customer_id: uuid.UUID) -> uuid.UUID | None:
    """Follow a merged customer to the one that is left, if it is."""
    for _ in range(LONGEST_WAY):
        query = select(Customer.merged_into, Customer.deleted_at).where(
            Customer.portal_id == portal_id, Customer.id == customer_id
        )
        row = db.session.execute(query).first()
        if row is None:
            return None
        if row.deleted_at is None:
            return customer_id
        if row.merged_into is None:
            return None
        customer_id = row.merged_into
    return None


def _columns(link: Link) -> dict[str, Any]:
    names = cast(Any, Link.__table__).columns.keys()
    return {name: getattr(link, name) for name in names}


def _due(link: Link, at: datetime) -> dict[str, Any]:
    looked = {"looked_ours": "", "looked_theirs": "", "brake": ""}
    return looked | ({"due_at": at, "edited_here": True} if link.kind == "customer" else {})
