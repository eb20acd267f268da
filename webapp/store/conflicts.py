"""Conflicts: fields that changed on both sides to different values, waiting for a person."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, PortalId, Str, Time


class Conflict(Model):
    """One field of one linked pair; both sides keep their own value until it is settled.

    ``ours``, ``theirs`` and what both last agreed on are JSON as ``sync.link.to_json`` writes a field; of
    the field ``primary`` of a customer they are the ids of the contacts. ``ours_by`` is an actor as the
    history has them, ``ours_at`` and ``theirs_at`` when each side changed, as far as it is known.
    """

    __tablename__ = "conflict"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        Index("ix_conflict_list", "portal_id", "found_at"),
        Index("ix_conflict_customer", "portal_id", "connection_id", "customer_id"),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    our_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(Text, primary_key=True)
    their_id: Mapped[Str]
    customer_id: Mapped[uuid.UUID]
    their_customer_id: Mapped[Str]
    ours: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    theirs: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    agreed_ours: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    agreed_theirs: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    ours_at: Mapped[Time | None]
    ours_by: Mapped[Str]
    theirs_at: Mapped[Time | None]
    found_at: Mapped[Created]
    run_id: Mapped[uuid.UUID | None]
