"""What is read of ticked customers before their import: their people, and each in full."""

import pytest

from tests.mirror_world import (
    assert_mirrors,
    mirrored,
    set_connection,
)
from tests.services.ledgerly import CUSTOMERS, forget_people, names
from webapp.sdk import ContactPage
from webapp.services import leases, refresh
from webapp.services.leases import LeaseLost
from webapp.store.connections import Connection


def never():
    return False


@pytest.mark.parametrize(
    ("ticked", "details", "pages"),
    [(["T1", "T4"], 2, 0), ([f"T{number}" for number in range(1, 3 * CUSTOMERS, 3)], 0, 5)],
)
def test_ticked_customers_get_their_people_by_the_way_that_costs_fewer_calls(
    filled, books, ticked, details, pages
):
    forget_people()
    with leases.take(filled) as lease:
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
    forget_people()
    everyone = [f"T{number}" for number in range(1, 3 * CUSTOMERS, 3)]
    with leases.take(filled) as lease:
        assert refresh.ensure_contacts(lease, everyone, until=never)
    assert names(books.calls).count("customer") == CUSTOMERS
    assert_mirrors(filled, books)


def test_ticked_customers_that_are_gone_need_no_people(filled, books):
    with books.behind() as behind:
        behind.delete_customer("T1")
    forget_people()
    with leases.take(filled) as lease:
        assert refresh.ensure_contacts(lease, ["T1"], until=never)
    assert mirrored(filled)["T1"].gone_at is not None


def test_reading_people_stops_when_told_to(filled):
    forget_people()
    with leases.take(filled) as lease:
        assert not refresh.ensure_contacts(lease, ["T1"], until=lambda: True)


def test_details_are_read_once_a_version(filled, books):
    with leases.take(filled) as lease:
        assert refresh.read_details(lease, ["T1", "T4"], until=never)
        assert refresh.read_details(lease, ["T1", "T4"], until=never)
    assert [call.about for call in books.calls] == ["T1", "T4"]


def test_a_detail_tells_that_the_customer_is_gone(filled, books):
    with books.behind() as behind:
        behind.delete_customer("T1")
    with leases.take(filled) as lease:
        assert refresh.read_details(lease, ["T1"], until=never)
    assert mirrored(filled)["T1"].gone_at is not None


def test_a_lost_lease_reads_no_detail(filled, books):
    with leases.take(filled) as lease:
        set_connection(filled, fence=Connection.fence + 1)
        with pytest.raises(LeaseLost):
            refresh.read_details(lease, ["T1"], until=never)
    assert books.calls == []
