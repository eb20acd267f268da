"""History: what happened to each record, field by field."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, Row, Uuid, and_, case, cast, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, Id, PortalId, Str, StrOrNone, new_id, now
from webapp.store.inserts import insert_rows
from webapp.store.portals import User
from webapp.store.runs import Run


class HistoryEntry(Model):
    """One change of one record.

    ``actor`` is a user's id or ``provider:<connection id>``; ``run_id`` says which run did it, if one did.
    ``old`` and ``new`` are texts for people; null is unknown. ``lost`` marks a value that gave way to
    another.
    """

    __tablename__ = "history_entry"
    __table_args__ = (
        Index("ix_history_record", "portal_id", "kind", "record_id", "id"),
        Index("ix_history_run", "portal_id", "run_id", "id", postgresql_where=text("run_id IS NOT NULL")),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    kind: Mapped[Str]
    record_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    at: Mapped[Created]
    actor: Mapped[Str]
    action: Mapped[Str]
    field: Mapped[Str]
    old: Mapped[StrOrNone]
    new: Mapped[StrOrNone]
    lost: Mapped[bool] = mapped_column(default=False)
    run_id: Mapped[uuid.UUID | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryData:
    """What happened to one record: created, changed, deleted, restored, linked or unlinked.

    What was written at the provider ends in ``_there``: created_there, changed_there, deleted_there. It
    begins with ``maybe_`` where the link ended before it was known whether it had arrived.
    """

    kind: str
    record_id: uuid.UUID
    customer_id: uuid.UUID
    action: str
    field: str = ""
    old: str | None = None
    new: str | None = None
    lost: bool = False


PERSON = case((HistoryEntry.actor.regexp_match("^[0-9a-f-]{36}$"), cast(HistoryEntry.actor, Uuid)))
_NAMES = tuple(each.name for each in fields(EntryData))


def add(portal_id: uuid.UUID, entries: Sequence[EntryData], *, actor: str, run_id: uuid.UUID | None) -> None:
    """Write down what happened, in the order given."""
    insert_rows({HistoryEntry: rows(portal_id, entries, actor=actor, run_id=run_id)})


def rows(
    portal_id: uuid.UUID, entries: Sequence[EntryData], *, actor: str, run_id: uuid.UUID | None
) -> list[dict[str, Any]]:
    """Return what happened as the table has it, in the order given."""
    shared = {"portal_id": portal_id, "at": now(), "actor": actor, "run_id": run_id}
    return [
        {**shared, "id": new_id(), **{name: getattr(entry, name) for name in _NAMES}} for entry in entries
    ]


def to_json(entry: EntryData) -> dict[str, Any]:
    """Return an entry as JSON holds it, to be written down later."""
    return {
        name: value if value is None or isinstance(value, bool) else str(value)
        for name, value in asdict(entry).items()
    }


def from_json(kept: dict[str, Any]) -> EntryData:
    """Read an entry that ``to_json`` made."""
    ids = {name: uuid.UUID(kept[name]) for name in ("record_id", "customer_id")}
    return EntryData(**{**kept, **ids})


def entries_of(
    portal_id: uuid.UUID, customer_id: uuid.UUID, *, offset: int, limit: int
) -> tuple[list[Row[HistoryEntry, int | None, str | None, int]], int]:
    """Read what happened to a customer and its contacts, newest first, and how many entries there are.

    Each entry comes with the number of its run and the name of the person who acted, if one did.
    """
    where = and_(HistoryEntry.portal_id == portal_id, HistoryEntry.customer_id == customer_id)
    total = select(func.count()).select_from(HistoryEntry).where(where)
    of_run = and_(Run.portal_id == HistoryEntry.portal_id, Run.id == HistoryEntry.run_id)
    query = (
        select(HistoryEntry, Run.number, User.name, total.scalar_subquery().label("total"))
        .outerjoin(Run, of_run)
        .outerjoin(User, User.id == PERSON)
        .where(where)
    )
    query = query.order_by(HistoryEntry.id.desc()).offset(offset).limit(limit)
    found = list(db.session.execute(query))
    if found or not offset:
        return found, found[0].total if found else 0
    return found, db.session.scalar(total) or 0


def last_changes(portal_id: uuid.UUID, record_id: uuid.UUID) -> list[Row[str, datetime, str, str | None]]:
    """Read when each field of a record changed here last, by which actor, and the name of that person."""
    query = (
        select(HistoryEntry.field, HistoryEntry.at, HistoryEntry.actor, User.name)
        .outerjoin(User, User.id == PERSON)
        .where(_of_record(portal_id, record_id), HistoryEntry.action == "changed")
        .ext(distinct_on(HistoryEntry.field))
        .order_by(HistoryEntry.field, HistoryEntry.id.desc())
    )
    return list(db.session.execute(query))


def last_deletion(portal_id: uuid.UUID, record_id: uuid.UUID) -> Row[datetime, str, str | None] | None:
    """Read when a record went into the bin last, by which actor, and the name of that person."""
    query = (
        select(HistoryEntry.at, HistoryEntry.actor, User.name)
        .outerjoin(User, User.id == PERSON)
        .where(_of_record(portal_id, record_id), HistoryEntry.action == "deleted")
        .order_by(HistoryEntry.id.desc())
    )
    return db.session.execute(query.limit(1)).first()


def _of_record(portal_id: uuid.UUID, record_id: uuid.UUID) -> ColumnElement[bool]:
    return and_(
        HistoryEntry.portal_id == portal_id,
        HistoryEntry.kind.in_(("customer", "contact")),
        HistoryEntry.record_id == record_id,
    )


def newest(
    portal_id: uuid.UUID, kind: str, record_id: uuid.UUID, *, fields: Sequence[str]
) -> HistoryEntry | None:
    """Find the newest entry of a record that tells who changed one of some fields here, or the record."""
    query = select(HistoryEntry).where(
        HistoryEntry.portal_id == portal_id,
        HistoryEntry.kind == kind,
        HistoryEntry.record_id == record_id,
        HistoryEntry.field.in_(["", *fields]),
        HistoryEntry.action.in_(HERE),
    )
    return db.session.scalar(query.order_by(HistoryEntry.id.desc()).limit(1))


HERE = ("created", "changed", "deleted", "restored")
"""What is told of a record in the portal, not of its twin or their link."""
