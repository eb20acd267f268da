"""An undo of an import whose worker is killed in the middle: it ends as if nobody had died."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from tests.soaking import tries
from tests.system.place import Place
from tests.system.whole import Tandem
from webapp.extensions import db
from webapp.services import runs, undoing
from webapp.store import undone
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.history import HistoryEntry
from webapp.store.links import Link
from webapp.store.runs import Run, RunItem

CUSTOMERS = 8
HERE = ("Harbour 2", "Harbour 5")
"""Customers here that are merged with those there, the second of them late in a run."""


@pytest.mark.soak
@pytest.mark.parametrize("killed", [("undo",), ("import",), ("import", "undo")][: tries(1, soak=3)])
def test_an_undo_ends_as_if_no_worker_had_been_killed(tandem: Tandem, place: Place, killed: tuple[str, ...]):
    practice = tandem.practice
    practice.reset(customers=0)
    ids = [practice.create(f"Harbour {number}", {"first_name": "Anna"}) for number in range(CUSTOMERS)]
    ours = [place.add(name, {"first_name": "Bo"}, website="https://ours.example") for name in HERE]
    before = picture(place)
    connection = place.connect()
    with dying(place, connection, ours[-1], dies="import" in killed):
        run = place.start(connection, "merge", *ids)
    place.await_end(run)
    assert picture(place) != before
    there = practice.customers()
    with dying(place, connection, ours[-1], dies="undo" in killed):
        undo = begin_undo(place, run)
    assert end_of(place, undo) == {"bin": CUSTOMERS - len(HERE), "put_back": len(HERE)}
    assert picture(place) == before
    assert deletions(place, undo) == CUSTOMERS - len(HERE)
    assert practice.customers() == there


@contextmanager
def dying(place: Place, connection_id: uuid.UUID, customer_id: uuid.UUID, *, dies: bool) -> Iterator[None]:
    """Let what is begun meanwhile come as far as a customer; if it ``dies``, its worker is killed there."""
    if not dies:
        yield
        return
    tandem = place.tandem
    with tandem.app.app_context(), db.engine.connect() as side:
        side.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update())
        yield
        tandem.until(lambda: waits_for_a_row(place), what="the worker to come to a customer that is held")
        fence = fence_of(place, connection_id)
        tandem.kill_worker("bulk")
        side.rollback()
    tandem.until(lambda: fence_of(place, connection_id) > fence, what="another worker to take it up")


def waits_for_a_row(place: Place) -> bool:
    """Tell whether some work is done, and the rest stands still for a row that is held."""
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with place.tandem.app.app_context():
        items = select(func.count()).where(RunItem.portal_id == place.portal_id)
        begun, left = (db.session.scalar(items.where(RunItem.state == each)) for each in ("done", "pending"))
        return bool(begun and left and db.session.execute(db.text(waiting)).all())


def fence_of(place: Place, connection_id: uuid.UUID) -> int:
    with place.tandem.app.app_context():
        return db.session.scalar(select(Connection.fence).where(Connection.id == connection_id)) or 0


def begin_undo(place: Place, run_id: uuid.UUID) -> uuid.UUID:
    with place.tandem.app.app_context():
        return undoing.start(runs.run(place.portal_id, run_id), place.user_id).id


def end_of(place: Place, run_id: uuid.UUID) -> dict[str, int]:
    """Wait until an undo is over, and count what came of it."""

    def ended() -> dict[str, int] | None:
        with place.tandem.app.app_context():
            run = db.session.get_one(Run, (place.portal_id, run_id))
            return {name: n for name, n in undone.counts(run).items() if n} if run.finished_at else None

    return place.tandem.until(ended, what="the end of an undo") or {}


def picture(place: Place) -> tuple[Counter[object], Counter[object], int]:
    """What the portal holds: customers, contacts, and how much of it is linked."""
    with place.tandem.app.app_context():
        customer = select(Customer.name, Customer.website, Customer.active)
        contact = select(Contact.customer_id, Contact.first_name, Contact.primary)
        shown = [
            Counter(
                tuple(row)
                for row in db.session.execute(
                    query.where(table.portal_id == place.portal_id, table.deleted_at.is_(None))
                )
            )
            for query, table in ((customer, Customer), (contact, Contact))
        ]
        linked = db.session.scalar(select(func.count()).where(Link.portal_id == place.portal_id)) or 0
        return shown[0], shown[1], linked


def deletions(place: Place, run_id: uuid.UUID) -> int:
    """Count how often the history tells that a customer was deleted by a run."""
    told = select(func.count()).where(HistoryEntry.portal_id == place.portal_id)
    told = told.where(HistoryEntry.run_id == run_id, HistoryEntry.action == "deleted")
    with place.tandem.app.app_context():
        return db.session.scalar(told.where(HistoryEntry.kind == "customer")) or 0
