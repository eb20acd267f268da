"""Runs: how an import is carried out slice by slice, followed, cancelled and looked at again.

get what it needs of the provider → a batch with both sides of each → new ones together, others alone → close
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog

from webapp import logs
from webapp.extensions import db
from webapp.services import accounts, audit, batches, notices, reviews, run_ends
from webapp.services.admitting import base_currency
from webapp.services.carrying import Work
from webapp.services.census import mirror_of
from webapp.services.errors import NotFound, Refused
from webapp.services.labels import name_of
from webapp.services.leases import Lease
from webapp.services.merge_outcomes import limits_of
from webapp.services.progress import Progress, progress, unread
from webapp.services.run_pages import (
    PAGE_SIZE,
    ItemPage,
    ItemRow,
    RunPage,
    RunRow,
    all_items,
    items,
    run,
    runs,
)
from webapp.services.together import carry_out_batch
from webapp.services.vetting import vet_of
from webapp.store import review_items, run_items, statistics
from webapp.store import runs as store
from webapp.store.columns import now
from webapp.store.connections import connection_by_id
from webapp.store.custom_fields import shared_fields
from webapp.store.run_data import RunData
from webapp.store.runs import UNDER_WAY, Run

__all__ = [
    "PAGE_SIZE",
    "ItemPage",
    "ItemRow",
    "Progress",
    "RunPage",
    "RunRow",
    "all_items",
    "cancel",
    "carry_out_slice",
    "dismiss",
    "items",
    "look_again",
    "progress",
    "run",
    "runs",
    "unread",
]

log = structlog.get_logger(__name__)


def carry_out_slice(run_id: uuid.UUID, lease: Lease, *, until: Callable[[], bool]) -> bool:
    """Carry out items of a run until ``until()`` says stop or none is left; tell whether more are left.

    Only a worker that holds the connection's lease calls it. Raises ``RetryLater`` and ``Fatal`` after what
    was done is kept, and ``LeaseLost`` with nothing of the item in hand written.
    """
    with logs.bound(run=str(run_id)):
        return _carry_out_slice(run_id, lease, until)


def _carry_out_slice(run_id: uuid.UUID, lease: Lease, until: Callable[[], bool]) -> bool:
    work = _begin(run_id, lease)
    while work is not None and not until():
        if not batches.make_ready(work.run, lease, until=until):
            return True
        statistics.measure_grown()
        batch = batches.next_batch(work.run)
        if not batch.items:
            _end(work.run, lease)
            return False
        if not carry_out_batch(work, batch, until):
            return True
    return work is not None


def cancel(run: Run, user_id: uuid.UUID) -> Run:
    """Stop a run: what is done stays, what is not begun is not begun. Harmless on one that ended.

    A customer begun at the provider is brought to its end first, so that neither side has half of it.
    """
    audit.hold(run.portal_id)
    locked = _locked(run)
    if locked.kind == "undo":
        db.session.rollback()
        raise Refused("An undo is not cancelled halfway: what it puts into the bin can be restored there.")
    over = None
    if locked.state in UNDER_WAY:
        run_items.cancel_pending(locked)
        locked.cancel_requested_at = now()
        if not run_items.pending(locked, 1):
            _close(locked)
            over = locked.portal_id, locked.id
        details = {"number": locked.number}
        audit.record(locked.portal_id, str(user_id), "import.cancelled", str(locked.id), details)
        log.info("run.cancelled", run=str(locked.id), number=locked.number, by=str(user_id))
    db.session.commit()
    if over:
        run_ends.announce(*over)
    return locked


def dismiss(run: Run) -> None:
    """Put away the summary of a finished run."""
    locked = _locked(run)
    locked.dismissed_at = locked.dismissed_at or now()
    db.session.commit()


def look_again(run: Run, user_id: uuid.UUID) -> Run:
    """Make a new review of the customers that changed before their turn; ``Refused`` if there are none."""
    their_ids = frozenset(review_items.changed_ids(run))
    if not their_ids:
        raise Refused("Nothing of this run changed before its turn: there is nothing to look at again.")
    return reviews.review_of(run.portal_id, run.connection_id, user_id, their_ids, project_id=run.project_id)


def _begin(run_id: uuid.UUID, lease: Lease) -> Work | None:
    """Open a run for a slice; None when it is over, or was cancelled."""
    # Asked first: whoever locks a connection and its runs does so in this order.
    lease.assert_held()
    found = store.run_by_id(run_id)
    connection = connection_by_id(found.connection_id) if found is not None else None
    if found is None or connection is None or found.state not in UNDER_WAY:
        db.session.rollback()
        return None
    found.state, found.started_at, found.pause = "running", found.started_at or now(), ""
    work = Work(
        run=RunData.of(found),
        lease=lease,
        mirror=mirror_of(connection),
        theirs=accounts.open_directory(connection, interactive=False, lease=lease),
        limits=limits_of(connection),
        shared=shared_fields(connection),
        label=name_of(connection),
        vet=vet_of(connection),
        currency=base_currency(found.portal_id),
    )
    db.session.commit()
    return work


def _end(run: RunData, lease: Lease) -> None:
    """Close a run whose items are all done, unless it was cancelled in between."""
    lease.assert_held()
    found = store.run_by_id(run.id)
    if found is not None:
        if found.state in UNDER_WAY:
            _close(found)
            log.info(f"run.{found.state}", run=str(found.id), number=found.number, **_logged(found.counts))
        else:
            found.counts = run_items.counts(found)
    db.session.commit()
    run_ends.announce(run.portal_id, run.id)


def _close(run: Run) -> None:
    run.state = "cancelled" if run.cancel_requested_at else "done"
    run.finished_at, run.pause = now(), ""
    run.counts = run_items.counts(run)
    notices.tell_end(run, run.counts)


def _logged(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _locked(run: Run) -> Run:
    locked = store.locked_run(run.portal_id, run.id)
    if locked is None:
        db.session.rollback()
        raise NotFound("There is no such run in this portal.")
    return locked
