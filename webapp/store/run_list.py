"""The list of runs, and what a pass of the sync did: its history, by customer."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy import Connection as DatabaseConnection

from webapp.extensions import db
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.history import PERSON, HistoryEntry
from webapp.store.portals import User
from webapp.store.problems import Problem
from webapp.store.runs import Run

STATES: dict[str, tuple[str, ...]] = {
    "under_way": ("queued", "running"),
    "done": ("done",),
    "stopped": ("cancelled", "failed"),
}
"""The states a list of runs is filtered by."""


def confirmed_runs(
    portal_id: uuid.UUID,
    *,
    kind: str,
    connection_id: uuid.UUID | None,
    state: str,
    project_id: uuid.UUID | None,
    offset: int,
    limit: int,
) -> tuple[list[Row[Run, str, Connection]], int]:
    """List runs that were confirmed, newest first, each with the person's name and the connection."""
    where = [Run.portal_id == portal_id, Run.number.is_not(None)]
    where += [Run.kind == kind] if kind else []
    where += [Run.connection_id == connection_id] if connection_id else []
    where += [Run.state.in_(STATES[state])] if state else []
    where += [Run.project_id == project_id] if project_id else []
    total = db.session.scalar(select(func.count()).select_from(Run).where(*where)) or 0
    theirs = and_(Connection.portal_id == Run.portal_id, Connection.id == Run.connection_id)
    query = (
        select(Run, User.name, Connection)
        .join(Connection, theirs)
        .outerjoin(User, User.id == Run.started_by)
        .where(*where)
        .order_by(Run.number.desc())
    )
    return list(db.session.execute(query.offset(offset).limit(limit))), total


def customers_of(
    portal_id: uuid.UUID, run_id: uuid.UUID, *, offset: int, limit: int
) -> tuple[list[Row[Any]], int]:
    """List the customers a run did something to, in the order it did, with their names; and how many."""
    of_run = _of_run(portal_id, run_id)
    total = db.session.scalar(select(func.count(HistoryEntry.customer_id.distinct())).where(*of_run)) or 0
    touched = (
        select(HistoryEntry.customer_id, func.min(HistoryEntry.at).label("at"))
        .where(*of_run, HistoryEntry.customer_id.is_not(None))
        .group_by(HistoryEntry.customer_id)
        .subquery()
    )
    query = (
        select(touched.c.customer_id, Customer.name)
        .outerjoin(Customer, and_(Customer.portal_id == portal_id, Customer.id == touched.c.customer_id))
        .order_by(touched.c.at, touched.c.customer_id)
    )
    return list(db.session.execute(query.offset(offset).limit(limit))), total


def entries_of(
    portal_id: uuid.UUID, run_id: uuid.UUID, customer_ids: Collection[uuid.UUID]
) -> Sequence[Row[Any]]:
    """Read what a run did to some customers, in the order it did, with the names of records and people."""
    query = _entries(portal_id, run_id).where(HistoryEntry.customer_id.in_(customer_ids))
    return db.session.execute(query.order_by(HistoryEntry.id)).all()


def following(
    side: DatabaseConnection, portal_id: uuid.UUID, run_id: uuid.UUID, *, after: uuid.UUID, limit: int
) -> Sequence[Row[Any]]:
    """Read the next of what a run did behind an entry."""
    query = _entries(portal_id, run_id).where(HistoryEntry.id > after).order_by(HistoryEntry.id)
    return side.execute(query.limit(limit)).all()


def problems_of(portal_id: uuid.UUID, run_id: uuid.UUID, *, limit: int) -> Sequence[Row[Any]]:
    """List the problems that a run found and that still are, with the customers' names."""
    return _found(Problem, portal_id, run_id, Problem.question, Problem.reason, Problem.parked, limit=limit)


def conflicts_of(portal_id: uuid.UUID, run_id: uuid.UUID, *, limit: int) -> Sequence[Row[Any]]:
    """List the conflicts that a run found and that still wait, with the customers' names."""
    return _found(Conflict, portal_id, run_id, Conflict.field, limit=limit)


def _found(
    model: Any, portal_id: uuid.UUID, run_id: uuid.UUID, *columns: Any, limit: int
) -> Sequence[Row[Any]]:
    query = (
        select(model.customer_id, model.kind, Customer.name.label("customer"), *columns)
        .outerjoin(Customer, and_(Customer.portal_id == portal_id, Customer.id == model.customer_id))
        .where(model.portal_id == portal_id, model.run_id == run_id)
        .order_by(model.found_at)
    )
    return db.session.execute(query.limit(limit)).all()


def _entries(portal_id: uuid.UUID, run_id: uuid.UUID) -> Select[Any]:
    of_customer = and_(Customer.portal_id == portal_id, Customer.id == HistoryEntry.customer_id)
    of_contact = and_(Contact.portal_id == portal_id, Contact.id == HistoryEntry.record_id)
    columns: list[Any] = [
        *HistoryEntry.__table__.columns,
        Customer.name.label("customer"),
        Contact.first_name,
        Contact.last_name,
        Contact.email,
        User.name.label("person"),
    ]
    return (
        select(*columns)
        .select_from(HistoryEntry)
        .outerjoin(Customer, of_customer)
        .outerjoin(Contact, of_contact)
        .outerjoin(User, User.id == PERSON)
        .where(*_of_run(portal_id, run_id))
    )


def _of_run(portal_id: uuid.UUID, run_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return HistoryEntry.portal_id == portal_id, HistoryEntry.run_id == run_id
