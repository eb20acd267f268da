"""Refreshing: how the mirror fills, how it follows, and who may ask for that."""

from dataclasses import replace

import pytest
from sqlalchemy import func, text

from tests.mirror_world import (
    Place,
    assert_mirrors,
    connection,
    mirrored,
    named,
    poll,
    refresh_all,
    set_connection,
    until_done,
)
from tests.services.ledgerly import CUSTOMERS, detail_of, names
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import connection_views, leases, refresh
from webapp.services.connection_views import Progress
from webapp.services.errors import NotFound, Refused
from webapp.services.look import look
from webapp.store.columns import new_id


def test_everything_is_there_after_the_first_refresh(connection_id, books):
    refresh_all(connection_id)
    assert_mirrors(connection_id, books)
    done = connection(connection_id)
    assert done.census_finished_at is not None
    assert done.next_look_at > done.refreshed_at


def test_the_first_rows_come_with_the_first_call_and_people_wait_for_no_census(connection_id, books):
    look(connection_id, interactive=True)
    assert names(books.calls) == ["changed"]
    assert len(mirrored(connection_id)) == 10


def test_the_first_refresh_tells_how_far_it_is(place, connection_id, books):
    steps = iter([False] * 4 + [True])
    with leases.take(connection_id) as lease:
        refresh.refresh_slice(lease, until=lambda: next(steps), bulk=True)
    view = connection_views.view(place.portal_id, connection_id)
    assert view.refreshing
    assert view.progress == Progress(step="customers", customers=10, contacts=0, pages=1, total_pages=3)
    refresh_all(connection_id)
    assert connection_views.view(place.portal_id, connection_id).progress is None


def test_an_idle_poll_is_one_call(filled, books):
    poll(filled)
    assert names(books.calls) == ["changed"]


def test_nothing_is_asked_while_nothing_is_due(filled, books):
    refresh_all(filled)
    assert books.calls == []


def test_a_changed_customer_is_read_in_full(filled, books):
    with books.behind() as behind:
        behind.update_customer("T1", {"name": "Renamed", "website": "https://renamed.example"})
    poll(filled)
    assert [(call.name, call.about) for call in books.calls] == [("changed", ""), ("customer", "T1")]
    row = mirrored(filled)["T1"]
    assert (row.name, row.name_key, row.website) == ("Renamed", "renamed", "https://renamed.example")
    assert row.detail_version == row.version
    assert_mirrors(filled, books)


def test_whom_a_feed_calls_deleted_is_asked_for_and_stays_if_it_is_there(filled, books, monkeypatch):
    quiet = books.changed(connection(filled).cursor)
    books.calls.clear()
    gone, there = (detail.customer.id for detail in books.customers()[:2])
    with books.behind() as behind:
        behind.delete_customer(gone)
    deleted = (gone, there, "never heard of")
    monkeypatch.setattr(books, "changed", lambda cursor: replace(quiet, deleted=deleted))
    poll(filled)
    assert sorted(call.about for call in books.calls) == sorted([gone, there])
    rows = mirrored(filled)
    assert (rows[gone].gone_at is None, rows[there].gone_at is None) == (False, True)
    assert_mirrors(filled, books)


def test_people_added_changed_and_removed_are_seen_with_their_customer(filled, books):
    with books.behind() as behind:
        first, second = (contact.id for contact in detail_of(books, "T1").contacts)
        behind.delete_contact("T1", first)
        behind.update_contact("T1", second, {"email": "new@c0.example"})
        behind.create_contact("T1", ContactData(first_name="Added", phone="+49 40 123"))
    before = mirrored(filled)["T1"].contacts_digest
    poll(filled)
    assert_mirrors(filled, books)
    row = mirrored(filled)["T1"]
    assert row.contacts_digest != before
    assert all(word in row.search for word in ("new@c0.example", "added", "4940123"))
    assert "p0@c0" not in row.search


def test_many_changed_customers_are_read_by_the_way_that_costs_fewer_calls(filled, books):
    with books.behind() as behind:
        for detail in books.customers():
            behind.update_customer(detail.customer.id, {"website": "https://all.example"})
    poll(filled)
    assert names(books.calls).count("customer") == 0
    assert names(books.calls).count("contact_census") == 5
    assert_mirrors(filled, books)


def test_without_a_list_of_all_people_each_customer_is_read(there, place, books):
    there.features = {"contact_census": False}
    connection_id = place.connect()
    refresh_all(connection_id)
    assert names(books.calls).count("contact_census") == 0
    assert names(books.calls).count("customer") == CUSTOMERS
    assert_mirrors(connection_id, books)


def test_a_person_may_ask_for_a_refresh(place, filled, books):
    with books.behind() as behind:
        behind.update_customer("T1", {"name": "Renamed"})
    refresh.request(place.portal_id, filled)
    look(filled, interactive=True)
    assert mirrored(filled)["T1"].name == "Renamed"
    assert connection(filled).refresh_wanted_at is None


def test_a_refresh_asked_for_while_one_is_under_way_is_made_up_for(place, filled, books, monkeypatch):
    changed = books.changed

    def asked_meanwhile(cursor):
        page = changed(cursor)
        monkeypatch.setattr(books, "changed", changed)
        with books.behind() as behind:
            behind.create_customer(named("Latecomer"))
        refresh.request(place.portal_id, filled)
        return page

    monkeypatch.setattr(books, "changed", asked_meanwhile)
    refresh.request(place.portal_id, filled)
    until_done(lambda: look(filled, interactive=True))
    assert "Latecomer" in {row.name for row in mirrored(filled).values()}
    assert connection(filled).refresh_wanted_at is None


def test_a_wish_that_comes_between_two_pages_of_a_poll_is_not_taken_for_answered(place, filled, books):
    with books.behind() as behind:
        for number in range(CUSTOMERS):
            behind.create_customer(named(f"New {number:02}"))
    asked = []

    def wish(call, moment):
        if call.name == "changed" and moment == "after":
            asked.append(call)
            if len(asked) == 1:
                refresh.request(place.portal_id, filled)

    books.interrupt = wish
    with leases.take(filled) as lease:
        set_connection(filled, refreshed_at=func.now() - text("interval '1 hour'"))
        refresh.refresh_slice(lease, until=lambda: len(asked) >= 3, bulk=True)
    books.interrupt = None
    assert connection(filled).refresh_wanted_at is not None
    refresh_all(filled)
    assert connection(filled).refresh_wanted_at is None


def test_a_refresh_is_only_asked_of_a_connection_that_can_read(place, filled):
    with pytest.raises(NotFound):
        refresh.request(new_id(), filled)
    set_connection(filled, state="attention")
    with pytest.raises(Refused):
        refresh.request(place.portal_id, filled)


def test_a_stale_mirror_is_refreshed_in_the_background(place, filled):
    assert not refresh.refresh_when_stale(place.portal_id, filled)
    set_connection(filled, refreshed_at=func.now() - text("interval '1 hour'"))
    assert refresh.refresh_when_stale(place.portal_id, filled)
    assert connection(filled).refresh_wanted_at is not None


def test_a_small_plan_spaces_polls_and_censuses(filled):
    offered = {"id": "1", "name": "", "currency": "", "time_zone": "", "plan": "", "active": True}
    set_connection(filled, organizations={"offered": [offered | {"calls_per_day": 100}]})
    made = connection(filled)
    assert refresh.poll_interval(made).total_seconds() == 3 * 86_400 / 100
    db.session.rollback()


def test_portals_do_not_touch_each_other(filled, books):
    before = {key: row.version for key, row in mirrored(filled).items()}
    other = Place.new().connect()
    with books.behind() as behind:
        behind.delete_customer("T1")
    refresh_all(other)
    assert {key: row.version for key, row in mirrored(filled).items()} == before
    assert mirrored(filled)["T1"].gone_at is None
