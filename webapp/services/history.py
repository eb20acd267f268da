"""History for people: what happened to a customer and its contacts, newest first."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.services.labels import actor_label
from webapp.services.typed import Change
from webapp.store import history as store
from webapp.store.history import HistoryEntry

PAGE_SIZE = 50
LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One change. ``who`` is a person's name or the provider's label; ``record`` the name of what changed.

    ``action`` is created, changed, linked or unlinked, or created_there and changed_there for what was
    written at the provider; ``old`` and ``new`` are texts, None is unknown; ``lost`` marks a value that
    gave way to another.
    """

    at: datetime
    who: str
    kind: str
    record: str
    action: str
    field: str
    old: str | None
    new: str | None
    lost: bool
    run_id: uuid.UUID | None
    run_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A page of history."""

    rows: tuple[HistoryRow, ...]
    total: int
    number: int
    pages: int


def of_customer(
    portal_id: uuid.UUID, customer_id: uuid.UUID, names: Mapping[uuid.UUID, str], *, number: int = 1
) -> HistoryPage:
    """Tell the history of a customer and its contacts, by their names; a page beyond the end is the last."""
    number = max(1, min(number, LAST_PAGE))
    offset = (number - 1) * PAGE_SIZE
    found, total = store.entries_of(portal_id, customer_id, offset=offset, limit=PAGE_SIZE)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return of_customer(portal_id, customer_id, names, number=pages)
    rows = tuple(
        _row(entry, run_number, person or actor_label(portal_id, entry.actor), names)
        for entry, run_number, person, _ in found
    )
    return HistoryPage(rows=rows, total=total, number=number, pages=pages)


def _row(entry: HistoryEntry, run_number: int | None, who: str, names: Mapping[uuid.UUID, str]) -> HistoryRow:
    return HistoryRow(
        at=entry.at,
        who=who,
        kind=entry.kind,
        record=names.get(entry.record_id, ""),
        action=entry.action,
        field=entry.field,
        old=entry.old,
        new=entry.new,
        lost=entry.lost,
        run_id=entry.run_id,
        run_number=run_number,
    )


def last_changes(portal_id: uuid.UUID, record_id: uuid.UUID) -> dict[str, Change]:
    """Tell who or what changed each field of a record here last, and when."""
    found = store.last_changes(portal_id, record_id)
    return {
        field: Change(by=person or actor_label(portal_id, actor), at=at) for field, at, actor, person in found
    }


def last_deletion(portal_id: uuid.UUID, record_id: uuid.UUID) -> Change:
    """Tell who or what put a record into the bin last, and when."""
    found = store.last_deletion(portal_id, record_id)
    if found is None:
        return Change()
    at, actor, person = found
    return Change(by=person or actor_label(portal_id, actor), at=at)
