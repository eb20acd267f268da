"""Drift reports: what differed between both sides of a connection when somebody asked, and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, ForeignKeyConstraint, Index, Text, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, Json, PortalId, Str
from webapp.store.inserts import insert_rows

_CONNECTION = ["connection.portal_id", "connection.id"]


class DriftReport(Model):
    """The newest report of a connection: how many customers were compared, and items by reason."""

    __tablename__ = "drift_report"
    __table_args__ = (ForeignKeyConstraint(["portal_id", "connection_id"], _CONNECTION, ondelete="CASCADE"),)

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    made_at: Mapped[Created]
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    customers: Mapped[int] = mapped_column(default=0)
    counts: Mapped[Json]


class DriftItem(Model):
    """One difference of a report; its values, agreed ones too, are as ``sync.link.to_json`` writes them.

    ``field`` is blank where a record as a whole stands on one side only. ``record`` names the contact, and is
    blank for the customer itself. ``note`` says more of the ``reason``, for people.
    """

    __tablename__ = "drift_item"
    __table_args__ = (
        ForeignKeyConstraint(["portal_id", "connection_id"], _CONNECTION, ondelete="CASCADE"),
        Index("ix_drift_item_reason", "portal_id", "connection_id", "reason", "position"),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[uuid.UUID]
    their_customer_id: Mapped[Str]
    customer: Mapped[Str]
    kind: Mapped[str] = mapped_column(Text)
    our_id: Mapped[uuid.UUID | None]
    their_id: Mapped[Str]
    record: Mapped[Str]
    field: Mapped[Str]
    ours: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    theirs: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    agreed_ours: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    agreed_theirs: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    reason: Mapped[Str]
    note: Mapped[Str]
    search: Mapped[Str]


def newest(portal_id: uuid.UUID, connection_id: uuid.UUID) -> DriftReport | None:
    """Find the report of a connection."""
    return db.session.get(DriftReport, (portal_id, connection_id), populate_existing=True)


def forget(portal_id: uuid.UUID, connection_id: uuid.UUID) -> None:
    """Take away what the last report found; whoever else makes one waits until this transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"drift {connection_id}", 0))))
    for model in (DriftItem, DriftReport):
        old = delete(model).where(model.portal_id == portal_id, model.connection_id == connection_id)
        db.session.execute(old.execution_options(synchronize_session=False))


def add_items(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write items, every column given."""
    insert_rows({DriftItem: rows})


def page(
    portal_id: uuid.UUID, connection_id: uuid.UUID, *, reason: str, q: str, offset: int, limit: int
) -> tuple[list[DriftItem], int]:
    """Read items in their order, of one reason or all, that a text stands in; and how many there are."""
    where = _where(portal_id, connection_id, reason, q)
    total = db.session.scalar(select(func.count()).select_from(DriftItem).where(*where)) or 0
    query = select(DriftItem).where(*where).order_by(DriftItem.position).offset(offset).limit(limit)
    return list(db.session.scalars(query)), total


def _where(
    portal_id: uuid.UUID, connection_id: uuid.UUID, reason: str, q: str
) -> tuple[ColumnElement[bool], ...]:
    where = [DriftItem.portal_id == portal_id, DriftItem.connection_id == connection_id]
    if reason:
        where.append(DriftItem.reason == reason)
    if q:
        where.append(DriftItem.search.contains(q, autoescape=True))
    return tuple(where)
