"""Problems as lists of them are read: with the names of whom they are about, searched and counted."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, func, select, tuple_, update

from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.customer_list import Found
from webapp.store.customers import Contact, Customer
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.problems import Problem
from webapp.store.search import matches
from webapp.store.waiting import needs_somebody

FILTERS: dict[str, ColumnElement[bool]] = {
    "asked": Problem.question != "failed",
    "parked": and_(Problem.question == "failed", Problem.parked),
    "again": and_(Problem.question == "failed", ~Problem.parked),
}
"""Which problems there are: those that ask something, those that are tried no more, and those that are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which problems of a portal are meant; blank and None leave it open."""

    connection_id: uuid.UUID | None = None
    filter: str = ""
    q: str = ""


def counts(portal_id: uuid.UUID, wanted: Wanted) -> dict[str, int]:
    """Count what is wanted by filter, whichever filter that is; "all" of them too."""
    columns = [func.count().filter(condition).label(name) for name, condition in FILTERS.items()]
    query = select(func.count().label("all"), *columns).select_from(Problem)
    open_filter = Wanted(connection_id=wanted.connection_id, q=wanted.q)
    row = db.session.execute(_wanted(query, portal_id, open_filter)).one()
    return dict(row._mapping)


def page_rows(portal_id: uuid.UUID, wanted: Wanted, *, offset: int, limit: int) -> list[Row[Any]]:
    """List problems, those that need somebody first, then what was found last.

    Each comes with the ``Customer`` and ``Contact`` it is about, as far as they are here, with its twin there
    (``there``), and with whether the customer is ``linked``.
    """
    query = _wanted(_named(), portal_id, wanted)
    query = query.order_by(needs_somebody.desc(), Problem.found_at.desc(), Problem.id)
    return list(db.session.execute(query.offset(offset).limit(limit)))


def one(portal_id: uuid.UUID, problem_id: uuid.UUID, *, lock: bool = False) -> Row[Any] | None:
    """Find a problem with whom it is about; with ``lock`` others wait to decide it."""
    query = _named().where(Problem.portal_id == portal_id, Problem.id == problem_id)
    if lock:
        query = query.with_for_update(of=Problem)
    return db.session.execute(query.execution_options(populate_existing=True)).one_or_none()


def ids(portal_id: uuid.UUID, wanted: Wanted) -> list[uuid.UUID]:
    """List the problems that are wanted, by id."""
    return list(db.session.scalars(_wanted(select(Problem.id), portal_id, wanted).order_by(Problem.id)))


def try_again(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Row[uuid.UUID, uuid.UUID]]:
    """Let failed records begin anew, with all tries before them; return whose, as (connection, customer)."""
    begun = (
        update(Problem)
        .where(Problem.portal_id == portal_id, Problem.id.in_(ids), Problem.question == "failed")
        .values(attempts=0, parked=False, next_try_at=now())
        .returning(Problem.connection_id, Problem.customer_id)
    )
    return list(db.session.execute(begun.execution_options(synchronize_session=False)))


def forget(portal_id: uuid.UUID, problem_id: uuid.UUID) -> None:
    """Delete a problem that was decided."""
    gone = delete(Problem).where(Problem.portal_id == portal_id, Problem.id == problem_id)
    db.session.execute(gone.execution_options(synchronize_session=False))


def forget_customer(portal_id: uuid.UUID, connection_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Delete all problems of a customer and its contacts at a connection."""
    gone = delete(Problem).where(
        Problem.portal_id == portal_id,
        Problem.connection_id == connection_id,
        Problem.customer_id == customer_id,
    )
    db.session.execute(gone.execution_options(synchronize_session=False))


def their_customers(
    portal_id: uuid.UUID, named: Collection[tuple[uuid.UUID, str]]
) -> dict[tuple[uuid.UUID, str], MirrorCustomer]:
    """Read customers of the mirror by connection and id."""
    if not named:
        return {}
    query = select(MirrorCustomer).where(
        MirrorCustomer.portal_id == portal_id,
        tuple_(MirrorCustomer.connection_id, MirrorCustomer.their_id).in_(named),
    )
    return {(row.connection_id, row.their_id): row for row in db.session.scalars(query)}


def their_contacts(
    portal_id: uuid.UUID, named: Collection[tuple[uuid.UUID, str]]
) -> dict[tuple[uuid.UUID, str], MirrorContact]:
    """Read contacts of the mirror by connection and id."""
    if not named:
        return {}
    query = select(MirrorContact).where(
        MirrorContact.portal_id == portal_id,
        tuple_(MirrorContact.connection_id, MirrorContact.their_id).in_(named),
    )
    return {(row.connection_id, row.their_id): row for row in db.session.scalars(query)}


def held_intent(portal_id: uuid.UUID, connection_id: uuid.UUID, our_id: uuid.UUID) -> Intent | None:
    """Lock the create of a contact of which it cannot be told whether it arrived."""
    query = select(Intent).where(
        Intent.portal_id == portal_id,
        Intent.connection_id == connection_id,
        Intent.kind == "contact",
        Intent.our_id == our_id,
        Intent.state == "held",
    )
    return db.session.scalar(query.with_for_update())


def linked_there(
    portal_id: uuid.UUID, connection_id: uuid.UUID, kind: str, their_id: str
) -> uuid.UUID | None:
    """Tell which record here a record there is linked to."""
    query = select(Link.our_id).where(
        Link.portal_id == portal_id,
        Link.connection_id == connection_id,
        Link.kind == kind,
        Link.their_id == their_id,
    )
    return db.session.scalar(query)


def _named() -> Select[*tuple[Any, ...]]:
    customer = and_(Customer.portal_id == Problem.portal_id, Customer.id == Problem.customer_id)
    contact = and_(
        Contact.portal_id == Problem.portal_id, Contact.id == Problem.our_id, Problem.kind == "contact"
    )
    there = and_(
        MirrorCustomer.portal_id == Problem.portal_id,
        MirrorCustomer.connection_id == Problem.connection_id,
        MirrorCustomer.their_id == Problem.their_customer_id,
    )
    linked = exists().where(
        Link.portal_id == Problem.portal_id,
        Link.connection_id == Problem.connection_id,
        Link.kind == "customer",
        Link.our_id == Problem.customer_id,
    )
    return (
        select(
            Problem,
            Customer,
            Contact,
            MirrorCustomer.name.label("there"),
            linked.correlate(Problem).label("linked"),
        )
        .outerjoin(Customer, customer)
        .outerjoin(Contact, contact)
        .outerjoin(MirrorCustomer, there)
    )


def _wanted(
    query: Select[*tuple[Any, ...]], portal_id: uuid.UUID, wanted: Wanted
) -> Select[*tuple[Any, ...]]:
    query = query.where(Problem.portal_id == portal_id)
    if wanted.connection_id is not None:
        query = query.where(Problem.connection_id == wanted.connection_id)
    if wanted.filter:
        query = query.where(FILTERS[wanted.filter])
    if wanted.q:
        searched = select(Found.id).where(Found.portal_id == portal_id, matches(Found.search, wanted.q))
        query = query.where(Problem.customer_id.in_(searched))
    return query
