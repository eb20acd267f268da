"""The mirror: how it fills, how it follows, and what an interruption at any point leaves of it."""

import pytest
from sqlalchemy import func, select, text, update

from tests.mirror_world import (
    Place,
    assert_mirrors,
    census,
    connection,
    mirrored,
    mirrored_contacts,
    named,
    poll,
    refresh_all,
    set_connection,
    until_done,
)
from webapp.extensions import db
from webapp.sdk import CensusPage, ContactData, ContactPage, Gone, Rejected, Unavailable
from webapp.sdk.testing import MemoryDirectory
from webapp.services import connection_views, leases, refresh
from webapp.services.connection_views import Progress
from webapp.services.errors import NotFound, Refused
from webapp.services.leases import LeaseLost
from webapp.services.look import look
from webapp.store.columns import new_id
from webapp.store.connections import Connection
from webapp.store.mirror import MirrorCustomer

CUSTOMERS = 25
PEOPLE = 2


@pytest.fixture
def books(there):
    """The provider's directory: 25 customers with two people each, told in pages of ten."""
    there.directory = MemoryDirectory(prefix="T", page_size=10, parents_follow=True)
    with there.directory.behind() as behind:
        for number in range(CUSTOMERS):
            customer = behind.create_customer(named(f"Customer {number:02}"))
            for person in range(PEOPLE):
                email = f"p{person}@c{number}.example"
                behind.create_contact(customer.id, ContactData(first_name=f"P{number}-{person}", email=email))
    return there.directory


@pytest.fixture
def connection_id(place, books):
    return place.connect()


@pytest.fixture
def filled(connection_id, books):
    refresh_all(connection_id)
    books.calls.clear()
    return connection_id


def names(calls):
    return [call.name for call in calls]


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


def detail_of(books, their_id):
    return next(detail for detail in books.customers() if detail.customer.id == their_id)


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


def test_a_census_finds_what_no_poll_told(filled, books):
    with books.behind() as behind:
        behind.delete_customer("T1")
        behind.update_customer("T4", {"name": "Moved"})
    set_connection(filled, cursor="1000000")
    census(filled)
    assert mirrored(filled)["T1"].gone_at is not None
    assert mirrored(filled)["T4"].name == "Moved"
    assert_mirrors(filled, books)


def test_a_customer_missing_in_a_census_is_asked_for_before_it_counts_as_gone(filled, books, monkeypatch):
    whole = books.census
    monkeypatch.setattr(books, "census", lambda cursor, expected=None: without("T1", whole(cursor)))
    census(filled)
    assert ("customer", "T1") in [(call.name, call.about) for call in books.calls]
    assert mirrored(filled)["T1"].gone_at is None


def without(their_id, page):
    kept = tuple(row for row in page.customers if row.id != their_id)
    return CensusPage(customers=kept, cursor=page.cursor, total_pages=page.total_pages)


def test_an_empty_census_is_a_fault_there_and_nothing_is_gone(place, filled, books, monkeypatch):
    empty = CensusPage(customers=(), cursor=None)
    monkeypatch.setattr(books, "census", lambda cursor, expected=None: empty)
    census(filled)
    assert all(row.gone_at is None for row in mirrored(filled).values())
    view = connection_views.view(place.portal_id, filled)
    assert view.notice.startswith("Ledgerly listed no customers, though 25 are known. Nothing was removed")
    monkeypatch.undo()
    census(filled)
    assert connection_views.view(place.portal_id, filled).notice == ""


def test_a_company_without_customers_is_no_fault(there, place):
    connection_id = place.connect()
    refresh_all(connection_id)
    assert connection(connection_id).census_finished_at is not None


def test_a_person_missing_in_a_census_is_looked_for_at_their_customer(filled, books):
    with books.behind() as behind:
        [first, _] = detail_of(books, "T1").contacts
        behind.delete_contact("T1", first.id)
    set_connection(filled, cursor="1000000")
    db.session.execute(
        update(MirrorCustomer)
        .where(MirrorCustomer.connection_id == filled, MirrorCustomer.their_id == "T1")
        .values(version=detail_of(books, "T1").customer.version)
    )
    db.session.commit()
    census(filled)
    assert ("customer", "T1") in [(call.name, call.about) for call in books.calls]
    assert_mirrors(filled, books)


def test_a_customer_that_changes_during_the_census_of_people_is_read_once_more(connection_id, books):
    def change_once(call, moment):
        if call.name == "contact_census" and moment == "after":
            books.interrupt = None
            with books.behind() as behind:
                behind.create_contact("T1", ContactData(first_name="Late"))

    books.interrupt = change_once
    refresh_all(connection_id)
    poll(connection_id)
    assert_mirrors(connection_id, books)


def test_people_of_nobody_in_the_mirror_are_left_out(connection_id, books, monkeypatch):
    whole = books.census
    monkeypatch.setattr(books, "census", lambda cursor, expected=None: without("T1", whole(cursor)))
    refresh_all(connection_id)
    assert "T1" not in mirrored(connection_id)
    assert all(row.their_customer_id != "T1" for row in mirrored_contacts(connection_id).values())


class Killed(BaseException):
    """The process ends here."""


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


def test_a_directory_that_repeats_a_page_for_ever_is_left(place, filled, books, monkeypatch):
    def stuck(cursor, expected=None):
        return CensusPage(customers=(), cursor="1")

    monkeypatch.setattr(books, "census", stuck)
    set_connection(filled, census_started_at=None, next_look_at=func.now())
    look(filled, interactive=False)
    assert "again and again" in connection_views.view(place.portal_id, filled).pause_reason


def hold(connection_id):
    return leases.take(connection_id)


def never():
    return False


@pytest.mark.parametrize(
    ("ticked", "details", "pages"),
    [(["T1", "T4"], 2, 0), ([f"T{number}" for number in range(1, 3 * CUSTOMERS, 3)], 0, 5)],
)
def test_ticked_customers_get_their_people_by_the_way_that_costs_fewer_calls(
    filled, books, ticked, details, pages
):
    db.session.execute(update(MirrorCustomer).values(contacts_digest=None))
    db.session.commit()
    with hold(filled) as lease:
        assert refresh.ensure_contacts(lease, ticked, until=never)
    rows = mirrored(filled)
    assert all(rows[their_id].contacts_digest for their_id in ticked)
    assert (names(books.calls).count("customer"), names(books.calls).count("contact_census")) == (
        details,
        pages,
    )


def test_a_list_of_people_that_is_empty_is_not_asked_again_and_again(filled, books, monkeypatch):
    empty = ContactPage(contacts=(), cursor=None)
    monkeypatch.setattr(books, "contact_census", lambda cursor, expected=None: empty)
    db.session.execute(update(MirrorCustomer).values(contacts_digest=None))
    db.session.commit()
    everyone = [f"T{number}" for number in range(1, 3 * CUSTOMERS, 3)]
    with hold(filled) as lease:
        assert refresh.ensure_contacts(lease, everyone, until=never)
    assert names(books.calls).count("customer") == CUSTOMERS
    assert_mirrors(filled, books)


def test_ticked_customers_that_are_gone_need_no_people(filled, books):
    with books.behind() as behind:
        behind.delete_customer("T1")
    db.session.execute(update(MirrorCustomer).values(contacts_digest=None))
    db.session.commit()
    with hold(filled) as lease:
        assert refresh.ensure_contacts(lease, ["T1"], until=never)
    assert mirrored(filled)["T1"].gone_at is not None


def test_reading_people_stops_when_told_to(filled):
    db.session.execute(update(MirrorCustomer).values(contacts_digest=None))
    db.session.commit()
    with hold(filled) as lease:
        assert not refresh.ensure_contacts(lease, ["T1"], until=lambda: True)


def test_details_are_read_once_a_version(filled, books):
    with hold(filled) as lease:
        assert refresh.read_details(lease, ["T1", "T4"], until=never)
        assert refresh.read_details(lease, ["T1", "T4"], until=never)
    assert [call.about for call in books.calls] == ["T1", "T4"]


def test_a_detail_tells_whether_the_customer_is_there(filled, books):
    with hold(filled) as lease:
        assert refresh.read_detail(lease, "T1")
        with books.behind() as behind:
            behind.delete_customer("T1")
        assert not refresh.read_detail(lease, "T1")
    with pytest.raises(Gone):
        books.customer("T1")


def test_a_lost_lease_reads_no_detail(filled, books):
    with hold(filled) as lease:
        set_connection(filled, fence=Connection.fence + 1)
        with pytest.raises(LeaseLost):
            refresh.read_detail(lease, "T1")
    assert books.calls == []


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
    other = new_place_connected()
    with books.behind() as behind:
        behind.delete_customer("T1")
    refresh_all(other)
    assert {key: row.version for key, row in mirrored(filled).items()} == before
    assert mirrored(filled)["T1"].gone_at is None


def new_place_connected():
    return Place.new().connect()


def test_tombstones_stay(filled, books):
    with books.behind() as behind:
        behind.delete_customer("T1")
    census(filled)
    kept = select(MirrorCustomer.gone_at).where(
        MirrorCustomer.connection_id == filled, MirrorCustomer.their_id == "T1"
    )
    assert db.session.scalar(kept) is not None
