"""The order of locks as it is watched: what a statement locks, and what is seen of who takes it backwards."""

from __future__ import annotations

import pytest

from tests.lock_order import locks_of, watching
from webapp.extensions import db
from webapp.services import leases
from webapp.services.leases import Lease
from webapp.store import customers, sync_runs
from webapp.store.connections import connection_by_id


@pytest.mark.parametrize(
    ("statement", "waits", "free"),
    [
        ("UPDATE run SET pause = %s WHERE connection_id = %s", {"run"}, set()),
        ('DELETE FROM "link" WHERE our_id = %s', {"link"}, set()),
        ("SELECT run.id FROM run JOIN portal ON true WHERE 1 = 1 FOR UPDATE OF run", {"run"}, set()),
        ("SELECT id FROM customer WHERE id IN (SELECT our_id FROM link) FOR UPDATE", {"customer"}, set()),
        ("SELECT 1 FROM connection WHERE fence = %s FOR SHARE", {"connection"}, set()),
        ("SELECT id FROM portal FOR NO KEY UPDATE", {"portal"}, set()),
        ("SELECT id FROM link ORDER BY our_id FOR UPDATE SKIP LOCKED", set(), {"link"}),
        ("SELECT 1 FROM connection FOR KEY SHARE", set(), set()),
        ('INSERT INTO "link" (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 1', {"link"}, set()),
        ("INSERT INTO run (id) VALUES (1)", set(), set()),
        ("SELECT id FROM run WHERE note = 'UPDATE'", set(), set()),
    ],
)
def test_tells_what_a_statement_locks(statement, waits, free):
    assert (locks_of(statement).waits, locks_of(statement).free) == (waits, free)


def closed_as_it_once_was(connection_id, lease: Lease) -> None:
    """Lock the run of a pass before its connection, as whoever closed it did."""
    found = sync_runs.open_run(connection_id)
    assert found is not None
    sync_runs.close(found)
    lease.assert_held()
    db.session.rollback()


@pytest.fixture
def begun(connection_id):
    """A connection with a pass under way, and its lease."""
    connection = connection_by_id(connection_id)
    assert connection is not None
    sync_runs.begin(connection, cause="poll")
    db.session.commit()
    lease = leases.take(connection_id)
    assert lease is not None
    return connection_id, lease


def test_a_run_that_is_locked_before_its_connection_is_seen(begun):
    with watching(within=__file__) as found:
        closed_as_it_once_was(*begun)
    assert [each.partition(":")[0] for each in found] == ["connection is locked after run"]


def test_what_a_savepoint_gave_back_is_held_no_more(begun):
    with watching(within=__file__) as found:
        with db.session.begin_nested() as savepoint:
            sync_runs.open_run(begun[0])
            savepoint.rollback()
        begun[1].assert_held()
        db.session.rollback()
    assert found == []


def test_what_a_transaction_made_itself_keeps_nobody_waiting(begun):
    connection = connection_by_id(begun[0])
    assert connection is not None
    with watching(within=__file__) as found:
        sync_runs.begin(connection, cause="poll").cause = "edit"
        db.session.flush()
        customers.locked_customers(connection.portal_id, [])
        begun[1].assert_held()
        db.session.rollback()
    assert [each.partition(":")[0] for each in found] == [
        "customer is locked after portal",
        "connection is locked after portal",
    ]
