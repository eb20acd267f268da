"""The look: what is due is done, by one at a time, and a person goes first."""

from contextvars import copy_context
from datetime import timedelta
from threading import Timer

import pytest
from sqlalchemy import func, text, update

from tests.mirror_world import Place, connection, mirrored, named, until_done
from webapp.extensions import db
from webapp.services import leases, refresh
from webapp.services.look import look
from webapp.services.signals import due
from webapp.services.sweep import due_connections, seconds_to_next_poll, sweep
from webapp.store import due as store
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.mirror import MirrorCustomer
from webapp.store.runs import Run, RunItem


@pytest.fixture
def rung():
    """What was announced, in order."""
    heard = []

    def hear(sender, *, connection_id, interactive):
        heard.append((connection_id, interactive))

    with due.connected_to(hear):
        yield heard


@pytest.fixture
def connection_id(place, there):
    with there.directory.behind() as behind:
        for number in range(5):
            behind.create_customer(named(f"Customer {number}"))
    made = place.connect()
    until_done(lambda: look(made, interactive=False))
    there.directory.calls.clear()
    return made


def set_connection(connection_id, **values):
    db.session.execute(update(Connection).where(Connection.id == connection_id).values(**values))
    db.session.commit()


def due_here(connection_id):
    """What a sweep finds of one connection, rung for by nobody before."""
    set_connection(connection_id, rung_at=None)
    return [interactive for found, interactive in due_connections(now()) if found == connection_id]


def review(place, connection_id, *their_ids, action="merge", state="review"):
    run = Run(portal_id=place.portal_id, id=new_id(), connection_id=connection_id, kind="import", state=state)
    db.session.add(run)
    db.session.flush()
    for position, their_id in enumerate(their_ids):
        db.session.add(
            RunItem(
                portal_id=place.portal_id, run_id=run.id, position=position, their_id=their_id, action=action
            )
        )
    db.session.commit()


def test_nothing_is_due_after_a_refresh(connection_id):
    assert due_here(connection_id) == []


def test_a_poll_is_due_in_time(connection_id):
    set_connection(connection_id, next_look_at=func.now())
    assert due_here(connection_id) == [False]


def test_a_connection_being_authorised_waits_for_a_person(connection_id):
    set_connection(connection_id, state="authorizing")
    assert due_here(connection_id) == [True]


def test_a_wished_refresh_is_a_persons(place, connection_id):
    refresh.request(place.portal_id, connection_id)
    assert due_here(connection_id) == [True]


def test_a_confirmed_run_is_bulk_work(place, connection_id):
    review(place, connection_id, state="queued")
    assert due_here(connection_id) == [False]


def test_a_review_that_merges_waits_for_details_and_gets_them(place, there, connection_id):
    review(place, connection_id, "1", "2")
    assert due_here(connection_id) == [True]
    assert look(connection_id, interactive=True) is False
    assert [(call.name, call.about) for call in there.directory.calls] == [
        ("customer", "1"),
        ("customer", "2"),
    ]
    assert due_here(connection_id) == []


@pytest.mark.parametrize("options", [{"action": "create"}, {"state": "done"}])
def test_other_reviews_wait_for_nothing(place, connection_id, options):
    review(place, connection_id, "1", **options)
    assert due_here(connection_id) == []


def test_a_detail_that_cannot_be_had_is_not_waited_for_for_ever(place, connection_id):
    review(place, connection_id, "1")
    db.session.execute(update(MirrorCustomer).values(failures=5))
    db.session.commit()
    assert due_here(connection_id) == []


@pytest.mark.parametrize("state", ["attention", "disconnected", "choosing", "new"])
def test_nothing_is_due_of_a_connection_that_waits_for_a_person(connection_id, state):
    set_connection(connection_id, state=state, next_look_at=func.now())
    assert due_here(connection_id) == []
    assert look(connection_id, interactive=False) is False


def test_a_pause_is_kept(connection_id):
    later = func.now() + text("interval '1 hour'")
    set_connection(connection_id, paused_until=later, next_look_at=func.now())
    assert due_here(connection_id) == []
    set_connection(connection_id, paused_until=None, bulk_paused_until=later)
    assert due_here(connection_id) == []
    set_connection(connection_id, refresh_wanted_at=func.now())
    assert due_here(connection_id) == [True]


def test_a_connection_somebody_is_at_is_left_alone(connection_id):
    set_connection(connection_id, next_look_at=func.now())
    lease = leases.take(connection_id)
    assert due_here(connection_id) == []
    lease.release()
    assert due_here(connection_id) == [False]


def test_a_dead_worker_is_noticed_when_its_lease_has_run_out(connection_id):
    leases.take(connection_id)
    set_connection(
        connection_id, next_look_at=func.now(), lease_until=func.now() - text("interval '1 second'")
    )
    assert due_here(connection_id) == [False]


def test_of_several_sweeps_one_rings(connection_id, rung):
    set_connection(connection_id, next_look_at=func.now())
    moment = now()
    sweep(moment)
    sweep(moment)
    assert rung.count((connection_id, False)) == 1


def test_a_sweep_passes_over_what_another_holds(connection_id):
    set_connection(connection_id, next_look_at=func.now())
    with db.engine.begin() as other:
        other.execute(text("SELECT 1 FROM connection WHERE id = :id FOR UPDATE"), {"id": connection_id})
        assert (connection_id, False) not in due_connections(now())
    assert (connection_id, False) in due_connections(now())


def test_people_come_first_and_then_whatever_waited_longest(place, connection_id):
    asked, polled, importing = Place.new().connect(), Place.new().connect(), connection_id
    in_line = [asked, importing, polled]
    moment = now()
    set_connection(asked, state="connected", next_look_at=None, refresh_wanted_at=moment)
    late = moment - timedelta(seconds=60)
    set_connection(polled, state="connected", next_look_at=late, refresh_wanted_at=None)
    set_connection(importing, next_look_at=moment + timedelta(seconds=200))
    db.session.add(
        Run(
            portal_id=place.portal_id, id=new_id(), connection_id=importing, kind="import", state="running",
            confirmed_at=moment - timedelta(seconds=120),
        )
    )  # fmt: skip
    db.session.commit()
    found = [each.connection_id for each in store.due_connections(moment)]
    db.session.rollback()
    assert [each for each in found if each in in_line] == in_line


def test_tells_how_long_it_is_until_the_next_poll(place, connection_id):
    other, moment = Place.new().connect(), now() - timedelta(days=3650)
    set_connection(other, state="connected", next_look_at=moment - timedelta(seconds=1))
    set_connection(connection_id, next_look_at=moment + timedelta(seconds=7))
    assert seconds_to_next_poll(moment) == 7
    set_connection(connection_id, state="disconnected")
    assert seconds_to_next_poll(moment) > 7


def test_a_person_who_finds_it_held_is_let_in_next(place, there, connection_id, rung):
    with there.directory.behind() as behind:
        behind.update_customer("1", {"name": "Renamed"})
    set_connection(connection_id, next_look_at=func.now(), refreshed_at=None)

    def person_comes(call, moment):
        there.directory.interrupt = None
        refresh.request(place.portal_id, connection_id)
        assert look(connection_id, interactive=True) is False

    there.directory.interrupt = person_comes
    look(connection_id, interactive=False)
    assert (connection_id, True) in rung
    look(connection_id, interactive=True)
    assert mirrored(connection_id)["1"].name == "Renamed"
    assert connection(connection_id).push_wanted_at is None


def test_bulk_work_waits_for_its_turn(place, there, connection_id):
    with there.directory.behind() as behind:
        behind.update_customer("1", {"name": "Renamed"})
    set_connection(connection_id, next_look_at=func.now(), refreshed_at=None)
    persons = leases.take(connection_id, interactive=True)
    ends = Timer(0.3, copy_context().run, [persons.release])
    ends.start()
    look(connection_id, interactive=False)
    ends.join()
    assert mirrored(connection_id)["1"].name == "Renamed"


def test_whoever_holds_it_does_first_what_a_person_waits_for(place, there, connection_id):
    review(place, connection_id, "1", "2")
    leases.want(connection_id)
    look(connection_id, interactive=False)
    assert [call.name for call in there.directory.calls] == ["customer", "customer"]
    assert due_here(connection_id) == []


def test_bulk_work_gets_its_share_however_many_people_wait(place, there, connection_id, rung):
    with there.directory.behind() as behind:
        behind.update_customer("1", {"name": "Renamed"})
    set_connection(connection_id, next_look_at=func.now(), refreshed_at=None)
    leases.want(connection_id)
    look(connection_id, interactive=False)
    assert mirrored(connection_id)["1"].name == "Renamed"
    assert rung == [(connection_id, True)]


def test_after_a_persons_look_bulk_work_that_is_due_is_announced(place, there, connection_id, rung):
    with there.directory.behind() as behind:
        behind.update_customer("1", {"name": "Renamed"})
    refresh.request(place.portal_id, connection_id)
    rung.clear()
    look(connection_id, interactive=True)
    assert rung == [(connection_id, False)]


def test_a_persons_look_that_leaves_more_to_do_gives_bulk_work_its_share(place, there, connection_id, rung):
    with there.directory.behind() as behind:
        behind.update_customer("1", {"name": "Renamed"})
    set_connection(connection_id, next_look_at=func.now(), refreshed_at=None)
    refresh.request(place.portal_id, connection_id)
    look(connection_id, interactive=True, seconds=0)
    assert mirrored(connection_id)["1"].name == "Renamed"


def test_time_that_is_up_leaves_the_rest_for_the_next_look(place, there):
    made = place.connect()
    assert look(made, interactive=False, seconds=0) is True
    assert until_done(lambda: look(made, interactive=False, seconds=0.02)) >= 1
    assert connection(made).census_finished_at is not None


def test_an_unexpected_error_ends_in_a_pause_and_a_reference(place, there, connection_id, monkeypatch):
    def broken(*args, **options):
        raise KeyError("a fault of ours")

    monkeypatch.setattr(refresh, "refresh_slice", broken)
    for _ in range(3):
        assert look(connection_id, interactive=False) is False
        set_connection(connection_id, paused_until=None)
    assert "reference" in connection(connection_id).pause_reason
    assert connection(connection_id).lease_until is None


def test_a_connection_that_is_no_more_is_no_error(place):
    assert look(new_id(), interactive=False) is False
