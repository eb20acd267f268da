"""How far a run has come, for whoever watches it and for the summary at its end."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from webapp.extensions import db
from webapp.services.run_pages import ItemRow
from webapp.store import run_items
from webapp.store import runs as store
from webapp.store.portals import User
from webapp.store.runs import Run

FAILED_SHOWN = 20
JUST_NOW_SHOWN = 6
_LEAST_FOR_A_PACE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run stands.

    ``done`` counts every item that was to be carried out and is finished, whatever came of it; ``left`` is
    None until the pace is known. ``failed``, ``changed`` and ``just_now`` are the newest few. ``took`` is
    set once it ended. ``counts`` has created, merged, cloned, skipped, failed, changed, cancelled, pending
    and contacts, and once more those that came partly. ``pause`` says, for people, why it waits.
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
    finished: bool
    failed: tuple[ItemRow, ...]
    changed: tuple[ItemRow, ...]
    just_now: tuple[ItemRow, ...]


def progress(run: Run) -> Progress:
    """Tell where a run stands."""
    counts = run_items.counts(run)
    finished = run.state in ("done", "cancelled", "failed")
    user = db.session.get(User, run.started_by) if run.started_by else None
    return Progress(
        run=run,
        number=run.number or 0,
        state=run.state,
        who=user.name if user else "",
        total=run.total,
        done=max(0, run.total - counts["pending"]),
        current_name="" if finished else run_items.next_name(run),
        counts=counts,
        left=None if finished or run.pause else _left(run, counts["pending"]),
        took=run.finished_at - run.started_at if run.finished_at and run.started_at else None,
        pause=run.pause,
        error=run.error,
        finished=finished,
        failed=_rows(run, "failed", FAILED_SHOWN) if counts["failed"] else (),
        changed=_rows(run, "changed", FAILED_SHOWN) if counts["changed"] else (),
        just_now=() if finished else _rows(run, "done", JUST_NOW_SHOWN),
    )


def unread(
    portal_id: uuid.UUID, user_id: uuid.UUID, *, project_id: uuid.UUID | None = None
) -> Progress | None:
    """Tell of the person's newest finished import, into a project or not, that they did not dismiss yet."""
    run = store.newest_finished(portal_id, user_id, project_id=project_id)
    return progress(run) if run is not None and run.dismissed_at is None else None


def _rows(run: Run, state: str, limit: int) -> tuple[ItemRow, ...]:
    return tuple(ItemRow.of(item) for item in run_items.newest(run, state, limit))


def _left(run: Run, pending: int) -> timedelta | None:
    pace = run_items.pace(run)
    if pace.rows < _LEAST_FOR_A_PACE or pace.last == pace.first:
        return None
    each: timedelta = (pace.last - pace.first) / (pace.rows - 1)
    return each * pending
