"""Connections: one portal's authorised use of a provider, its lease, its marks and its share of calls."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, aliased, column_property, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import PORTAL, Created, Id, Json, JsonByDefault, PortalId, Str, StrOrNone, Time
from webapp.walls import across_portals

STATES = ("new", "authorizing", "choosing", "connected", "attention", "disconnected")
"""``authorizing``: the code is being exchanged; ``choosing``: an organization has to be picked."""


class Connection(Model):
    """One remote organization and the tokens for it.

    ``credentials`` are sealed (``store.secrets``) and counted by ``credentials_version``. ``lease_until``,
    ``lease_holder`` and ``fence`` give one writer at a time: every holder raises the fence, and every commit
    of a holder asserts it; ``push_wanted_at`` asks the holder to yield to a person who waits. ``cursor`` is
    the provider's mark up to which changes were seen, ``poll`` what was wished for when a poll of several
    pages began, ``census`` how far a reading of everything has come.
    ``rule`` says who wins where both sides changed a field: ask, portal or provider. While ``held`` is not
    empty, the sync writes nothing on either side until a person has looked: ``why`` is restored or
    reconnected; ``sync_paused_at`` is when somebody paused it. ``brakes`` are those in force. ``database``
    names the database that the last lease was taken in (``store.witness``).
    ``hint_due_at``: when to look because the provider said that something changed there.
    ``has_twin``: the portal has, or had, another connection of the same product, so its label alone does not
    name it.
    ``custom_fields``: what its customers have there besides, and what was chosen of that
    (``store.custom_fields``).
    ``probed_at``: when ``features`` were found; ``rung_at``: when the sweep last rang. Until
    ``bulk_paused_until`` only what people wait for is done.
    """

    __tablename__ = "connection"
    __table_args__ = (
        Index(
            "uq_connection_organization",
            "portal_id",
            "organization_key",
            unique=True,
            postgresql_where=text("organization_key <> '' AND state <> 'disconnected'"),
        ),
        Index("uq_connection_id", "id", unique=True),
        Index("ix_connection_due", "next_look_at", postgresql_where=text("state = 'connected'")),
        # By the holder, which a heartbeat leaves as it is: renewing a lease touches no index.
        Index("ix_connection_held", "lease_holder", postgresql_where=text("lease_holder <> ''")),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    provider: Mapped[Str]
    region: Mapped[Str]
    state: Mapped[str] = mapped_column(Text, default="new")
    attention: Mapped[Str]
    organization_id: Mapped[Str]
    organization_key: Mapped[Str]
    organization_name: Mapped[Str]
    currency: Mapped[Str]
    time_zone: Mapped[Str]
    organizations: Mapped[Json]
    features: Mapped[Json]
    custom_fields: Mapped[JsonByDefault]
    credentials: Mapped[Str]
    credentials_version: Mapped[int] = mapped_column(default=0)
    connected_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    connected_at: Mapped[Time | None]
    disconnected_at: Mapped[Time | None]
    probed_at: Mapped[Time | None]
    created_at: Mapped[Created]

    lease_until: Mapped[Time | None]
    lease_holder: Mapped[Str]
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    push_wanted_at: Mapped[Time | None]
    database: Mapped[Str]

    cursor: Mapped[StrOrNone]
    poll: Mapped[Json]
    census: Mapped[Json]
    census_started_at: Mapped[Time | None]
    census_finished_at: Mapped[Time | None]
    contacts_started_at: Mapped[Time | None]
    refreshed_at: Mapped[Time | None]
    refresh_wanted_at: Mapped[Time | None]
    hint_due_at: Mapped[Time | None]
    next_look_at: Mapped[Time | None]
    rung_at: Mapped[Time | None]
    poll_seconds: Mapped[int] = mapped_column(default=300)
    failures: Mapped[int] = mapped_column(default=0)

    rule: Mapped[str] = mapped_column(Text, default="ask")
    held: Mapped[Json]
    brakes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    sync_paused_at: Mapped[Time | None]
    sync_paused_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))

    calls: Mapped[Json]
    paused_until: Mapped[Time | None]
    bulk_paused_until: Mapped[Time | None]
    pause_reason: Mapped[Str]

    has_twin: ClassVar[bool]


_Other = aliased(Connection)
Connection.has_twin = column_property(  # type: ignore[assignment]
    select(_Other.id)
    .where(
        _Other.portal_id == Connection.portal_id,
        _Other.provider == Connection.provider,
        _Other.id != Connection.id,
        _Other.organization_name != "",
    )
    .correlate_except(_Other)
    .exists()
)
# Read with every connection: whoever names one asks nothing more.


class ConnectAttempt(Model):
    """One trip to a provider's consent page: bound to session, user and portal, used once, 10 minutes."""

    __tablename__ = "connect_attempt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    connection_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    session_digest: Mapped[Str]
    state_digest: Mapped[str] = mapped_column(Text, unique=True)
    grant: Mapped[Str]
    redirect_uri: Mapped[Str]
    created_at: Mapped[Created]
    expires_at: Mapped[Time]
    used_at: Mapped[Time | None]


def connection_by_id(
    connection_id: uuid.UUID, *, portal_id: uuid.UUID | None = None, lock: bool = False
) -> Connection | None:
    """Find a connection, within one portal if that is given; what the session knew of it is read anew.

    With `lock` it is kept from others until the transaction ends; rows that belong to it may still be added.
    """
    asked = {"connection_id": connection_id} | ({"portal_id": portal_id} if portal_id else {})
    return db.session.scalar(_by_id(in_portal=portal_id is not None, lock=lock), asked)


def known_connection(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Connection | None:
    """Find a connection; one that the session's transaction read before is not read again."""
    found = db.session.get(Connection, (portal_id, connection_id))
    # Of what nobody holds a session would know nothing at the next question.
    db.session.info.setdefault("known", {})[connection_id] = found
    return found


@cache
def _by_id(*, in_portal: bool, lock: bool) -> Select[Connection]:
    """Put the question for one connection once: every look asks it a dozen times."""
    wanted = select(Connection).where(Connection.id == bindparam("connection_id", type_=Uuid))
    if in_portal:
        wanted = wanted.where(Connection.portal_id == PORTAL)
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    return wanted.execution_options(populate_existing=True)


@across_portals()
def portal_of(connection_id: uuid.UUID) -> uuid.UUID | None:
    """Tell which portal a connection belongs to."""
    return db.session.scalar(select(Connection.portal_id).where(Connection.id == connection_id))


def connections_of(portal_id: uuid.UUID) -> list[Connection]:
    """List a portal's connections, oldest first."""
    return list(
        db.session.scalars(
            select(Connection).where(Connection.portal_id == portal_id).order_by(Connection.created_at)
        )
    )


def connections_to(portal_id: uuid.UUID, organization_keys: list[str]) -> list[Connection]:
    """List a portal's connections, ended ones too, to any of some organizations."""
    return list(
        db.session.scalars(
            select(Connection)
            .where(Connection.portal_id == portal_id, Connection.organization_key.in_(organization_keys))
            .order_by(Connection.created_at)
        )
    )


def unused_connection(portal_id: uuid.UUID, provider: str) -> Connection | None:
    """Find one that was begun for a provider and never authorised."""
    return db.session.scalar(
        select(Connection)
        .where(Connection.portal_id == portal_id, Connection.provider == provider, Connection.state == "new")
        .order_by(Connection.created_at)
        .limit(1)
    )


def attempt_by_state(state_digest: str, *, lock: bool = False) -> ConnectAttempt | None:
    """Find the trip that a callback's state belongs to; with `lock` it is kept until the transaction ends."""
    wanted = select(ConnectAttempt).where(ConnectAttempt.state_digest == state_digest)
    if lock:
        wanted = wanted.with_for_update()
    return db.session.scalar(wanted.execution_options(populate_existing=True))


def attempt_to_exchange(connection_id: uuid.UUID) -> ConnectAttempt | None:
    """Find the newest trip of a connection that came back."""
    return db.session.scalar(
        select(ConnectAttempt)
        .where(ConnectAttempt.connection_id == connection_id, ConnectAttempt.used_at.is_not(None))
        .order_by(ConnectAttempt.used_at.desc())
        .limit(1)
    )


def forget_attempts(connection_id: uuid.UUID) -> None:
    """Delete all trips of a connection; what they hold is of no more use."""
    db.session.execute(delete(ConnectAttempt).where(ConnectAttempt.connection_id == connection_id))


def forget_expired_attempts() -> None:
    """Delete the portal's trips that expired before they came back."""
    db.session.execute(
        delete(ConnectAttempt).where(ConnectAttempt.expires_at < func.now(), ConnectAttempt.used_at.is_(None))
    )


def update_fenced(connection_id: uuid.UUID, fence: int, values: dict[str, Any]) -> bool:
    """Change columns of a connection if the fence still stands; tell whether it does."""
    done = db.session.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.fence == fence)
        .values(values)
        .returning(Connection.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None
