"""The census: it finds what no poll told, and takes nobody for gone who was merely not listed."""

from sqlalchemy import func, select, update

from tests.mirror_world import (
    assert_mirrors,
    census,
    connection,
    mirrored,
    mirrored_contacts,
    poll,
    refresh_all,
    set_connection,
)
from tests.services.ledgerly import detail_of, without
from webapp.extensions import db
from webapp.sdk import CensusPage, ContactData, CustomerData
from webapp.services import connection_views
from webapp.services.look import look
from webapp.store.mirror import MirrorCustomer


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


def test_the_contacts_of_a_customer_that_is_gone_are_not_missed_in_a_list(there, place):
    with there.directory.behind() as books:
        arc, bee = (books.create_customer(CustomerData(name=name)).id for name in ("Arc", "Bee"))
        books.create_contact(bee, ContactData(first_name="Bo"))
    connection_id = place.connect()
    refresh_all(connection_id)
    with there.directory.behind() as books:
        books.delete_customer(bee)
    for _ in range(2):
        census(connection_id)
        assert connection(connection_id).census["fault"] == ""
    gone = {their_id: row.gone_at is not None for their_id, row in mirrored(connection_id).items()}
    assert gone == {arc: False, bee: True}


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


def test_many_customers_with_a_person_gone_are_asked_for_once_each_and_listed_once(filled, books):
    with books.behind() as behind:
        ids = [detail.customer.id for detail in books.customers()][:12]
        for their_id in ids:
            behind.delete_contact(their_id, detail_of(books, their_id).contacts[0].id)
    census(filled)
    calls = [(call.name, call.about) for call in books.calls]
    assert sorted(about for name, about in calls if name == "customer") == sorted(ids)
    assert [name for name, _ in calls].count("contact_census") == 4
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


def test_a_directory_that_repeats_a_page_for_ever_is_left(place, filled, books, monkeypatch):
    def stuck(cursor, expected=None):
        return CensusPage(customers=(), cursor="1")

    monkeypatch.setattr(books, "census", stuck)
    set_connection(filled, census_started_at=None, next_look_at=func.now())
    look(filled, interactive=False)
    assert "again and again" in connection_views.view(place.portal_id, filled).pause_reason


def test_tombstones_stay(filled, books):
    with books.behind() as behind:
        behind.delete_customer("T1")
    census(filled)
    kept = select(MirrorCustomer.gone_at).where(
        MirrorCustomer.connection_id == filled, MirrorCustomer.their_id == "T1"
    )
    assert db.session.scalar(kept) is not None


def test_a_census_puts_right_where_customers_stand_beside_the_portal(filled):
    rows = update(MirrorCustomer).where(MirrorCustomer.connection_id == filled)
    db.session.execute(rows.values(known_by="name"))
    db.session.commit()
    census(filled)
    assert {row.known_by for row in mirrored(filled).values()} == {""}
