"""Ticking customers in the list: what is selected survives searching, paging and a reload.

A selection is a small value that whoever asks keeps: single customers, and queries with exceptions.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from webapp.services.errors import Refused
from webapp.store import ticks as store
from webapp.store.customer_list import FILTERS
from webapp.store.search import words
from webapp.store.ticks import ListQuery, Ticks

__all__ = ["MOST_SINGLE", "TickView", "Ticks", "query_of", "tick", "tick_all", "untick", "view"]

MOST_SINGLE = 2_000
"""So many customers are ticked one by one; more are selected by a search or a filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickView:
    """What is ticked, over all pages and searches.

    ``matching`` of the ticked are shown by the present search.
    """

    customers: int = 0
    inactive: int = 0
    matching: int = 0


def query_of(q: str, filter: str) -> ListQuery:
    """Make what the list was asked for a query; an unknown filter means the first."""
    q = q.replace("\0", " ").strip()
    return ListQuery(q=q if words(q) else "", filter=filter if filter in FILTERS else "")


def view(portal_id: uuid.UUID, ticks: Ticks, query: ListQuery) -> TickView:
    """Count what is ticked; nothing is asked while nothing is."""
    return TickView(**store.summary(portal_id, ticks, query)) if ticks else TickView()


def tick(portal_id: uuid.UUID, ticks: Ticks, ids: Iterable[str]) -> Ticks:
    """Tick customers; what is none in the list is passed over."""
    known = store.known_of(portal_id, _ids(ids))
    if len(ticks.ids | known) > MOST_SINGLE:
        raise Refused(
            f"More than {MOST_SINGLE:,} cannot be ticked one by one. "
            "Search or filter for them, and select all that match."
        )
    return replace(ticks, ids=ticks.ids | known, exceptions=ticks.exceptions - known)


def untick(portal_id: uuid.UUID, ticks: Ticks, ids: Iterable[str]) -> Ticks:
    """Untick customers, also those that "select all" ticked."""
    gone = _ids(ids)
    known = store.known_of(portal_id, gone) if ticks.queries else set()
    return replace(ticks, ids=ticks.ids - gone, exceptions=ticks.exceptions | known)


def tick_all(portal_id: uuid.UUID, ticks: Ticks, query: ListQuery) -> Ticks:
    """Tick everything a search and a filter find, on all pages, besides what is ticked already."""
    found = store.shown_of(portal_id, query, ticks.exceptions)
    queries = tuple(each for each in ticks.queries if each != query)
    return replace(ticks, queries=(*queries, query), exceptions=ticks.exceptions - found)


def _ids(texts: Iterable[str]) -> set[uuid.UUID]:
    return {found for text in texts if (found := _uuid(text)) is not None}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
