"""Runs: how an import is carried out slice by slice, followed, cancelled and read afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from webapp.store.runs import Run

if TYPE_CHECKING:
    from webapp.services.leases import Lease

PAGE_SIZE = 50


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run stands. ``done`` counts every item that is finished, whatever came of it; ``left`` is None until
    the pace is known. ``failed`` and ``just_now`` are the newest few. ``took`` is set once it ended.
    ``counts`` has created, merged, cloned, skipped, failed, changed, cancelled and contacts.
    """

    run: Run
    number: int
    state: str
    who: str
    total: int
    done: int
    current_name: str
    counts: dict[str, int]
    left: timedelta | None
    took: timedelta | None
    pause: str
    error: str
    cancelling: bool
    finished: bool
    failed: tuple[ItemRow, ...]
    just_now: tuple[ItemRow, ...]


def run(portal_id: uuid.UUID, run_id: uuid.UUID) -> Run:
    """Find a run of a portal; raises ``NotFound``."""
    raise NotImplementedError


def runs(portal_id: uuid.UUID, *, number: int = 1) -> RunPage:
    """List the runs that were confirmed, newest first."""
    raise NotImplementedError


def items(run: Run, *, state: str = "", q: str = "", number: int = 1) -> ItemPage:
    """List a run's items: all, or those of one state (failed, changed, …) or action (created, merged, cloned)."""
    raise NotImplementedError


def progress(run: Run) -> Progress:
    """Tell where a run stands."""
    raise NotImplementedError


def unread(portal_id: uuid.UUID, user_id: uuid.UUID) -> Progress | None:
    """Tell of the person's newest finished import that they have not dismissed yet, for the client users page."""
    raise NotImplementedError


def cancel(run: Run, user_id: uuid.UUID) -> Run:
    """Stop a run: what is done stays, what is not begun is not begun. Harmless on one that ended."""
    raise NotImplementedError


def dismiss(run: Run) -> None:
    """Put away the summary of a finished run."""
    raise NotImplementedError


def look_again(run: Run, user_id: uuid.UUID) -> Run:
    """Make a new review of the customers that changed before their turn came; raises ``Refused`` if there are none."""
    raise NotImplementedError


def carry_out_slice(run_id: uuid.UUID, lease: Lease, *, until: Callable[[], bool]) -> bool:
    """Carry out items of a run until ``until()`` says stop or none is left; tell whether more are left.

    Only a worker that holds the connection's lease calls it. Raises ``RetryLater`` and ``Fatal`` after what
    was done is kept, and ``LeaseLost`` with nothing of the item in hand written.
    """
    raise NotImplementedError
