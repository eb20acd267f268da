"""History for people: what happened to a customer and its contacts, newest first."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from webapp.services.labels import provider_label
from webapp.store import history as store
from webapp.store.customers import names_of
from webapp.store.history import HistoryEntry
from webapp.store.portals import user_names

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


def of_customer(portal_id: uuid.UUID, customer_id: uuid.UUID, *, number: int = 1) -> HistoryPage:
    """Tell the history of a customer and its contacts; a page beyond the end is the last."""
    number = max(1, min(number, LAST_PAGE))
    offset = (number - 1) * PAGE_SIZE
    found, total = store.entries_of(portal_id, customer_id, offset=offset, limit=PAGE_SIZE)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return of_customer(portal_id, customer_id, number=pages)
    who = _actors(portal_id, {entry.actor for entry, _ in found})
    names = names_of(portal_id, customer_id)
    rows = tuple(_row(entry, run_number, who, names) for entry, run_number in found)
    return HistoryPage(rows=rows, total=total, number=number, pages=pages)


def _row(
    entry: HistoryEntry, run_number: int | None, who: dict[str, str], names: dict[uuid.UUID, str]
) -> HistoryRow:
    return HistoryRow(
        at=entry.at,
        who=who.get(entry.actor, ""),
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


def _actors(portal_id: uuid.UUID, actors: Iterable[str]) -> dict[str, str]:
    """Return who stands behind each actor of the history."""
    told: dict[str, str] = {}
    users: dict[uuid.UUID, str] = {}
    for actor in actors:
        kind, _, connection = actor.partition(":")
        if kind == "provider":
            told[actor] = provider_label(portal_id, uuid.UUID(connection))
        elif actor:
            users[uuid.UUID(actor)] = actor
    named = user_names(users) if users else {}
    return told | {actor: named.get(user, "") for user, actor in users.items()}
