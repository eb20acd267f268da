"""The pages of a customer's history: filtered, counted, and read through to its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from webapp.extensions import db
from webapp.store.customers import Contact, Customer, called
from webapp.store.history import PERSON, HistoryEntry
from webapp.store.portals import User
from webapp.store.runs import Run
from webapp.store.ticks import uuids

_CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "record": lambda record: HistoryEntry.record_id == record,
    "field": lambda field: HistoryEntry.field == field,
    "actor": lambda actor: HistoryEntry.actor == actor,
    "run": lambda number: Run.number == number,
    "start": lambda time: HistoryEntry.at >= time,
    "end": lambda time: HistoryEntry.at < time,
}
"""What of a query puts which condition."""

_COLUMNS = ("id", "at", "actor", "kind", "record_id", "action", "field", "old", "new", "lost", "run_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """What of a history is asked for; ``end`` is the time before which it ends."""

    record: uuid.UUID | None = None
    field: str = ""
    actor: str = ""
    run: int | None = None
    start: datetime | None = None
    end: datetime | None = None


def customer_name(portal_id: uuid.UUID, customer_id: uuid.UUID) -> Row[str, datetime | None] | None:
    """Read a customer's name and when it went into the bin, if it lies there."""
    query = select(Customer.name, Customer.deleted_at).where(
        Customer.portal_id == portal_id, Customer.id == customer_id
    )
    return db.session.execute(query).first()


def page_rows(
    portal_id: uuid.UUID, customer_id: uuid.UUID, query: HistoryQuery, *, offset: int, limit: int
) -> list[Row[Any]]:
    """Read a page of entries, newest first, each with its run's number and the name of the person."""
    found = _entries(portal_id, customer_id, query).offset(offset).limit(limit)
    return list(db.session.execute(found))


def count(portal_id: uuid.UUID, customer_id: uuid.UUID, query: HistoryQuery) -> int:
    """Count the entries that are asked for."""
    found = _entries(portal_id, customer_id, query).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def following(
    side: Connection,
    portal_id: uuid.UUID,
    customer_id: uuid.UUID,
    query: HistoryQuery,
    *,
    before: uuid.UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Read the next entries older than one."""
    found = _entries(portal_id, customer_id, query).limit(limit)
    return side.execute(found if before is None else found.where(HistoryEntry.id < before)).all()


def choices(portal_id: uuid.UUID, customer_id: uuid.UUID) -> Row[Any]:
    """List what can be asked for: the fields, actors, records and run numbers of a customer's history."""
    of_run = and_(Run.portal_id == HistoryEntry.portal_id, Run.id == HistoryEntry.run_id)
    query = (
        select(
            _distinct(HistoryEntry.field).label("fields"),
            _distinct(HistoryEntry.actor).label("actors"),
            _distinct(HistoryEntry.record_id).label("records"),
            _distinct(Run.number).label("runs"),
        )
        .select_from(HistoryEntry)
        .outerjoin(Run, of_run)
        .where(HistoryEntry.portal_id == portal_id, HistoryEntry.customer_id == customer_id)
    )
    return db.session.execute(query).one()


def record_names(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Name records, those in the bin too."""
    people = select(Contact.id, Contact.first_name, Contact.last_name, Contact.email).where(
        Contact.portal_id == portal_id, Contact.id == func.any(uuids(ids))
    )
    customers = select(Customer.id, Customer.name).where(
        Customer.portal_id == portal_id, Customer.id == func.any(uuids(ids))
    )
    names = {row.id: called(row.first_name, row.last_name, row.email) for row in db.session.execute(people)}
    return names | {row.id: row.name for row in db.session.execute(customers)}


def person_names(actors: Collection[str]) -> dict[str, str]:
    """Name those actors that are people."""
    ids = [actor for actor in actors if len(actor) == 36]
    query = select(User.id, User.name, User.email).where(User.id.in_([uuid.UUID(each) for each in ids]))
    return {str(row.id): row.name or row.email for row in db.session.execute(query)} if ids else {}


def _entries(portal_id: uuid.UUID, customer_id: uuid.UUID, query: HistoryQuery) -> Select[Any]:
    of_run = and_(Run.portal_id == HistoryEntry.portal_id, Run.id == HistoryEntry.run_id)
    found = (
        select(*(getattr(HistoryEntry, name) for name in _COLUMNS), Run.number, User.name.label("person"))
        .outerjoin(Run, of_run)
        .outerjoin(User, User.id == PERSON)
        .where(HistoryEntry.portal_id == portal_id, HistoryEntry.customer_id == customer_id)
    )
    wanted = ((put, getattr(query, name)) for name, put in _CONDITIONS.items())
    asked = [put(value) for put, value in wanted if value not in (None, "")]
    return found.where(*asked).order_by(HistoryEntry.id.desc())


def _distinct(column: Any) -> Any:
    return func.array_agg(column.distinct()).filter(column.is_not(None))
