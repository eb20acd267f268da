"""Links: one record here and its twin there, with what each side held when both last agreed."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, Json, PortalId


class Link(Model):
    """A pair of records of one kind (``customer`` or ``contact``), one to one within a connection.

    Two shadows, ``agreed_ours`` and ``agreed_theirs``, are what each side held at the last agreement, and
    the agreed versions say at which version that was. The looked-at versions say up to where the pair was
    examined, so that one waiting for a person is left alone until something about it changes.
    """

    __tablename__ = "link"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        Index("uq_link_theirs", "portal_id", "connection_id", "kind", "their_id", unique=True),
        Index("ix_link_ours", "portal_id", "kind", "our_id"),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    our_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(Text)
    agreed_ours: Mapped[Json]
    agreed_theirs: Mapped[Json]
    agreed_our_version: Mapped[int] = mapped_column(default=0)
    agreed_their_version: Mapped[str | None] = mapped_column(Text)
    looked_our_version: Mapped[int] = mapped_column(default=0)
    looked_their_version: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[uuid.UUID | None]
    created_at: Mapped[Created]
