"""The picker: the provider's customers beside what the portal has, and what is ticked among them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.store.picks import SORTS, STATES, Count, PickRow
from webapp.store.runs import Run

__all__ = ["SORTS", "STATES", "Count", "PickCounts", "PickPage", "PickRow", "PickSelection"]

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PickCounts:
    """How many rows each filter would show under the present search.

    ``all`` follows the ``inactive`` switch; ``inactive`` counts those the switch would add.
    """

    all: Count
    new: Count
    same_name: Count
    imported: Count
    inactive: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class PickSelection:
    """What is ticked, over all pages and searches.

    ``contacts`` come along; those of ``contacts_unread`` customers are not counted in it yet. ``matching`` of the
    ticked are found by the present search; ``selectable`` is what "select all" would tick under it.
    """

    customers: int
    contacts: int
    contacts_unread: int
    same_name: int
    matching: int
    selectable: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class PickPage:
    """One page of the picker. ``pages`` is None where the total is only known as "1,000+"."""

    rows: tuple[PickRow, ...]
    total: Count
    counts: PickCounts
    selection: PickSelection
    q: str
    state: str
    sort: str
    inactive: bool
    number: int
    pages: int | None
    has_next: bool


def draft(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID) -> Run:
    """Find or make the draft in which a person chooses; an open review goes back to it, its answers remembered.

    Raises ``NotFound`` for an unknown connection and ``Refused`` for one that was never connected.
    """
    raise NotImplementedError


def page(
    run: Run, *, q: str = "", state: str = "", sort: str = "name", number: int = 1, inactive: bool = False
) -> PickPage:
    """Show one page. An unknown state or sort means the first; a page beyond the end is the last."""
    raise NotImplementedError


def tick(run: Run, their_ids: Sequence[str]) -> int:
    """Tick rows and tell how many are; those that cannot be imported are passed over."""
    raise NotImplementedError


def untick(run: Run, their_ids: Sequence[str]) -> None:
    """Untick rows, also those that "select all" ticked."""
    raise NotImplementedError


def tick_all(run: Run, *, q: str = "", state: str = "", inactive: bool = False) -> None:
    """Tick everything the search and the filter find, on all pages, besides what is ticked already."""
    raise NotImplementedError


def clear(run: Run) -> None:
    """Untick everything."""
    raise NotImplementedError
