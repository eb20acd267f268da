"""Intents: what was about to be created outside, written down before the call was made."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, Id, Json, PortalId, Str, Time


class Intent(Model):
    """One create that may have been sent. ``existing`` are the ids there before it; ``state``: open, done or held."""

    __tablename__ = "intent"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        Index(
            "uq_intent_open",
            "portal_id",
            "connection_id",
            "kind",
            "our_id",
            unique=True,
            postgresql_where=text("state <> 'done'"),
        ),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    connection_id: Mapped[uuid.UUID]
    kind: Mapped[Str]
    our_id: Mapped[uuid.UUID]
    their_customer_id: Mapped[Str]
    sent: Mapped[Json]
    existing: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    found: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    state: Mapped[str] = mapped_column(Text, default="open")
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    run_id: Mapped[uuid.UUID | None]
    created_at: Mapped[Created]
    closed_at: Mapped[Time | None]
