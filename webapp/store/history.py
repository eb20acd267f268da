"""History: what happened to each record, field by field."""

from __future__ import annotations

import uuid

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, Id, PortalId, Str


class HistoryEntry(Model):
    """One change of one record.

    ``actor`` is a user's id or ``provider:<connection id>``; ``run_id`` says which run did it, if one did.
    ``old`` and ``new`` are texts for people; null is unknown. ``lost`` marks a value that gave way to
    another.
    """

    __tablename__ = "history_entry"
    __table_args__ = (Index("ix_history_record", "portal_id", "kind", "record_id", "id"),)

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    kind: Mapped[Str]
    record_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    at: Mapped[Created]
    actor: Mapped[Str]
    action: Mapped[Str]
    field: Mapped[Str]
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)
    lost: Mapped[bool] = mapped_column(default=False)
    run_id: Mapped[uuid.UUID | None]
