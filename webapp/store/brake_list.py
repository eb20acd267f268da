"""Customers that the brake holds: listed by name, searched and counted, and what is decided about them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select, update

from webapp.extensions import db
from webapp.store.connections import Connection
from webapp.store.customer_list import Found
from webapp.store.customers import Customer
from webapp.store.dirty import HELD, KEPT, RELEASED
from webapp.store.links import Link
from webapp.store.search import matches


def count(portal_id: uuid.UUID, connection_id: uuid.UUID, q: str = "") -> int:
    """Count the customers that are held, those of a search if there is one."""
    query = _held(select(func.count()).select_from(Link), portal_id, connection_id, q)
    return db.session.scalar(query) or 0


def page(
    portal_id: uuid.UUID, connection_id: uuid.UUID, q: str, *, offset: int, limit: int
) -> list[uuid.UUID]:
    """List held customers by name, as ids."""
    customer = and_(Customer.portal_id == Link.portal_id, Customer.id == Link.our_id)
    query = _held(select(Link.our_id).join(Customer, customer), portal_id, connection_id, q)
    return list(
        db.session.scalars(query.order_by(Customer.sort_key, Link.our_id).offset(offset).limit(limit))
    )


def release(portal_id: uuid.UUID, connection_id: uuid.UUID) -> int:
    """Let the next pass do what is held of all customers; return how many."""
    return _decide(portal_id, connection_id, {"brake": RELEASED, "edited_here": True})


def let_be_kept(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID) -> int:
    """Have all customers that are held kept as they are, as somebody decided; return how many."""
    return _decide(portal_id, connection_id, {"brake": f"{KEPT}{user_id}", "edited_here": False})


def to_keep(connection: Connection, limit: int) -> dict[uuid.UUID, uuid.UUID]:
    """List customers that are to be kept as they are, with who decided that."""
    query = select(Link.our_id, Link.brake).where(*_to_keep(connection.portal_id, connection.id))
    rows: Sequence[Row[uuid.UUID, str]] = db.session.execute(query.order_by(Link.our_id).limit(limit)).all()
    return {row.our_id: uuid.UUID(row.brake.removeprefix(KEPT)) for row in rows}


def count_to_keep(portal_id: uuid.UUID, connection_id: uuid.UUID) -> int:
    """Count the customers that are still to be kept."""
    query = select(func.count()).select_from(Link).where(*_to_keep(portal_id, connection_id))
    return db.session.scalar(query) or 0


def waits_to_keep() -> ColumnElement[bool]:
    """Put the condition that a connection has customers to be kept."""
    to_keep = _to_keep(Connection.portal_id, Connection.id)
    return exists(select(Link.our_id).where(*to_keep).correlate(Connection))


def is_to_keep(portal_id: uuid.UUID, connection_id: uuid.UUID, our_id: uuid.UUID) -> bool:
    """Tell whether a customer is still to be kept."""
    query = select(Link.our_id).where(*_to_keep(portal_id, connection_id), Link.our_id == our_id)
    return db.session.scalar(query) is not None


def hold_again(connection: Connection, our_id: uuid.UUID) -> None:
    """Let the brake hold a customer that could not be kept."""
    again = update(Link).where(*_to_keep(connection.portal_id, connection.id), Link.our_id == our_id)
    db.session.execute(again.values(brake=HELD).execution_options(synchronize_session=False))


def _decide(portal_id: uuid.UUID, connection_id: uuid.UUID, values: Mapping[str, Any]) -> int:
    """Write a decision about all that is held, in the order in which everybody locks links."""
    held = _held(select(Link.our_id), portal_id, connection_id, "").order_by(Link.our_id)
    locked = held.with_for_update().cte("locked")
    decided = update(Link).where(
        Link.portal_id == portal_id,
        Link.connection_id == connection_id,
        Link.kind == "customer",
        Link.our_id == locked.c.our_id,
    )
    decided = decided.values(due_at=func.now(), **values).returning(Link.our_id)
    return len(db.session.execute(decided.execution_options(synchronize_session=False)).all())


def _to_keep(portal_id: Any, connection_id: Any) -> tuple[ColumnElement[bool], ...]:
    """The conditions that customers are to be kept: between the other words, so that the index finds them."""
    return (
        Link.portal_id == portal_id,
        Link.connection_id == connection_id,
        Link.kind == "customer",
        Link.brake > HELD,
        Link.brake < RELEASED,
    )


def _held(query: Select[Any], portal_id: uuid.UUID, connection_id: uuid.UUID, q: str) -> Select[Any]:
    query = query.where(
        Link.portal_id == portal_id,
        Link.connection_id == connection_id,
        Link.kind == "customer",
        Link.brake == HELD,
    )
    if q:
        searched = select(Found.id).where(Found.portal_id == portal_id, matches(Found.search, q))
        query = query.where(Link.our_id.in_(searched))
    return query
