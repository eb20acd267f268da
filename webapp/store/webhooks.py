"""Webhooks: the secret address a provider calls to say that something changed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, case, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, PortalId, Str, Time
from webapp.store.connections import Connection
from webapp.walls import across_portals


class Webhook(Model):
    """A connection's address and signing secret, both sealed (``store.secrets``).

    The address is found by ``token_digest``, the SHA-256 of its token. ``arrivals`` were signed as they
    should be, the last at ``arrived_at``; ``refusal`` says why the last one that was not was turned away.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        Index("uq_webhook_token", "token_digest", unique=True),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    token_digest: Mapped[Str]
    token: Mapped[Str]
    secret: Mapped[Str]
    made_at: Mapped[Created]
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    arrivals: Mapped[int] = mapped_column(default=0)
    arrived_at: Mapped[Time | None]
    refused_at: Mapped[Time | None]
    refusal: Mapped[Str]


@dataclass(frozen=True, slots=True)
class Found:
    """Which connection an address belongs to."""

    portal_id: uuid.UUID
    connection_id: uuid.UUID


@across_portals()
def found_by(token_digest: str) -> Found | None:
    """Find whose address has a token."""
    wanted = select(Webhook.portal_id, Webhook.connection_id).where(Webhook.token_digest == token_digest)
    row = db.session.execute(wanted).first()
    return None if row is None else Found(*row)


def webhook_of(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Webhook | None:
    """Return a connection's webhook, if it has one."""
    return db.session.get(Webhook, (portal_id, connection_id), populate_existing=True)


def note_arrival(webhook: Webhook, moment: datetime) -> None:
    """Count a delivery that was signed; of many at once none is lost."""
    _change(webhook, arrivals=Webhook.arrivals + 1, arrived_at=func.greatest(Webhook.arrived_at, moment))


def note_refusal(webhook: Webhook, moment: datetime, reason: str) -> None:
    """Note why a delivery was turned away."""
    _change(webhook, refused_at=func.greatest(Webhook.refused_at, moment), refusal=reason)


def hint(webhook: Webhook, moment: datetime, *, otherwise_at: datetime) -> None:
    """Let the connection be looked at: at `otherwise_at`, or when it is to be because of an earlier hint.

    One whose time has come may be being answered by a look that began before this one came: it is asked for
    anew, and that look's end puts it off.
    """
    earlier = Connection.hint_due_at
    wanted = case((earlier.is_(None), otherwise_at), (earlier > moment, earlier), else_=moment)
    db.session.execute(
        update(Connection)
        .where(Connection.portal_id == webhook.portal_id, Connection.id == webhook.connection_id)
        .where(Connection.state == "connected")
        .values(hint_due_at=wanted)
        .execution_options(synchronize_session=False)
    )


def _change(webhook: Webhook, **values: Any) -> None:
    db.session.execute(
        update(Webhook)
        .where(Webhook.portal_id == webhook.portal_id, Webhook.connection_id == webhook.connection_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
