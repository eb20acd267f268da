"""One pass of a sync as people read it: what moved, customer by customer, and what could not."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services.labels import provider_label
from webapp.services.sync_pages import Figures, figures_of
from webapp.store import run_list as store
from webapp.store.customers import called
from webapp.store.run_data import RunData
from webapp.store.runs import Run
from webapp.walls import inside

PAGE_SIZE = 20
"""How many customers a page shows, each with all that was done to it."""

ENTRIES_AT_ONCE = 500
MOST_FOUND = 50
LAST_PAGE = 1_000_000
FIRST = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One thing a pass wrote. ``record`` is blank for the customer itself; ``there``: at the provider."""

    at: datetime
    customer_id: uuid.UUID | None
    customer: str
    record: str
    action: str
    there: bool
    field: str
    old: str | None
    new: str | None
    lost: bool
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedCustomer:
    """What a pass wrote of one customer and its contacts."""

    customer_id: uuid.UUID
    name: str
    moved: tuple[Moved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassPage:
    """A page of what a pass did; ``problems`` and ``conflicts`` are those it found that still wait."""

    figures: Figures
    customers: tuple[MovedCustomer, ...]
    total: int
    number: int
    pages: int
    problems: tuple[Row[Any], ...]
    conflicts: tuple[Row[Any], ...]


def page(run: Run, *, number: int = 1) -> PassPage:
    """Return a page of what a pass did; one beyond the end is the last."""
    number = max(1, min(number, LAST_PAGE))
    found, total = store.customers_of(run.portal_id, run.id, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return page(run, number=pages)
    label = provider_label(run.portal_id, run.connection_id)
    moved: defaultdict[uuid.UUID, list[Moved]] = defaultdict(list)
    for row in store.entries_of(run.portal_id, run.id, [each.customer_id for each in found]):
        moved[row.customer_id].append(_moved(row, label))
    return PassPage(
        figures=figures_of(run),
        customers=tuple(_customer(row, moved[row.customer_id]) for row in found),
        total=total,
        number=number,
        pages=pages,
        problems=tuple(store.problems_of(run.portal_id, run.id, limit=MOST_FOUND)),
        conflicts=tuple(store.conflicts_of(run.portal_id, run.id, limit=MOST_FOUND)),
    )


def everything(run: Run) -> Iterator[Moved]:
    """Give all that a pass did, one after another, read beside the session a few at a time."""
    label, kept, after = provider_label(run.portal_id, run.connection_id), RunData.of(run), FIRST
    return _everything(kept, label, after)


def _everything(kept: RunData, label: str, after: uuid.UUID) -> Iterator[Moved]:
    while True:
        with inside(kept.portal_id), db.engine.connect() as side:
            found = store.following(side, kept.portal_id, kept.id, after=after, limit=ENTRIES_AT_ONCE)
        yield from (_moved(row, label) for row in found)
        if len(found) < ENTRIES_AT_ONCE:
            return
        after = found[-1].id


def _customer(row: Row[Any], moved: list[Moved]) -> MovedCustomer:
    return MovedCustomer(customer_id=row.customer_id, name=row.name or "", moved=tuple(moved))


def _moved(row: Row[Any], label: str) -> Moved:
    contact = row.kind == "contact"
    return Moved(
        at=row.at,
        customer_id=row.customer_id,
        customer=row.customer or "",
        record=(called(row.first_name, row.last_name, row.email) or "A contact") if contact else "",
        action=row.action.removesuffix("_there"),
        there=row.action.endswith("_there"),
        field=row.field,
        old=row.old,
        new=row.new,
        lost=row.lost,
        who=row.person or (label if row.actor.startswith("provider:") else ""),
    )
