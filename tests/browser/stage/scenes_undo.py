"""Scenes of undoing an import: before, on its way, and done."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import update

from tests.browser.stage.names import practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.services import bulk, leases, picker, projects, reviews, undoing
from webapp.services.snapshots import snapshot
from webapp.store import history, pairs, project_people
from webapp.store.columns import now
from webapp.store.history import EntryData
from webapp.store.links import Link
from webapp.store.runs import Run, RunItem
from webapp.store.ticks import Ticks

CREATED = 9


def _imported(count: int = 12) -> tuple[Portal, Run]:
    """Bring an import to its end: most of it created, the rest merged; two were edited since."""
    portal = Portal.new().connected()
    firms = practice(count, hard=False)
    their_ids = portal.there(firms)
    run = portal.run(state="done", started_at=now(), finished_at=now(), counts={"created": count})
    ours = portal.here(firms)
    portal.link(their_ids, ours)
    db.session.execute(update(Link).where(Link.portal_id == portal.id).values(run_id=run.id))
    held = pairs.our_customers(portal.id, portal.connection_id, ours)
    of_run = update(RunItem).where(RunItem.portal_id == portal.id, RunItem.run_id == run.id)
    for at, (their_id, our_id) in enumerate(zip(their_ids, ours, strict=True)):
        done = {"state": "done", "our_id": our_id, "contacts": 2, "finished_at": now()}
        if at >= CREATED:
            done |= {"action": "merge", "before": snapshot(held[our_id])}
        db.session.execute(of_run.where(RunItem.their_id == their_id).values(done))
    told = [
        EntryData(kind="customer", record_id=ours[-1], customer_id=ours[-1], action="changed_there",
                  field="website", old="", new="https://ours.example"),
        EntryData(kind="contact", record_id=ours[-1], customer_id=ours[-1], action="created_there",
                  new="Maija Meri"),
        EntryData(kind="contact", record_id=ours[-1], customer_id=ours[-1], action="maybe_created_there",
                  new="Pekka Puro"),
    ]  # fmt: skip
    history.add(portal.id, told, actor=str(portal.user_id), run_id=run.id)
    db.session.commit()
    bulk.carry_out(portal.id, Ticks(ids=frozenset(ours[:2])), "inactive", 2, portal.user_id)
    return portal, run


@scene("undo, looked at first")
def asked() -> Shown:
    portal, run = _imported()
    return Shown(portal.address(f"runs/{run.id}/undo"), portal)


@scene("undo, on its way")
def on_its_way() -> Shown:
    portal, run = _imported()
    undo = undoing.start(run, portal.user_id)
    return Shown(portal.address(f"runs/{undo.id}"), portal)


@scene("undo, done")
def done() -> Shown:
    portal, run = _imported()
    undo = undoing.start(run, portal.user_id)
    _carry_out(portal)
    return Shown(portal.address(f"runs/{undo.id}"), portal)


@scene("undo, taken off the project")
def taken_off() -> Shown:
    portal = Portal.new().connected()
    made = projects.add(portal.id, portal.user_id, {"name": "Hafenblick relaunch", "currency": "EUR"})
    firms = [replace(firm, currency="EUR") for firm in practice(8, hard=False)]
    theirs, ours = portal.there(firms), portal.here(firms[:6])
    portal.link(theirs[:6], ours)
    draft = picker.draft(portal.id, portal.connection_id, portal.user_id, project_id=made.id)
    picker.tick(draft, theirs[:6])
    run = reviews.confirm(reviews.open_review(draft), portal.user_id)
    portal.put(run, state="done", started_at=now(), finished_at=now(), counts={"added": len(ours)})
    portal.came_of(run, 0, len(ours), state="done", contacts=2)
    project_people.add_customers(portal.id, made.id, ours, run_id=run.id)
    project_people.take_customer_off(portal.id, made.id, ours[1])
    db.session.commit()
    undo = undoing.start(run, portal.user_id)
    _carry_out(portal)
    return Shown(portal.address(f"projects/{made.id}/runs/{undo.id}"), portal)


@scene("undo, nothing left")
def nothing_left() -> Shown:
    portal, run = _imported()
    undoing.start(run, portal.user_id)
    _carry_out(portal)
    return Shown(portal.address(f"runs/{run.id}/undo"), portal)


@scene("run, undone")
def undone_run() -> Shown:
    portal, run = _imported()
    undoing.start(run, portal.user_id)
    _carry_out(portal)
    return Shown(portal.address(f"runs/{run.id}"), portal)


def _carry_out(portal: Portal) -> None:
    assert portal.connection_id is not None
    with leases.take(portal.connection_id, interactive=False) as lease:
        undoing.undo_slice(lease, until=lambda: False)
        db.session.rollback()
