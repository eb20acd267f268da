"""Leases in the connection's row: who may write it, until when, and behind which fence.

Times are the database's own clock. What a lease asks while its session is busy goes over `side`, a database
connection of its own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, null, or_, select, text, update
from sqlalchemy import Connection as DatabaseConnection

from webapp.extensions import db
from webapp.store.connections import Connection
from webapp.store.intents import Intent

PATIENCE = timedelta(seconds=15)
"""How long a person's wish for the lease counts when nobody comes back for it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A lease that was taken: its fence, the database the lease before it named, and which one this is."""

    fence: int
    database: str
    here: str


@dataclass(frozen=True, slots=True)
class Held:
    """A connection that somebody holds."""

    connection_id: uuid.UUID
    holder: str


def leases_held() -> list[Held]:
    """List the leases that have not run out."""
    lives = Connection.lease_until > func.clock_timestamp()
    # In the words of its index: they are few, however many connections there are.
    somebody = text("connection.lease_holder <> ''")
    found = select(Connection.id, Connection.lease_holder).where(somebody, lives)
    return [Held(*row) for row in db.session.execute(found)]


def take_lease(connection_id: uuid.UUID, holder: str, seconds: float, *, interactive: bool) -> Taken | None:
    """Raise the fence and hold the connection unless a lease of it lives."""
    free = or_(Connection.lease_until.is_(None), Connection.lease_until < func.clock_timestamp())
    taken = db.session.execute(
        update(Connection)
        .where(Connection.id == connection_id, free)
        .values(
            fence=Connection.fence + 1,
            lease_holder=holder,
            lease_until=func.clock_timestamp() + timedelta(seconds=seconds),
            push_wanted_at=null() if interactive else Connection.push_wanted_at,
        )
        .returning(Connection.fence, Connection.database, func.database_identity())
        .execution_options(synchronize_session=False)
    ).first()
    return None if taken is None else Taken(*taken)


def fence_stands(connection_id: uuid.UUID, fence: int) -> bool:
    """Tell whether nobody took the connection since, and keep it so until the session's transaction ends."""
    asked = select(Connection.fence).where(*_held(connection_id, fence)).with_for_update(read=True)
    return db.session.scalar(asked) is not None


def lease_stands(side: DatabaseConnection, connection_id: uuid.UUID, fence: int) -> bool:
    """Tell whether a lease is neither taken over nor run out."""
    lives = Connection.lease_until > func.clock_timestamp()
    return side.scalar(select(Connection.fence).where(*_held(connection_id, fence), lives)) is not None


def renew_lease(side: DatabaseConnection, connection_id: uuid.UUID, fence: int, seconds: float) -> bool:
    """Prolong a lease; tell whether it was still ours."""
    until = func.clock_timestamp() + timedelta(seconds=seconds)
    renewal = update(Connection).where(*_held(connection_id, fence)).values(lease_until=until)
    return side.scalar(renewal.returning(Connection.fence)) is not None


def release_lease(side: DatabaseConnection, connection_id: uuid.UUID, fence: int) -> None:
    """Let the next one in, if the lease is still ours."""
    side.execute(
        update(Connection).where(*_held(connection_id, fence)).values(lease_until=None, lease_holder="")
    )


def end_lease(connection_id: uuid.UUID, holder: str) -> None:
    """Let the next one in where a certain holder holds the connection, for one that cannot do so itself.

    If it ended in the middle of a write, that may take effect later still: its lease runs out by itself.
    """
    writing = exists().where(
        Intent.portal_id == Connection.portal_id,
        Intent.connection_id == Connection.id,
        Intent.state == "open",
        Intent.fence == Connection.fence,
    )
    ended = update(Connection).where(
        Connection.id == connection_id, Connection.lease_holder == holder, ~writing
    )
    db.session.execute(
        ended.values(lease_until=None, lease_holder="").execution_options(synchronize_session=False)
    )


def want_push(connection_id: uuid.UUID) -> None:
    """Note that a person waits for whoever holds the connection."""
    db.session.execute(
        update(Connection)
        .where(Connection.id == connection_id)
        .values(push_wanted_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


def push_wanted(side: DatabaseConnection, connection_id: uuid.UUID, fence: int) -> bool:
    """Tell whether a person waits for the lease."""
    recent = Connection.push_wanted_at > func.clock_timestamp() - PATIENCE
    return side.scalar(select(Connection.fence).where(*_held(connection_id, fence), recent)) is not None


def _held(connection_id: uuid.UUID, fence: int) -> tuple[ColumnElement[bool], ...]:
    return Connection.id == connection_id, Connection.fence == fence
