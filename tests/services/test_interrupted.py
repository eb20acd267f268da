"""A refresh that is killed, cut off, overtaken or refused: what it leaves, and how it goes on."""

from contextlib import contextmanager

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.mirror_world import (
    assert_mirrors,
    census,
    connection,
    mirrored,
    poll,
    refresh_all,
    set_connection,
)
from tests.services.ledgerly import names
from webapp.extensions import db
from webapp.sdk import Rejected, Unavailable
from webapp.services.look import look
from webapp.store.connections import Connection


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def chosen(words):
    """Have the database end, once, who sends a statement with certain words, as if of two in a deadlock."""
    ended = []

    def end(connection, cursor, statement, *_):
        if words in statement and not ended:
            ended.append(statement)
            raise OperationalError(statement, {}, DeadlockDetected())

    event.listen(db.engine, "before_cursor_execute", end)
    yield ended
    event.remove(db.engine, "before_cursor_execute", end)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(9))
def test_a_refresh_killed_at_any_call_goes_on_and_misses_nothing(connection_id, books, nth, moment):
    def kill(call, when):
        if when == moment and len(books.calls) == nth + 1:
            raise Killed

    books.interrupt = kill
    with pytest.raises(Killed):
        refresh_all(connection_id)
    books.interrupt = None
    refresh_all(connection_id)
    assert_mirrors(connection_id, books)
    assert len(books.calls) <= 9 + 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_provider_that_fails_at_every_second_call_is_read_in_the_end(connection_id, books, moment):
    def fail(call, when):
        if when == moment and len(books.calls) % 2:
            raise Unavailable("cut")

    books.interrupt = fail
    for _ in range(12):
        look(connection_id, interactive=False)
        set_connection(connection_id, paused_until=None)
    assert_mirrors(connection_id, books)


def test_who_is_ended_for_anothers_sake_leaves_no_trace_and_the_next_look_does_it(connection_id, books):
    with chosen("UPDATE connection SET census") as ended:
        assert look(connection_id, interactive=False) is False
    assert ended
    found = connection(connection_id)
    assert (found.failures, found.paused_until, found.pause_reason, found.lease_until) == (0, None, "", None)
    refresh_all(connection_id)
    assert_mirrors(connection_id, books)


def test_a_pause_that_is_ended_for_anothers_sake_is_noted_by_a_later_look(connection_id, books):
    def fail(call, when):
        raise Unavailable("cut")

    books.interrupt = fail
    with chosen("FOR NO KEY UPDATE") as ended:
        assert look(connection_id, interactive=False) is False
    assert ended
    assert connection(connection_id).lease_until is None
    assert look(connection_id, interactive=False) is False
    assert connection(connection_id).paused_until is not None


def test_a_zombie_keeps_nothing(connection_id, books):
    def lose_the_lease(call, when):
        books.interrupt = None
        set_connection(connection_id, fence=Connection.fence + 1)

    books.interrupt = lose_the_lease
    assert look(connection_id, interactive=False) is False
    assert mirrored(connection_id) == {}
    assert connection(connection_id).cursor is None


def test_only_one_of_two_looks_at_once_asks_anything(connection_id, books):
    second = []

    def look_too(call, when):
        books.interrupt = None
        second.append(look(connection_id, interactive=False))

    books.interrupt = look_too
    refresh_all(connection_id)
    assert second == [False]
    assert_mirrors(connection_id, books)


def test_a_customer_that_cannot_be_read_stops_no_other(filled, books):
    with books.behind() as behind:
        for their_id in ("T1", "T4"):
            behind.update_customer(their_id, {"website": "https://changed.example"})

    def refuse(call, when):
        if call.about == "T1":
            raise Rejected("A field of it makes no sense.")

    books.interrupt = refuse
    poll(filled)
    assert names(books.calls).count("customer") == 6
    rows = mirrored(filled)
    assert (rows["T1"].contacts_digest, rows["T1"].failures) == (None, 5)
    assert rows["T4"].detail_version == rows["T4"].version
    books.interrupt = None
    census(filled)
    assert_mirrors(filled, books)


def change_two(books):
    with books.behind() as behind:
        for their_id in ("T1", "T4"):
            behind.update_customer(their_id, {"website": "https://changed.example"})


def silent_about(*names):
    def refuse(call, when):
        if call.about in names or call.name in names:
            raise Unavailable("No answer.")

    return refuse


def look_often(connection_id, times):
    for _ in range(times):
        set_connection(connection_id, paused_until=None)
        look(connection_id, interactive=False)


def test_a_customer_that_never_gets_an_answer_stops_no_other(filled, books):
    change_two(books)
    books.interrupt = silent_about("T1")
    poll(filled)
    look_often(filled, 4)
    assert connection(filled).paused_until is None
    rows = mirrored(filled)
    assert (rows["T1"].contacts_digest, rows["T1"].failures) == (None, 5)
    assert rows["T4"].detail_version == rows["T4"].version
    books.interrupt = None
    census(filled)
    assert_mirrors(filled, books)


def test_no_customer_is_left_out_while_nothing_gets_an_answer(filled, books):
    change_two(books)
    books.interrupt = silent_about("T1", "T4")
    poll(filled)
    books.interrupt = silent_about("T1", "T4", "changed")
    look_often(filled, 8)
    assert connection(filled).paused_until is not None
    assert all(row.failures < 5 for row in mirrored(filled).values())
