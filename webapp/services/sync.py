"""The sync: linked customers that changed on either side brought to agreement again, slice by slice.

    links that are due → both sides of many by few queries → plans → those with nothing to do closed at once
    → the others one by one → what deletes or blanks counted together, and held or carried out

A run is kept only of a pass that found something to do, or that somebody asked for.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

from webapp import logs
from webapp.extensions import db
from webapp.services.braking import decide, look_at_held
from webapp.services.errors import NotFound, Refused
from webapp.services.leases import Lease, LeaseLost
from webapp.services.signals import announce_due
from webapp.services.sync_closing import Look, PassWork, begin_run, close
from webapp.services.sync_customers import bring
from webapp.services.sync_plans import AT_ONCE, Planned, due, plans, stream
from webapp.services.sync_runs import close_if_over, writes
from webapp.services.vetting import vet_to_look
from webapp.store import connections as store
from webapp.store import dirty, survivors, sync_runs
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.runs import Run
from webapp.sync.brake import harms
from webapp.sync.steps import Plan

__all__ = ["Planned", "preview", "request", "sync_slice", "writes"]

WHEN_READ = timedelta(minutes=5)
"""When to look again at a customer that is about to be read there: its reading makes it due by itself."""

PAUSED = "The sync of this connection is paused: let it go on first."
HELD = "The sync of this connection is held until somebody has looked at what differs: let it go on first."


def sync_slice(lease: Lease, *, until: Callable[[], bool], interactive: bool) -> bool:
    """Bring due customers to agreement until `until()` says stop; return whether more is due at once.

    `interactive` ones only are those that were edited here. Raises ``RetryLater`` and ``Fatal`` after what
    was done is kept, and ``LeaseLost``.
    """
    connection = _detached(lease)
    stopped = False
    if writes(connection):
        work = PassWork.of(connection, lease, interactive=interactive)
        try:
            stopped = _work_off(work, until)
        finally:
            _keep_counts(work)
    if not stopped:
        close_if_over(connection.id, lease)
    return stopped


def request(
    portal_id: uuid.UUID, connection_id: uuid.UUID, *, cause: str = "person", user_id: uuid.UUID | None = None
) -> Run | None:
    """Ask for a pass now, with what is to be tried again later; return the run it is followed by.

    A webhook (as ``cause``) has none, and only lets changes be read. Raises NotFound, and Refused when the
    connection cannot be read, or written by a person's pass.
    """
    asked_for = cause in sync_runs.ASKED_FOR
    if asked_for:
        # Links are locked before their connection; what is refused below is taken back.
        dirty.hasten(portal_id, connection_id)
    connection = store.connection_by_id(connection_id, portal_id=portal_id, lock=True)
    if connection is None:
        raise NotFound("There is no such connection.")
    refusal = _refusal(connection, cause)
    if refusal:
        db.session.rollback()
        raise Refused(refusal)
    connection.refresh_wanted_at = now()
    run = None
    if asked_for:
        run = sync_runs.open_run(connection_id) or sync_runs.begin(
            connection, cause=cause, user_id=user_id, state="queued"
        )
    db.session.commit()
    announce_due(connection_id, interactive=True)
    return run


def preview(portal_id: uuid.UUID, connection_id: uuid.UUID, *, limit: int | None = None) -> Iterator[Planned]:
    """Plan whatever is due of a connection, a ``limit`` of it if given; nothing is written and nobody called.

    Plugins are asked what they would refuse, as long as a page can wait. Ends the session's transaction.
    Raises NotFound.
    """
    connection = store.connection_by_id(connection_id, portal_id=portal_id)
    if connection is None:
        raise NotFound("There is no such connection.")
    db.session.expunge(connection)
    planning = stream(connection, due(connection), vet=vet_to_look(connection))
    for number, planned in enumerate(planning):
        if limit is not None and number >= limit:
            return
        yield planned


def _refusal(connection: Connection, cause: str) -> str:
    if connection.state != "connected":
        return "This connection cannot read now: look at its page for what it needs."
    if cause in sync_runs.ASKED_FOR and connection.held:
        return HELD
    return PAUSED if cause in sync_runs.ASKED_FOR and connection.sync_paused_at is not None else ""


def _detached(lease: Lease) -> Connection:
    """Return the connection as it is now, detached from the session, whose transaction is over."""
    connection = store.connection_by_id(lease.connection_id)
    if connection is None or connection.fence != lease.fence:
        db.session.rollback()
        raise LeaseLost(lease.connection_id)
    db.session.expunge(connection)
    db.session.rollback()
    return connection


def _work_off(work: PassWork, until: Callable[[], bool]) -> bool:
    """Work until nothing is due, or it is time to stop; tell which."""
    while not until():
        ids = dirty.due_customers(work.connection, now(), AT_ONCE, edited=work.interactive)
        db.session.rollback()
        if ids:
            _look_at(work, ids, until)
        elif not work.interactive and look_at_held(work):
            continue
        elif not decide(work, until):
            return False
    return True


def _look_at(work: PassWork, ids: Sequence[uuid.UUID], until: Callable[[], bool]) -> None:
    planned = plans(work.connection, ids, work.plan)
    _close_quiet(work, [each for each in planned if each.quiet])
    _set_aside(work, [each for each in planned if _is_risky(each)])
    for each in planned:
        if until():
            return
        if not each.quiet and not _is_risky(each) and not _is_about_to_be_read(work, each):
            bring(work, each, partial(_no_more_than, each))


def _is_risky(planned: Planned) -> bool:
    return bool(planned.hits) and not planned.dirty.let_go


def _no_more_than(seen: Planned, plan: Plan) -> bool:
    """Permit what was planned of a customer, which a person has let go on if it deletes or blanks."""
    return harms(plan) <= (harms(seen.plan) if seen.plan is not None else frozenset())


def _set_aside(work: PassWork, risky: Sequence[Planned]) -> None:
    """Let what deletes or blanks wait until all is counted."""
    here = [each.our_id for each in risky if any(hit.side == "ours" for hit in each.hits)]
    there = [each.our_id for each in risky if each.our_id not in here]
    for ids, is_here in ((here, True), (there, False)):
        if ids:
            dirty.set_aside(work.connection, ids, here=is_here)
    if risky:
        work.commit()


def _close_quiet(work: PassWork, planned: Sequence[Planned]) -> None:
    """Close looks that found nothing to write, all in one go."""
    looks = [Look(planned=each, open_items=each.plan.open_items if each.plan else ()) for each in planned]
    if not looks:
        return
    begin_run(work, looks)
    for each in planned:
        work.run.looked(each.our_id)
    close(work, looks)
    work.commit()


def _is_about_to_be_read(work: PassWork, planned: Planned) -> bool:
    """Leave a customer nobody edited here, whose people there are yet to be read, to the cheapest reading."""
    if planned.plan is not None or planned.dirty.edited_here or planned.unsettled:
        return False
    reading = survivors.reading_under_way(work.connection.portal_id, work.connection.id)
    if reading:
        dirty.put_off(work.connection, [planned.our_id], now() + WHEN_READ)
        work.commit()
    db.session.rollback()
    return reading


def _keep_counts(work: PassWork) -> None:
    """Write down what was counted before something ended the slice."""
    db.session.rollback()
    if work.run.id_if_begun is not None:
        with logs.bound(run=str(work.run.id_if_begun)):
            work.commit()
