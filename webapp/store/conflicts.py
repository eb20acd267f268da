"""Conflicts: fields that changed on both sides to different values, waiting for a person."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, Text, delete, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store import history
from webapp.store.columns import Created, PortalId, Str, Time, now
from webapp.sync import steps
from webapp.sync.link import to_json


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A conflict a look has found in a customer; ``theirs_at`` is when that was last changed there."""

    conflict: steps.Conflict
    customer_id: uuid.UUID
    their_customer_id: str
    theirs_at: datetime | None


def replace(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    customer_ids: Collection[uuid.UUID],
    found: Sequence[Found],
    *,
    run_id: uuid.UUID | None,
) -> int:
    """Let these be the conflicts of some customers, and no others; return how many are new.

    One that stays keeps when it was found, and by which run.
    """
    place = (Conflict.portal_id == portal_id, Conflict.connection_id == connection_id)
    keys = [(each.conflict.ref.kind, _our_id(each), each.conflict.field) for each in found]
    over = delete(Conflict).where(*place, Conflict.customer_id.in_(customer_ids))
    if keys:
        over = over.where(tuple_(Conflict.kind, Conflict.our_id, Conflict.field).not_in(keys))
    db.session.execute(over.execution_options(synchronize_session=False))
    if not found:
        return 0
    before = _known(place, keys)
    rows = [_row(portal_id, connection_id, each, run_id) for each in found]
    kept = insert(Conflict).values(rows)
    fixed = {"portal_id", "connection_id", "kind", "our_id", "field", "found_at", "run_id"}
    moving = {name: kept.excluded[name] for name in rows[0] if name not in fixed}
    db.session.execute(kept.on_conflict_do_update(index_elements=KEY, set_=moving))
    return len(found) - before


KEY = ("portal_id", "connection_id", "kind", "our_id", "field")
"""What tells one conflict from another."""


def _known(place: tuple[ColumnElement[bool], ...], keys: Sequence[tuple[str, uuid.UUID, str]]) -> int:
    query = select(Conflict.our_id).where(
        *place, tuple_(Conflict.kind, Conflict.our_id, Conflict.field).in_(keys)
    )
    return len(list(db.session.scalars(query)))


def _row(
    portal_id: uuid.UUID, connection_id: uuid.UUID, found: Found, run_id: uuid.UUID | None
) -> dict[str, Any]:
    conflict = found.conflict
    edit = history.newest(portal_id, *_edited(found), fields=[conflict.field])
    values = {
        "ours": conflict.ours,
        "theirs": conflict.theirs,
        "agreed_ours": conflict.agreed_ours,
        "agreed_theirs": conflict.agreed_theirs,
    }
    return {
        "portal_id": portal_id,
        "connection_id": connection_id,
        "kind": conflict.ref.kind,
        "our_id": _our_id(found),
        "field": conflict.field,
        "their_id": conflict.ref.their_id or "",
        "customer_id": found.customer_id,
        "their_customer_id": found.their_customer_id,
        **{name: to_json({name: value}).get(name) for name, value in values.items()},
        "ours_at": edit.at if edit else None,
        "ours_by": edit.actor if edit else "",
        "theirs_at": found.theirs_at,
        "found_at": now(),
        "run_id": run_id,
    }


def _our_id(found: Found) -> uuid.UUID:
    return uuid.UUID(found.conflict.ref.our_id) if found.conflict.ref.our_id else found.customer_id


def _edited(found: Found) -> tuple[str, uuid.UUID]:
    """Return the kind and id of the record here that was edited: of who is primary, the one who is."""
    conflict = found.conflict
    if conflict.field == "primary" and isinstance(conflict.ours, str):
        return "contact", uuid.UUID(conflict.ours)
    return conflict.ref.kind, _our_id(found)
