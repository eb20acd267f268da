"""Sealed values: where in the database secrets stand, and under which keys."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Uuid, delete, func, literal, select, update

from webapp.extensions import db
from webapp.store.connections import ConnectAttempt, Connection
from webapp.store.two_factor import TwoFactor
from webapp.store.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class Place:
    """A column whose values are sealed for their portal, if any, their row and the column's name."""

    table: type[Connection] | type[ConnectAttempt] | type[Webhook] | type[TwoFactor]
    field: str
    row: str = "id"

    @property
    def column(self) -> ColumnElement[str]:
        """The column itself."""
        return self.table.__table__.c[self.field]

    @property
    def portal(self) -> ColumnElement[uuid.UUID | None]:
        """The column that says whose portal a row is, blank for what is a user's in all of them."""
        columns = self.table.__table__.c
        return columns["portal_id"] if "portal_id" in columns else literal(None, Uuid)

    @property
    def owner(self) -> ColumnElement[uuid.UUID]:
        """The column that names the row among those of its portal."""
        return self.table.__table__.c[self.row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One sealed value, as it was read."""

    portal_id: uuid.UUID | None
    owner: uuid.UUID
    value: str


PLACES = (
    Place(Connection, "credentials"),
    Place(ConnectAttempt, "grant"),
    Place(Webhook, "token", row="connection_id"),
    Place(Webhook, "secret", row="connection_id"),
    Place(TwoFactor, "secret", row="user_id"),
)
"""Every column of sealed values there is."""


def count_by_key(place: Place) -> dict[str, int]:
    """Count the values of a place by the key that sealed them."""
    key = _key(place)
    counted = select(key, func.count()).where(place.column != "").group_by(key)
    return {str(name): count for name, count in db.session.execute(counted)}


def sealed_with_others(place: Place, key: str, *, after: uuid.UUID | None, limit: int) -> list[Sealed]:
    """List values that another key sealed, by the ids of their rows, beginning after one."""
    wanted = select(place.portal, place.owner, place.column)
    wanted = wanted.where(place.column != "", _key(place) != key)
    if after is not None:
        wanted = wanted.where(place.owner > after)
    rows = db.session.execute(wanted.order_by(place.owner).limit(limit))
    return [Sealed(portal_id=portal_id, owner=owner, value=value) for portal_id, owner, value in rows]


def sealed_with(place: Place, key: str) -> list[Sealed]:
    """List the values one key sealed."""
    wanted = select(place.portal, place.owner, place.column).where(_key(place) == key)
    rows = db.session.execute(wanted.order_by(place.owner))
    return [Sealed(portal_id=portal_id, owner=owner, value=value) for portal_id, owner, value in rows]


def exchange(place: Place, sealed: Sealed, value: str) -> bool:
    """Put another value in the place of one that is still as it was read; tell whether it was."""
    changed = (
        update(place.table)
        .where(place.portal.is_not_distinct_from(sealed.portal_id), place.owner == sealed.owner)
        .where(place.column == sealed.value)
        .values({place.field: value})
        .returning(place.owner)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(changed).first() is not None


def empty(place: Place, sealed: Sealed) -> bool:
    """Take away a value that is still as it was read; tell whether it was.

    But for a connection's, the row it stands in is worth nothing without it and goes too.
    """
    if place.table is Connection:
        return exchange(place, sealed, "")
    removed = delete(place.table).where(
        place.portal.is_not_distinct_from(sealed.portal_id),
        place.owner == sealed.owner,
        place.column == sealed.value,
    )
    done = db.session.execute(removed.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _key(place: Place) -> ColumnElement[str]:
    return func.split_part(place.column, ":", 1)
