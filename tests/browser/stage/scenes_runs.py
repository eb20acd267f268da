"""Scenes of runs, and of the customers they brought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from tests.browser.stage.names import HARD, practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.services import runs
from webapp.store import history
from webapp.store.columns import now
from webapp.store.history import EntryData
from webapp.store.problems import Problem
from webapp.store.runs import Run, RunItem

MANY = 1_200
FAILED = 1_000
REASONS = (
    "Zoho Books refused the e-mail: “katharina@@bruckner” is not an address. Correct it there, then retry.",
    "Zoho Books was not reachable for 10 minutes. Retry when it answers again.",
    "The phone is longer than the portal keeps (100 characters). Shorten it there, then retry.",
)


def _run(portal: Portal, run: Run) -> Shown:
    return Shown(portal.address(f"runs/{run.id}"), portal)


def _begun(count: int = 42, done: int = 0, failed: int = 0, **columns: Any) -> tuple[Portal, Run]:
    """Begin an import: so many of it done, after them so many failed."""
    portal = Portal.new().connected()
    portal.there(practice(count))
    moment = now()
    times = {"confirmed_at": moment - timedelta(minutes=4), "started_at": moment - timedelta(minutes=3)}
    run = portal.run(state="running", **{**times, **columns})
    portal.came_of(run, 0, done, state="done", contacts=2)
    for at in range(failed):
        reason = REASONS[0 if at % 7 else at % 3]
        portal.came_of(run, done + at, done + at + 1, state="failed", reason=reason)
    return portal, run


def _ended(portal: Portal, run: Run, state: str = "done", **columns: Any) -> Run:
    counts = runs.progress(runs.run(portal.id, run.id)).counts
    portal.put(run, state=state, finished_at=now(), counts=counts, **columns)
    return run


@scene("run, waits")
def waits() -> Shown:
    portal, run = _begun()
    portal.put(run, state="queued", started_at=None)
    return _run(portal, run)


@scene("run, goes on")
def goes_on() -> Shown:
    return _run(*_begun(done=23))


@scene("run, goes on with failures")
def goes_on_with_failures() -> Shown:
    return _run(*_begun(done=23, failed=9))


@scene("run, pauses")
def pauses() -> Shown:
    pause = "Zoho Books asks for a pause until 15:04: too many calls in a minute."
    return _run(*_begun(done=23, pause=pause))


@scene("run, needs attention")
def attention() -> Shown:
    portal, run = _begun(done=23)
    other = portal.connected(state="attention", attention="The authorisation was taken back.")
    portal.put(run, connection_id=other.connection_id)
    return _run(portal, run)


@scene("run, being cancelled")
def being_cancelled() -> Shown:
    portal, run = _begun(done=23)
    portal.came_of(run, 24, 42, state="cancelled")
    portal.put(run, cancel_requested_at=now())
    return _run(portal, run)


@scene("run, finished")
def finished() -> Shown:
    portal, run = _begun(done=42)
    return _run(portal, _ended(portal, run))


@scene("run, some failed")
def some_failed() -> Shown:
    portal, run = _begun(done=32, failed=3)
    portal.came_of(run, 35, 38, state="changed", reason="It changed in Zoho Books after you confirmed.")
    portal.came_of(run, 38, 42, state="skipped", reason="Left out in the review.")
    return _run(portal, _ended(portal, run))


@scene("run, some came only partly")
def some_partly() -> Shown:
    portal = Portal.new().connected()
    firms = practice(9, hard=False)
    theirs = portal.there(firms)
    run = portal.run(state="running", started_at=now() - timedelta(minutes=3))
    ours = portal.here(firms)
    portal.link(theirs, ours)
    portal.came_of(run, 0, len(firms), state="done", contacts=2)
    for their_id, our_id in list(zip(theirs, ours, strict=True))[2:5]:
        partly = update(RunItem).where(RunItem.run_id == run.id, RunItem.their_id == their_id)
        db.session.execute(partly.values(our_id=our_id, reason=REASONS[0]))
        db.session.add(
            Problem(
                portal_id=portal.id, connection_id=portal.connection_id, kind="customer", our_id=our_id,
                their_id=their_id, customer_id=our_id, their_customer_id=their_id, question="failed",
                field="email", reason=REASONS[0], attempts=5, parked=True,
            )
        )  # fmt: skip
    db.session.commit()
    return _run(portal, _ended(portal, run))


@scene("run, everyone failed")
def everyone_failed() -> Shown:
    portal, run = _begun(count=12, failed=12)
    return _run(portal, _ended(portal, run))


@scene("run, 1,000 failed")
def a_thousand_failed() -> Shown:
    portal, run = _begun(count=MANY)
    portal.came_of(run, 0, MANY - FAILED, state="done", contacts=2)
    for part, reason in enumerate(REASONS):
        first = MANY - FAILED + part * 400
        portal.came_of(run, first, min(first + 400, MANY), state="failed", reason=reason)
    return _run(portal, _ended(portal, run))


@scene("run, cancelled")
def cancelled() -> Shown:
    portal, run = _begun(done=23)
    portal.came_of(run, 23, 42, state="cancelled")
    return _run(portal, _ended(portal, run, "cancelled"))


@scene("run, stopped")
def stopped() -> Shown:
    portal, run = _begun(done=23)
    error = "The plugin for Zoho Books failed: it told of no currency. Update it, then import the rest."
    return _run(portal, _ended(portal, run, "failed", error=error))


@scene("runs")
def all_runs() -> Shown:
    portal, run = _begun(count=40, done=36, failed=4)
    _ended(portal, run)
    for state in ("cancelled", "failed"):
        portal.there(practice(20, hard=False))
        ended = portal.run(state="running", started_at=now())
        portal.came_of(ended, 0, 5, state="done", contacts=1)
        portal.came_of(ended, 5, 40, state="cancelled")
        _ended(portal, ended, state, error="It was stopped by hand." if state == "failed" else "")
    portal.there(practice(20, hard=False))
    under_way = portal.run(state="running", started_at=now())
    portal.came_of(under_way, 0, 5, state="done", contacts=1)
    return Shown(portal.address("runs/"), portal)


@scene("runs, none")
def no_runs() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address("runs/"), portal)


@scene("client users, none connected")
def nobody_unconnected() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("client-users/"), portal)


@scene("client users, none yet")
def nobody_yet() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address("client-users/"), portal)


def _customers() -> Portal:
    portal = Portal.new().connected()
    firms = practice()
    portal.link(portal.there(firms[:20]), portal.here(firms)[:20])
    return portal


@scene("client users")
def client_users() -> Shown:
    portal = _customers()
    return Shown(portal.address("client-users/"), portal)


@scene("client users, search")
def client_users_search() -> Shown:
    portal = _customers()
    return Shown(portal.address("client-users/?q=br%C3%BCck"), portal)


@scene("client users, no one found")
def client_users_nobody() -> Shown:
    portal = _customers()
    return Shown(portal.address("client-users/?q=zzz"), portal)


@scene("client users, after an import")
def after_an_import() -> Shown:
    portal, run = _begun(done=38, failed=3)
    _ended(portal, run)
    portal.here(practice(12))
    return Shown(portal.address("client-users/"), portal)


@scene("customer")
def customer() -> Shown:
    return _customer(6)


@scene("customer, longest name")
def longest_name() -> Shown:
    return _customer(0)


@scene("customer, right to left")
def right_to_left() -> Shown:
    return _customer(1)


def _customer(at: int) -> Shown:
    portal = Portal.new().connected()
    firms = practice(10)
    ours = portal.here(firms[at : at + 1])
    portal.link(portal.there(firms)[at : at + 1], ours)
    shared = {"kind": "customer", "record_id": ours[0], "customer_id": ours[0]}
    entries = [
        EntryData(**shared, action="created"),
        EntryData(**shared, action="linked"),
        EntryData(**shared, action="changed", field="name", old="Ærø Sø", new=HARD[1].name, lost=True),
        EntryData(**shared, action="changed_there", field="website", old="", new="https://aeroe.example"),
    ]
    history.add(portal.id, entries, actor=str(portal.user_id), run_id=None)
    db.session.commit()
    return Shown(portal.address(f"customers/{ours[0]}"), portal)
