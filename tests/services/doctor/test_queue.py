"""What the doctor says of Valkey, of what waits, and of workers and schedulers."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest

from webapp.extensions import db
from webapp.services import context, portals, signals
from webapp.services.doctor import queue
from webapp.services.presence import Presence
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.walls import inside
from webapp.worker.queue import queue_named


@pytest.fixture
def valkey(app):
    """The installation's Valkey, whose memory settings a test may change."""
    client = context.valkey()
    kept = {name: client.config_get(name)[name] for name in ("maxmemory", "maxmemory-policy")}
    yield client
    for name, value in kept.items():
        client.config_set(name, value)


def due_since(age):
    portal_id = portals.add_portal("nordlicht", "Nordlicht Studio").id
    with inside(portal_id):
        due = Connection(portal_id=portal_id, provider="books", state="connected", next_look_at=now() - age)
        db.session.add(due)
        db.session.commit()


def test_a_valkey_that_is_well_is_said_to_be(app, found):
    assert {each.level for each in found("valkey").values()} == {"ok"}


def test_one_that_is_away_is_a_fault_and_the_rest_is_looked_at(installation, found):
    installation(REDIS_URL="redis://127.0.0.1:1/0")
    assert found("valkey")["reachable"].level == "fault"
    assert found("queue")["bulk"].level == "ok"
    assert found("processes")["schedule"].level == "fault"


def test_one_that_may_throw_things_away_is_seen(valkey, found):
    valkey.config_set("maxmemory", 100_000_000)
    assert found("valkey")["memory"].level == "ok"
    valkey.config_set("maxmemory-policy", "allkeys-lru")
    memory = found("valkey")["memory"]
    assert memory.level == "warning"
    assert "allkeys-lru" in memory.says and "noeviction" in memory.remedy


def test_one_that_is_nearly_full_is_seen(valkey, found):
    valkey.config_set("maxmemory", int(valkey.info("memory")["used_memory"] * 1.1))
    assert found("valkey")["memory"].level == "warning"


def test_one_that_is_too_old_is_a_fault(app, found, monkeypatch):
    monkeypatch.setattr(queue, "OLDEST_SERVER", (99, 0))
    assert found("valkey")["version"].level == "fault"


@pytest.mark.parametrize(("minutes", "level"), [(0, "ok"), (2, "warning"), (10, "fault")])
def test_work_that_nobody_comes_for_is_seen(app, found, minutes, level):
    due_since(timedelta(minutes=minutes))
    bulk = found("queue")["bulk"]
    assert bulk.level == level
    assert bulk.says.startswith("1 connection has work and nobody at it")
    assert level == "ok" or "tandem worker --queue bulk" in bulk.remedy


def test_rings_are_counted_and_looks_that_broke_are_seen(app, found):
    signals.announce_due(uuid.uuid4())
    assert found("queue")["rings for bulk"].says == "1 ring waits."
    broken = queue_named("push", context.valkey()).failed_job_registry.key
    context.valkey().zadd(broken, {"one": time.time() + 60, "long ago": time.time() - 60})
    push = found("queue")["rings for push"]
    assert (push.level, push.says) == ("warning", "1 look broke within the last hour.")


def test_each_missing_process_is_a_fault_with_its_command(app, found):
    missing = found("processes")
    assert {finding.level for finding in missing.values()} == {"fault"}
    assert {finding.remedy for finding in missing.values()} == {
        "Start one: tandem worker --queue push.",
        "Start one: tandem worker --queue bulk.",
        "Start one: tandem schedule.",
    }


def test_processes_that_do_their_rounds_are_well(app, found):
    for process in (Presence("worker", queue="push"), Presence("worker", queue="bulk"), Presence("schedule")):
        process.beat()
    assert {finding.level for finding in found("processes").values()} == {"ok"}


def test_a_process_that_was_killed_is_missed_and_one_that_stopped_is_not_there(app, found):
    bulk, push = Presence("worker", queue="bulk"), Presence("worker", queue="push")
    bulk.beat()
    push.beat()
    push.leave()
    db.session.execute(db.text("UPDATE process SET seen_at = seen_at - interval '5 minutes'"))
    db.session.commit()
    seen = found("processes")
    assert "the last was seen 5 minutes ago" in seen["worker bulk"].says
    assert "none was seen" in seen["worker push"].says


def test_processes_of_another_version_are_seen(app, found):
    Presence("schedule").beat()
    db.session.execute(db.text("UPDATE process SET version = '0.0.9+0001'"))
    db.session.commit()
    version = found("processes")["version"]
    assert version.level == "warning"
    assert "0.0.9+0001" in version.says and "Restart" in version.remedy
