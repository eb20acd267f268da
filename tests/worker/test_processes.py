"""Worker processes that are killed: nothing of them lives on, nothing is lost, nothing is done twice."""

import os
import signal

import psutil
import pytest
from sqlalchemy import text

from tests.mirror_world import connection, mirrored, mirrored_contacts
from tests.system.waiting import PATIENCE, until
from tests.worker.conftest import CUSTOMERS
from webapp.extensions import db
from webapp.services import context
from webapp.services.signals import due
from webapp.services.sweep import sweep
from webapp.store.columns import now
from webapp.worker import queue
from webapp.worker.processes import run_worker


@pytest.fixture(autouse=True)
def bound(worker_app):
    queue.bind(worker_app)
    yield
    due.disconnect(queue.on_due, sender=worker_app)


def wait_until(condition, *, sweeping=False):
    """Look again and again, and sweep as the scheduler does, until something is so."""
    return until(condition, meanwhile=(lambda: sweep(now())) if sweeping else None)


def horses(worker):
    return psutil.Process(worker.pid).children()


def progress(connection_id):
    return connection(connection_id).census.get("pages", 0)


def is_filled(connection_id):
    return connection(connection_id).census_finished_at is not None


def assert_whole(connection_id):
    rows = mirrored(connection_id)
    assert len(rows) == CUSTOMERS
    assert len(mirrored_contacts(connection_id)) == sum(row.contacts_count for row in rows.values())
    assert all(row.contacts_digest for row in rows.values())


def shorten_lease(connection_id):
    """Let the dead one's lease run out now instead of in 15 seconds."""
    db.session.execute(
        text("UPDATE connection SET lease_until = now() WHERE id = :id AND lease_until IS NOT NULL"),
        {"id": connection_id},
    )
    db.session.commit()


def test_a_killed_worker_leaves_no_work_horse_and_another_goes_on(place, sandbox, start_worker):
    made = place.connect_sandbox(sandbox)
    worker = start_worker("bulk")
    wait_until(lambda: progress(made) > 1, sweeping=True)
    [horse] = horses(worker)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    wait_until(lambda: not horse.is_running() or horse.status() == psutil.STATUS_ZOMBIE)
    assert not is_filled(made)
    shorten_lease(made)
    start_worker("bulk")
    wait_until(lambda: is_filled(made), sweeping=True)
    assert_whole(made)


def test_a_killed_work_horse_is_made_good_by_its_worker_at_once(place, sandbox, start_worker):
    made = place.connect_sandbox(sandbox)
    worker = start_worker("bulk")
    wait_until(lambda: progress(made) > 1, sweeping=True)
    [horse] = horses(worker)
    os.kill(horse.pid, signal.SIGKILL)
    wait_until(lambda: not horse.is_running())
    # Nobody sweeps: the worker gives the lease back and rings.
    wait_until(lambda: is_filled(made))
    assert worker.poll() is None
    assert_whole(made)


def test_a_valkey_that_is_emptied_in_the_middle_loses_nothing(place, sandbox, start_worker):
    made = place.connect_sandbox(sandbox)
    start_worker("bulk")
    wait_until(lambda: progress(made) > 1, sweeping=True)
    context.valkey().flushdb()
    wait_until(lambda: is_filled(made), sweeping=True)
    assert_whole(made)


def test_a_worker_told_to_stop_ends_its_look_and_goes(place, sandbox, start_worker):
    made = place.connect_sandbox(sandbox)
    worker = start_worker("bulk")
    wait_until(lambda: progress(made) > 1, sweeping=True)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    assert connection(made).lease_until is None


def test_there_are_two_queues(worker_app):
    with pytest.raises(ValueError, match="push, bulk"):
        run_worker("default")
