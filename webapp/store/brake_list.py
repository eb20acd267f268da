"""Customers that the brake holds, as lists of them are read: by name, searched and counted."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, func, select

from webapp.extensions import db
from webapp.store.customer_list import Found
from webapp.store.customers import Customer
from webapp.store.dirty import HELD
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


def still_held(
    portal_id: uuid.UUID, connection_id: uuid.UUID, our_ids: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Return those of some customers that are still held."""
    query = _held(select(Link.our_id), portal_id, connection_id, "").where(Link.our_id.in_(our_ids))
    return set(db.session.scalars(query))


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
