"""Metrics: computed from the tables and Valkey when asked, with labels that hold nobody's data."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.queries import queries
from webapp.extensions import db
from webapp.services import metrics, portals, signals
from webapp.services.presence import Presence
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.mails import LoginMail
from webapp.store.runs import Run, RunItem
from webapp.walls import inside


@pytest.fixture
def app(installed):
    return installed


@pytest.fixture
def portal_id(app):
    return portals.add_portal("nordlicht", "Nordlicht Studio").id


def connect(portal_id, **columns):
    """Make a connection of a portal."""
    values = {"provider": "books", "state": "connected", "organization_name": "Harbour Ltd", **columns}
    with inside(portal_id):
        connection = Connection(portal_id=portal_id, **values)
        db.session.add(connection)
        db.session.commit()
        return connection.id


def carry(portal_id, connection_id, state, number, *items, **columns):
    """Make a run with items in these states."""
    with inside(portal_id):
        run = Run(
            portal_id=portal_id,
            connection_id=connection_id,
            kind="import",
            state=state,
            number=number,
            **columns,
        )
        db.session.add(run)
        db.session.flush()
        for position, (action, item_state) in enumerate(items):
            db.session.add(
                RunItem(
                    portal_id=portal_id,
                    run_id=run.id,
                    position=position,
                    their_id=str(position),
                    name="Anna Harbour",
                    action=action,
                    state=item_state,
                )
            )
        db.session.commit()


def told():
    """Read all samples, by name and the values of the labels in the order of their names."""
    text = metrics.exposition("")[0].decode()
    assert "Harbour" not in text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_connections_of_all_portals_are_counted_by_provider_and_state(app, portal_id):
    connect(portal_id)
    connect(portals.add_portal("elsewhere", "Elsewhere").id)
    connect(portal_id, state="attention")
    found = told()
    assert found["tandem_connections", "books", "connected"] == 2
    assert found["tandem_connections", "books", "attention"] == 1


def test_a_connection_tells_its_lag_its_pauses_and_its_calls(app, portal_id):
    moment = now()
    made = connect(
        portal_id,
        refreshed_at=moment - timedelta(minutes=10),
        census_finished_at=moment - timedelta(days=1),
        paused_until=moment - timedelta(hours=1),
        bulk_paused_until=moment + timedelta(hours=1),
        failures=3,
        calls={"calls_left_today": 812, "day_limit": 1000, "ceiling": 55},
    )
    found = told()
    names = ("paused", "bulk_paused", "failures", "calls_left_today", "calls_a_day", "calls_a_minute")
    values = {name: found[f"tandem_connection_{name}", str(made), "books"] for name in names}
    assert values == {
        "paused": 0,
        "bulk_paused": 1,
        "failures": 3,
        "calls_left_today": 812,
        "calls_a_day": 1000,
        "calls_a_minute": 55,
    }
    assert found["tandem_connection_lag_seconds", str(made), "books"] == pytest.approx(600, abs=30)
    day = found["tandem_connection_full_pass_age_seconds", str(made), "books"]
    assert day == pytest.approx(86_400, abs=30)


def test_what_a_connection_does_not_know_is_left_out(app, portal_id):
    connect(portal_id)
    assert not [name for name, *_ in told() if name.startswith("tandem_connection_calls")]


def test_work_that_nobody_is_at_is_seen_with_its_age(app, portal_id):
    moment = now()
    connect(portal_id, next_look_at=moment - timedelta(minutes=5), refresh_wanted_at=moment)
    held = {"lease_holder": "somebody", "lease_until": moment + timedelta(seconds=15)}
    connect(portal_id, next_look_at=moment - timedelta(hours=9), **held)
    connect(portal_id, next_look_at=moment - timedelta(hours=9), paused_until=moment + timedelta(hours=1))
    connect(portal_id, next_look_at=moment + timedelta(hours=1))
    found = told()
    assert (found["tandem_due", "bulk"], found["tandem_due", "push"]) == (1, 1)
    assert found["tandem_due_age_seconds", "bulk"] == pytest.approx(300, abs=30)
    assert found["tandem_due_age_seconds", "push"] == pytest.approx(0, abs=30)
    assert found["tandem_leases_held",] == 1


def test_a_confirmed_run_that_nobody_carries_out_is_due(app, portal_id):
    moment = now()
    made = connect(portal_id, next_look_at=moment + timedelta(hours=1))
    carry(portal_id, made, "queued", 1, confirmed_at=moment - timedelta(minutes=2))
    found = told()
    assert found["tandem_due_age_seconds", "bulk"] == pytest.approx(120, abs=30)
    assert found["tandem_run_age_seconds",] == pytest.approx(120, abs=30)
    assert found["tandem_runs", "import", "queued"] == 1


def test_items_are_counted_over_runs_that_ended_and_runs_under_way(app, portal_id):
    made = connect(portal_id)
    carry(portal_id, made, "done", 1, counts={"created": 7, "failed": 2, "contacts": 99, "pending": 0})
    carry(portal_id, made, "running", 2, ("create", "done"), ("merge", "done"), ("create", "pending"))
    carry(portal_id, made, "review", None, ("create", "pending"))
    found = told()
    items = {
        outcome: found["tandem_run_items_total", outcome]
        for outcome in ("created", "merged", "failed", "cloned")
    }
    assert items == {"created": 8, "merged": 1, "failed": 2, "cloned": 0}


def test_processes_that_stopped_doing_their_rounds_do_not_count(app):
    Presence("worker", queue="bulk").beat()
    Presence("worker", queue="push").beat()
    db.session.execute(
        db.text("UPDATE process SET seen_at = seen_at - interval '2 min' WHERE queue = 'push'")
    )
    db.session.commit()
    found = told()
    assert found["tandem_processes", "worker", "bulk"] == 1
    assert found["tandem_processes", "worker", "push"] == 0
    assert found["tandem_processes", "schedule", ""] == 0


def test_rings_that_wait_are_seen_with_their_age(app):
    signals.announce_due(uuid.uuid4())
    signals.announce_due(uuid.uuid4())
    found = told()
    assert (found["tandem_rings", "bulk"], found["tandem_rings", "push"]) == (2, 0)
    assert 0 <= found["tandem_ring_age_seconds", "bulk"] < 15
    assert found["tandem_rings_failed", "bulk"] == 0


def test_the_database_tells_how_many_connections_it_has_left(app):
    found = told()
    assert 0 < found["tandem_database_connections",] < found["tandem_database_connections_permitted",]
    assert found["tandem_database_bytes",] > 1_000_000


def test_mails_that_do_not_leave_are_counted(app, portal_id):
    ada = portals.add_user(portal_id, "ada@nordlicht.example", "Ada", password=None).id
    moment = now()
    asked = {"user_id": ada, "asked_at": moment, "attempts": 3}
    db.session.add(LoginMail(about="reset", due_at=moment - timedelta(hours=2), **asked))
    db.session.add(LoginMail(about="changed", due_at=moment - timedelta(minutes=2), **asked))
    db.session.commit()
    assert told()["tandem_mails_overdue",] == 1


def test_a_scrape_costs_no_more_queries_for_more_connections(app, portal_id):
    def asked():
        with queries(db.engine) as statements:
            told()
        return len(statements)

    connect(portal_id)
    few = asked()
    for _ in range(5):
        connect(portal_id)
    assert asked() == few <= 16
