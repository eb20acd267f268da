"""Lists to take along: all customers or contacts of a search or a selection, a few at a time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, tuple_
from sqlalchemy.orm import aliased

from webapp.store.customer_list import Found, customers_found
from webapp.store.customers import Contact
from webapp.store.links import Link

_First = aliased(Contact)
Place = tuple[str, uuid.UUID]
"""Where reading goes on: the sort key and the id of the customer that was read last."""

_people = (
    select(func.count())
    .where(Contact.portal_id == Found.portal_id, Contact.customer_id == Found.id)
    .where(Contact.deleted_at.is_(None))
    .correlate(Found)
    .scalar_subquery()
)
_connections = func.array(
    select(Link.connection_id)
    .where(Link.portal_id == Found.portal_id, Link.kind == "customer", Link.our_id == Found.id)
    .correlate(Found)
    .scalar_subquery()
)


def customers(
    side: Connection, portal_id: uuid.UUID, wanted: ColumnElement[bool], *, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """Read the next customers by name, each with its primary contact and the connections it is linked to."""
    first = and_(
        _First.portal_id == Found.portal_id,
        _First.customer_id == Found.id,
        _First.primary,
        _First.deleted_at.is_(None),
    )
    columns = (
        *(getattr(Found, name) for name in _CUSTOMER),
        _First.first_name,
        _First.last_name,
        _First.email,
        _First.phone,
        _First.mobile,
        _people.label("people"),
        _connections.label("connections"),
    )
    query = customers_found(portal_id, "", *columns).outerjoin(_First, first).where(wanted)
    if after is not None:
        query = query.where(tuple_(Found.sort_key, Found.id) > tuple_(*after))
    return side.execute(query.order_by(Found.sort_key, Found.id).limit(limit)).all()


def contacts_of(
    side: Connection, portal_id: uuid.UUID, customer_ids: Sequence[uuid.UUID]
) -> Sequence[Contact]:
    """Read the contacts of some customers as rows, the primary one first."""
    query = (
        select(*Contact.__table__.columns)
        .where(Contact.portal_id == portal_id, Contact.customer_id.in_(customer_ids))
        .where(Contact.deleted_at.is_(None))
        .order_by(Contact.customer_id, Contact.primary.desc(), Contact.created_at, Contact.id)
    )
    return side.execute(query).all()  # type: ignore[return-value]


_CUSTOMER = (
    "id",
    "name",
    "sort_key",
    "company_name",
    "website",
    "billing_address",
    "custom_fields",
    "active",
    "currency",
    "created_at",
    "updated_at",
)
