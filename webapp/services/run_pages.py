"""Runs as people read them: the list of runs, and the items of one."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.extensions import db
from webapp.services.errors import NotFound
from webapp.services.labels import name_of
from webapp.store import run_failures, run_items, run_list, undone
from webapp.store import runs as store
from webapp.store.connections import Connection
from webapp.store.run_data import RunData
from webapp.store.runs import Run, RunItem
from webapp.walls import inside

PAGE_SIZE = 50
ITEMS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One customer of a run. ``our_id`` leads to the customer here, once there is one."""

    position: int
    their_id: str
    name: str
    action: str
    state: str
    reason: str
    contacts: int
    our_id: uuid.UUID | None
    finished_at: datetime | None

    @classmethod
    def of(cls, item: RunItem) -> ItemRow:
        """Take what is shown of an item."""
        return cls(
            position=item.position,
            their_id=item.their_id,
            name=item.name,
            action=item.action,
            state=item.state,
            reason=item.reason,
            contacts=item.contacts,
            our_id=item.our_id,
            finished_at=item.finished_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Some items of a run, with the number of items of each state and action for the filters."""

    items: tuple[ItemRow, ...]
    counts: dict[str, int]
    total: int
    number: int
    pages: int
    q: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run in the list of runs; ``who`` is the person's name, blank for a run nobody started by hand."""

    id: uuid.UUID
    number: int
    kind: str
    cause: str
    state: str
    connection_id: uuid.UUID
    provider: str
    who: str
    total: int
    counts: dict[str, int]
    confirmed_at: datetime | None
    finished_at: datetime | None
    pause: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A page of runs, newest first."""

    runs: tuple[RunRow, ...]
    total: int
    number: int
    pages: int


def run(portal_id: uuid.UUID, run_id: uuid.UUID) -> Run:
    """Find a run of a portal; raises ``NotFound``."""
    found = store.find_run(portal_id, run_id)
    if found is None:
        raise NotFound("There is no such run in this portal.")
    return found


def runs(
    portal_id: uuid.UUID,
    *,
    kind: str = "",
    connection_id: uuid.UUID | None = None,
    state: str = "",
    project_id: uuid.UUID | None = None,
    number: int = 1,
) -> RunPage:
    """List the runs that were confirmed, newest first; ``counts`` of one under way are counted now.

    All, or those of a kind (import, sync), a connection, a project, or a state of ``store.run_list.STATES``.
    """
    asked: dict[str, Any] = {"kind": kind, "connection_id": connection_id, "state": state}
    asked["project_id"] = project_id
    offset = (max(1, number) - 1) * PAGE_SIZE
    rows, total = run_list.confirmed_runs(portal_id, **asked, offset=offset, limit=PAGE_SIZE)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return runs(portal_id, **asked, number=pages)
    shown = tuple(_row(each, name or "", connection) for each, name, connection in rows)
    return RunPage(runs=shown, total=total, number=max(1, number), pages=pages)


def items(
    run: Run,
    *,
    state: str = "",
    q: str = "",
    number: int = 1,
    alike: int | None = None,
    counts: dict[str, int] | None = None,
) -> ItemPage:
    """List a run's items: all, or those of a state (failed, …) or an outcome (created, merged, cloned).

    With ``alike`` only those that failed for the reason of the item at that position. ``counts`` are the
    run's, if they are known.
    """
    offset = (max(1, number) - 1) * PAGE_SIZE
    only = () if alike is None else (run_failures.failed_like(run, alike),)
    found, total = run_items.page(run, state, q, *only, offset=offset, limit=PAGE_SIZE)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return items(run, state=state, q=q, number=pages, alike=alike, counts=counts)
    return ItemPage(
        items=tuple(ItemRow.of(item) for item in found),
        counts=run_items.counts(run) if counts is None else counts,
        total=total,
        number=max(1, number),
        pages=pages,
        q=q,
        state=state,
    )


def all_items(run: Run, *, state: str = "", q: str = "") -> Iterator[ItemRow]:
    """Give a run's items one after another: what `items` lists, without pages.

    They are read a few at a time, each time beside the session: who takes them slowly holds no transaction.
    """
    after, kept = -1, RunData.of(run)
    while True:
        with inside(kept.portal_id), db.engine.connect() as side:
            found = run_items.following(side, kept, state, q.strip(), after=after, limit=ITEMS_AT_ONCE)
        yield from (ItemRow(**{name: getattr(row, name) for name in ItemRow.__slots__}) for row in found)
        if len(found) < ITEMS_AT_ONCE:
            return
        after = found[-1].position


def _row(found: Run, who: str, connection: Connection) -> RunRow:
    return RunRow(
        id=found.id,
        number=found.number or 0,
        kind=found.kind,
        cause=found.cause,
        state=found.state,
        connection_id=found.connection_id,
        provider=name_of(connection),
        who=who,
        total=found.total,
        counts=_counts(found),
        confirmed_at=found.confirmed_at,
        finished_at=found.finished_at,
        pause=found.pause,
        error=found.error,
    )


def _counts(found: Run) -> dict[str, int]:
    """Return what a run counted at its end, or count it now."""
    if found.finished_at or found.kind == "sync":
        return dict(found.counts)
    return undone.counts(found) if found.kind == "undo" else run_items.counts(found)
