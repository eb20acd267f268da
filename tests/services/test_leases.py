"""Leases: one writer at a time, and a fence in front of whoever lost it."""

import os
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.mirror_world import connection
from tests.queries import queries
from webapp.extensions import db
from webapp.services import holders, leases
from webapp.services.leases import LeaseLost
from webapp.store import leases as store


@pytest.fixture
def connection_id(place):
    return place.connect()


def let_run_out(connection_id):
    db.session.execute(
        text("UPDATE connection SET lease_until = now() - interval '1 second' WHERE id = :id"),
        {"id": connection_id},
    )
    db.session.commit()


def test_nobody_takes_what_another_holds(connection_id):
    held = leases.take(connection_id)
    assert leases.take(connection_id) is None
    held.release()
    assert leases.take(connection_id).fence == held.fence + 1


def test_whoever_lost_the_lease_can_neither_commit_nor_call(connection_id):
    zombie = leases.take(connection_id)
    let_run_out(connection_id)
    heir = leases.take(connection_id)
    for question in (zombie.assert_held, zombie.check, zombie.renew):
        with pytest.raises(LeaseLost):
            question()
    heir.assert_held()
    heir.check()


def test_a_lease_that_ran_out_allows_no_call_but_may_commit_while_nobody_took_it(connection_id):
    lease = leases.take(connection_id)
    let_run_out(connection_id)
    with pytest.raises(LeaseLost):
        lease.check()
    lease.assert_held()


def test_a_zombie_gives_nothing_back(connection_id):
    zombie = leases.take(connection_id)
    let_run_out(connection_id)
    leases.take(connection_id)
    zombie.release()
    assert leases.take(connection_id) is None


def test_what_is_asserted_stays_so_until_the_commit(connection_id):
    leases.take(connection_id).assert_held()
    locking = text("SELECT 1 FROM connection WHERE id = :id FOR UPDATE NOWAIT")
    with db.engine.connect() as other, pytest.raises(OperationalError, match="could not obtain lock"):
        other.execute(locking, {"id": connection_id})
    db.session.commit()
    with db.engine.connect() as other:
        other.execute(locking, {"id": connection_id})


def test_a_heartbeat_keeps_the_lease(connection_id):
    lease = leases.take(connection_id, seconds=0.3)
    first = connection(connection_id).lease_until
    beaten = threading.Event()
    with lease:
        for _ in range(100):
            if connection(connection_id).lease_until > first:
                break
            beaten.wait(0.02)
        lease.check()
    assert connection(connection_id).lease_until is None


def test_the_heartbeat_stops_when_the_lease_is_lost(connection_id):
    with leases.take(connection_id, seconds=0.3) as lease:
        db.session.execute(
            text("UPDATE connection SET fence = fence + 1 WHERE id = :id"), {"id": connection_id}
        )
        db.session.commit()
        ended = threading.Event()
        for _ in range(100):
            if not any(thread.name == f"lease-{lease.fence}" for thread in threading.enumerate()):
                break
            ended.wait(0.02)
        else:
            pytest.fail("the heartbeat goes on")


def test_a_waiting_person_is_heard_until_they_are_served(connection_id):
    bulk = leases.take(connection_id)
    assert not bulk.wanted()
    leases.want(connection_id)
    assert bulk.wanted()
    bulk.release()
    person = leases.take(connection_id, interactive=True)
    assert not person.wanted()


def test_a_person_who_never_came_back_does_not_stop_bulk_work(connection_id):
    leases.want(connection_id)
    db.session.execute(
        text("UPDATE connection SET push_wanted_at = push_wanted_at - interval '16 seconds' WHERE id = :id"),
        {"id": connection_id},
    )
    db.session.commit()
    assert not leases.take(connection_id).wanted()


def test_what_is_held_is_found_without_reading_every_connection(connection_id):
    with queries(db.engine) as asked:
        assert connection_id not in {each.connection_id for each in store.leases_held()}
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(db.session.scalars(text(f"EXPLAIN {asked[-1]}")))
    db.session.rollback()
    assert "ix_connection_held" in plan


@pytest.fixture
def ended():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def held_by(connection_id, holder):
    db.session.execute(
        text("UPDATE connection SET lease_holder = :holder WHERE id = :id"),
        {"holder": holder, "id": connection_id},
    )
    db.session.commit()


def test_what_a_process_held_that_ended_is_given_back(connection_id, ended):
    zombie = leases.take(connection_id)
    held_by(connection_id, holders.holder(ended))
    assert leases.give_back_abandoned() == 1
    assert leases.take(connection_id).fence == zombie.fence + 1


@pytest.mark.parametrize(
    "of_another",
    [
        lambda pid: holders.holder(os.getpid()),
        lambda pid: holders.holder(pid).replace(holders.this_machine(), "another machine"),
        lambda pid: f"{holders.holder(pid)}x",
        lambda pid: "",
    ],
    ids=["that lives", "elsewhere", "of no number", "of no name"],
)
def test_what_a_process_holds_that_may_live_is_left_alone(connection_id, ended, of_another):
    leases.take(connection_id)
    held_by(connection_id, of_another(ended))
    assert leases.give_back_abandoned() == 0
    assert leases.take(connection_id) is None


def test_a_process_that_ended_and_nobody_asked_for_holds_nothing():
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert holders.has_ended(holders.holder(process.pid))
    process.wait()
