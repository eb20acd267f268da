"""Webhooks: the secret address a provider calls to say that something changed."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, PortalId, Str, Time


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
