"""History for people: what happened to a customer and its contacts, newest first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One change. ``who`` is a person's name or the provider's label; ``record`` the name of what changed.

    ``action`` is created, changed, linked or unlinked; ``old`` and ``new`` are texts, None is unknown;
    ``lost`` marks a value that gave way to another.
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
    """Tell the history of a customer and its contacts."""
    raise NotImplementedError
