"""Many customers written at once: one statement a table, however many they are.

Whoever calls holds the customers (``ticks.locked_ids``), so their contacts stay as they are too.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, Update, func, select, update

from webapp.extensions import db
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.store.ticks import uuids

Named = list[Row[uuid.UUID, str]]


def set_active(portal_id: uuid.UUID, ids: Collection[uuid.UUID], *, active: bool, at: datetime) -> Named:
    """Mark customers active or inactive; return those that were not so before, with their names."""
    changed = _customers(portal_id, ids).where(Customer.active.is_not(active))
    return _named(changed.values(active=active, version=Customer.version + 1, updated_at=at))


def put_into_bin(portal_id: uuid.UUID, ids: Collection[uuid.UUID], at: datetime) -> tuple[Named, int]:
    """Put customers into the bin with their contacts; return the names, and how many contacts went along."""
    along = update(Contact).where(Contact.portal_id == portal_id, Contact.customer_id == _any(ids))
    along = along.where(Contact.deleted_at.is_(None))
    people = _count(along.values(deleted_at=at, version=Contact.version + 1, updated_at=at))
    gone = _customers(portal_id, ids).where(Customer.deleted_at.is_(None))
    return _named(gone.values(deleted_at=at, version=Customer.version + 1, updated_at=at)), people


def take_out_of_bin(portal_id: uuid.UUID, ids: Collection[uuid.UUID], at: datetime) -> tuple[Named, int]:
    """Take customers out of the bin with the contacts that went in along with them; as ``put_into_bin``."""
    along = (
        update(Contact)
        .where(Contact.portal_id == portal_id, Contact.customer_id == _any(ids))
        .where(Customer.portal_id == Contact.portal_id, Customer.id == Contact.customer_id)
        .where(Contact.deleted_at == Customer.deleted_at)
    )
    people = _count(along.values(deleted_at=None, version=Contact.version + 1, updated_at=at))
    back = _customers(portal_id, ids).where(Customer.deleted_at.is_not(None))
    values = {"deleted_at": None, "merged_into": None, "version": Customer.version + 1, "updated_at": at}
    return _named(back.values(values)), people


def customers(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Customer]:
    """Read some customers."""
    query = select(Customer).where(Customer.portal_id == portal_id, Customer.id == _any(ids))
    return list(db.session.scalars(query))


def links_of(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """List which of some customers are linked to each connection, in the order of their ids."""
    query = select(Link.connection_id, Link.our_id).where(
        Link.portal_id == portal_id, Link.kind == "customer", Link.our_id == _any(ids)
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for connection_id, our_id in db.session.execute(query.order_by(Link.connection_id, Link.our_id)):
        found[connection_id].append(our_id)
    return found


def linked_connections(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """List the connections that some customers are linked to."""
    query = select(Link.connection_id).where(
        Link.portal_id == portal_id, Link.kind == "customer", Link.our_id == _any(ids)
    )
    return list(db.session.scalars(query.distinct()))


def changed_at(
    portal_id: uuid.UUID, at: datetime, *, active: bool | None = None, limit: int
) -> list[uuid.UUID]:
    """Lock what was written at one moment and not since: binned then, or made ``active`` or inactive."""
    query = select(Customer.id).where(Customer.portal_id == portal_id)
    if active is None:
        query = query.where(Customer.deleted_at == at)
    else:
        query = query.where(
            Customer.updated_at == at, Customer.active.is_(active), Customer.deleted_at.is_(None)
        )
    return list(db.session.scalars(query.order_by(Customer.id).limit(limit).with_for_update()))


def _customers(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Update:
    return update(Customer).where(Customer.portal_id == portal_id, Customer.id == _any(ids))


def _any(ids: Collection[uuid.UUID]) -> Any:
    return func.any(uuids(ids))


def _named(statement: Update) -> Named:
    told = statement.returning(Customer.id, Customer.name).execution_options(synchronize_session=False)
    return list(db.session.execute(told))


def _count(statement: Update) -> int:
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount
