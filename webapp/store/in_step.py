"""How a customer stands beside each provider it is linked to, and what is known of it there."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, select

from webapp.extensions import db
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.links import Link, about_customer
from webapp.store.mirror import MirrorCustomer, detail_is_old
from webapp.store.problems import Problem
from webapp.store.runs import Run


def links_with_origin(portal_id: uuid.UUID, customer_id: uuid.UUID) -> list[Row[Any]]:
    """List the links of a customer and its contacts with their connections and the numbers of their runs.

    Of the customer's own link each row tells how many ``conflicts`` and ``problems`` wait, whether the newest
    version there is ``unread`` in full, since when somebody wants it read, and whether it has transactions.
    """
    query = (
        _linked()
        .add_columns(
            Run.number,
            _waiting(Conflict).label("conflicts"),
            _waiting(Problem).label("problems"),
            func.coalesce(detail_is_old(), False).label("unread"),
            MirrorCustomer.detail_wanted_at,
            MirrorCustomer.has_transactions,
        )
        .outerjoin(Run, and_(Run.portal_id == Link.portal_id, Run.id == Link.run_id))
        .where(about_customer(portal_id, customer_id))
    )
    return list(db.session.execute(query.order_by(Link.created_at)))


def linked_connections(portal_id: uuid.UUID, customer_id: uuid.UUID) -> list[Row[Any]]:
    """List the links of a customer itself with their connections, and whether it has transactions there."""
    query = _linked().add_columns(MirrorCustomer.has_transactions)
    query = query.where(Link.portal_id == portal_id, Link.kind == "customer", Link.our_id == customer_id)
    return list(db.session.execute(query.order_by(Link.created_at)))


def is_named_there(portal_id: uuid.UUID, connection_id: uuid.UUID, name_key: str, *, but: str) -> bool:
    """Tell whether another customer there than ``but`` has a name, as names are compared."""
    named = exists().where(
        MirrorCustomer.portal_id == portal_id,
        MirrorCustomer.connection_id == connection_id,
        MirrorCustomer.name_key == name_key,
        MirrorCustomer.their_id != but,
        MirrorCustomer.gone_at.is_(None),
    )
    return bool(db.session.scalar(select(named)))


def _linked() -> Select[Link, Connection]:
    connected = and_(Connection.portal_id == Link.portal_id, Connection.id == Link.connection_id)
    twin = and_(
        MirrorCustomer.portal_id == Link.portal_id,
        MirrorCustomer.connection_id == Link.connection_id,
        MirrorCustomer.their_id == Link.their_id,
        Link.kind == "customer",
    )
    return select(Link, Connection).join(Connection, connected).outerjoin(MirrorCustomer, twin)


def _waiting(model: type[Conflict] | type[Problem]) -> Any:
    """Count what waits for a person about a customer and its contacts at one connection."""
    counted = select(func.count()).where(
        model.portal_id == Link.portal_id,
        model.connection_id == Link.connection_id,
        model.customer_id == Link.our_id,
        Link.kind == "customer",
    )
    return counted.correlate(Link).scalar_subquery()
