"""The list of the portal's customers: found, filtered, sorted and counted."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, not_, select

from webapp.extensions import db
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.store.search import matches, words
from webapp.store.searched import searched

Found = searched(Customer)

FILTERS = ("", "new", "linked", "only_here", "inactive")
"""What the list can be filtered for; blank is all that are active."""

SORTS = ("name", "-name", "newest", "changed")


def page_rows(
    portal_id: uuid.UUID,
    q: str,
    wanted: str,
    sort: str,
    *,
    newest_run: uuid.UUID | None,
    offset: int,
    limit: int,
) -> list[Row[Any]]:
    """Read one page of customers."""
    columns = (Found.id, Found.name, Found.currency, Found.active, Found.run_id)
    query = _customers(portal_id, q, *columns).where(_filters(newest_run)[wanted])
    return list(db.session.execute(query.order_by(*_ORDERS[sort]).offset(offset).limit(limit)))


def counts(portal_id: uuid.UUID, q: str, *, newest_run: uuid.UUID | None) -> dict[str, int]:
    """Count the customers each filter shows under a search."""
    if not words(q):
        return _all_counts(portal_id, newest_run)
    counted = [
        func.count().filter(condition).label(name or "all")
        for name, condition in _filters(newest_run).items()
    ]
    row = db.session.execute(_customers(portal_id, q, *counted)).one()
    return dict(row._mapping)


def _all_counts(portal_id: uuid.UUID, newest_run: uuid.UUID | None) -> dict[str, int]:
    """Count what each filter shows of all, one by one: so put, indexes alone tell."""
    filters = _filters(newest_run)
    columns = {
        name or "all": _customers(portal_id, "", func.count()).where(filters[name]).scalar_subquery()
        for name in ("", "new", "linked", "inactive")
    }
    row = db.session.execute(select(*(column.label(name) for name, column in columns.items()))).one()
    return {**row._mapping, "only_here": row.all - row.linked}


def people_of(portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID], each: int) -> list[Row[Any]]:
    """Read the first contacts of each customer, the primary one first, with how many it has."""
    ranked = (
        select(
            Contact,
            func.row_number()
            .over(
                partition_by=Contact.customer_id,
                order_by=(Contact.primary.desc(), Contact.created_at, Contact.id),
            )
            .label("place"),
            func.count().over(partition_by=Contact.customer_id).label("people"),
        )
        .where(Contact.portal_id == portal_id, Contact.customer_id.in_(customer_ids))
        .where(Contact.deleted_at.is_(None))
        .subquery()
    )
    query = select(ranked).where(ranked.c.place <= each).order_by(ranked.c.customer_id, ranked.c.place)
    return list(db.session.execute(query))


def connections_of(
    portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID]
) -> list[Row[uuid.UUID, uuid.UUID]]:
    """List which connections customers are linked to."""
    query = select(Link.our_id, Link.connection_id).where(
        Link.portal_id == portal_id, Link.kind == "customer", Link.our_id.in_(customer_ids)
    )
    return list(db.session.execute(query.order_by(Link.created_at)))


def _customers(portal_id: uuid.UUID, q: str, *columns: Any) -> Select[Any]:
    query = select(*columns).select_from(Found)
    query = query.where(Found.portal_id == portal_id, Found.deleted_at.is_(None))
    return query.where(matches(Found.search, q)) if words(q) else query


def _filters(newest_run: uuid.UUID | None) -> dict[str, ColumnElement[bool]]:
    linked = exists().where(
        Link.portal_id == Found.portal_id, Link.kind == "customer", Link.our_id == Found.id
    )
    active = Found.active.is_(True)
    is_new = Found.run_id == newest_run if newest_run else false()
    return {
        "": active,
        "new": and_(active, is_new),
        "linked": and_(active, linked),
        "only_here": and_(active, not_(linked)),
        "inactive": not_(active),
    }


_ORDERS: dict[str, tuple[Any, ...]] = {
    "name": (Found.sort_key, Found.id),
    "-name": (Found.sort_key.desc(), Found.id.desc()),
    "newest": (Found.created_at.desc(), Found.id.desc()),
    "changed": (Found.updated_at.desc(), Found.id.desc()),
}
