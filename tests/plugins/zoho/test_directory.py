"""Reading an organization at Zoho, over HTTP."""

from __future__ import annotations

import random

import pytest

from plugins.books.provider import BOOKS
from plugins.invoice.provider import INVOICE
from plugins.zoho.client import Client
from plugins.zoho.directory import ZohoDirectory
from tests.plugins.zoho_world import all_contacts, all_customers, customer_pages, named
from webapp.sdk import AuthorizationLost, Gone, RateLimited, Rejected, Unavailable

SHIP = "Ærø Søtransport ApS"


@pytest.fixture
def directory(world):
    return world.directory


@pytest.fixture
def ship(world):
    """A customer with several contacts."""
    return named(world.directory, SHIP)


def changed_since(directory, cursor):
    """Read a whole pass; return the customers by name and the cursor for the next."""
    found, more = {}, True
    while more:
        page = directory.changed(cursor)
        found |= {record.data.name: record for record in page.customers}
        cursor, more = page.cursor, page.more
    return found, cursor


def test_a_census_tells_every_customer_and_no_vendor(start_world):
    world = start_world(customers=700)
    told = all_customers(world.directory)
    assert set(told) == {contact["id"] for contact in world.contacts()}
    assert world.contacts("vendor")


def test_a_census_of_contacts_tells_every_one_as_the_customer_in_full_does(world, directory):
    told = all_contacts(directory)
    for contact in world.contacts():
        for person in directory.customer(contact["id"]).contacts:
            assert told[person.id] == person


def test_a_listed_customer_has_the_version_of_the_one_in_full(directory):
    for listed in all_customers(directory).values():
        assert directory.customer(listed.id).customer.version == listed.version


def test_inactive_customers_are_told_as_such(world, directory, ship):
    world.edit("set_status", contact_id=ship.id, status="inactive")
    assert all_customers(directory)[ship.id].data.active is False


def test_an_idle_poll_is_one_call(start_world):
    world = start_world(customers=500)
    cursor = world.directory.changed(None).cursor
    world.clear_log()
    page = world.directory.changed(cursor)
    assert not page.more and world.api_calls() == ["GET /contacts"]


def test_a_poll_tells_what_was_edited_made_and_reached_through_a_person(world, directory, ship):
    cursor = directory.changed(None).cursor
    world.control("clock", {"advance": 60})
    world.edit("update_contact", contact_id=ship.id, fields={"website": "https://new.example"})
    world.edit("create_contact", fields={"contact_name": "Brand New", "contact_type": "customer"})
    found, cursor = changed_since(directory, cursor)
    assert found[SHIP].data.website == "https://new.example" and "Brand New" in found
    world.control("clock", {"advance": 60})
    person = directory.customer(ship.id).contacts[0]
    world.edit("update_person", contact_person_id=person.id, fields={"phone": "+45 1"})
    found, _ = changed_since(directory, cursor)
    assert found[SHIP].primary.phone == "+45 1"


def test_many_changes_come_page_by_page_and_move_the_mark_at_the_end(start_world):
    world = start_world(customers=450)
    cursor = world.directory.changed(None).cursor
    world.control("clock", {"advance": 60})
    for contact in world.contacts():
        world.edit("update_contact", contact_id=contact["id"], fields={"notes": "seen"})
    world.clear_log()
    found, _ = changed_since(world.directory, cursor)
    assert len(found) == 450 and len(world.api_calls()) == 3


def test_changes_read_up_to_a_crash_come_again(start_world):
    world = start_world(customers=450)
    cursor = world.directory.changed(None).cursor
    world.control("clock", {"advance": 60})
    for contact in world.contacts():
        world.edit("update_contact", contact_id=contact["id"], fields={"notes": "seen"})
    half = world.directory.changed(cursor)
    assert half.more
    found, _ = changed_since(world.directory, half.cursor)
    again, _ = changed_since(world.directory, cursor)
    # Pages overlap by five.
    assert len(found) == 255 and len(again) == 450


def test_an_unknown_customer_is_gone(directory):
    with pytest.raises(Gone):
        directory.customer("460000000009999999")


def test_an_id_that_is_no_id_cannot_leave_its_place(world, directory):
    with pytest.raises((Gone, Rejected, Unavailable)):
        directory.customer("../organizations?x=1")
    assert all(not call["path"].endswith("/organizations") for call in world.log())


def test_a_vendor_is_gone(start_world):
    world = start_world(customers=100)
    with pytest.raises(Gone):
        world.directory.customer(world.contacts("vendor")[0]["id"])


def test_an_account_without_the_list_of_persons_is_known_by_asking(world, directory):
    assert directory.lists_contacts()
    world.control("settings", {"org_wide_persons": False})
    assert not directory.lists_contacts()


def test_a_customer_in_full_tells_its_address_and_contacts(directory, ship):
    told = directory.customer(ship.id)
    assert told.customer.data.billing_address.city
    assert sum(bool(contact.data.primary) for contact in told.contacts) == 1


@pytest.mark.parametrize("seed", range(4))
def test_no_customer_is_missed_while_others_are_deleted_made_and_edited(start_world, seed):
    world = start_world(customers=900, contacts=0, seed=seed)
    chance = random.Random(seed)
    before = [contact["id"] for contact in world.contacts()]
    living, seen = set(before), set()
    for page in customer_pages(world.directory):
        seen |= {record.id for record in page.customers}
        for doomed in chance.sample(sorted(living), 9):
            world.server.state.registers[world.account.organization].contacts[doomed].has_transaction = False
            world.edit("delete_contact", contact_id=doomed)
            living.discard(doomed)
        world.edit("update_contact", contact_id=chance.choice(sorted(living)), fields={"notes": "moved"})
        name = f"Newcomer {chance.random()}"
        world.edit("create_contact", fields={"contact_name": name, "contact_type": "customer"})
    assert living <= seen


LIST = "/contacts$"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"cut": "middle"},
        {"cut": "before"},
        {"body": "<html>maintenance</html>"},
        {"body": '{"code": 0, "contacts": [{"contact_id"'},
        {"body": {"code": 0, "contacts": []}},
        {"body": {"code": 0, "page_context": {"page": 1, "has_more_page": False}}},
        {"body": {"code": 0, "contacts": ["?"], "page_context": {"has_more_page": False}}},
        {"body": {"code": 0, "contacts": [{}], "page_context": {"has_more_page": False}}},
        {"body": {"code": 0, "contacts": [{}], "page_context": {"page": 7, "has_more_page": False}}},
        {"body": {"code": 0, "contacts": [], "page_context": {"has_more_page": "no"}}},
        {"status": 404, "body": {"code": 5, "message": "Invalid URL Passed"}},
        {"status": 400, "body": {"code": 2, "message": "Invalid value passed for filter_by"}},
        {"status": 404, "body": {"code": 1002, "message": "Contact does not exist."}},
    ],
)
def test_a_list_that_cannot_be_relied_on_is_read_later(world, directory, fault):
    world.fault(path=LIST, **fault)
    with pytest.raises(Unavailable):
        directory.census(None)
    assert len(all_customers(directory)) == 12


def test_an_empty_page_in_the_middle_is_not_the_end(start_world):
    world = start_world(customers=900, contacts=0)
    page = world.directory.census(None, expected=900)
    nothing = {"code": 0, "contacts": [], "page_context": {"page": 4, "has_more_page": False}}
    world.fault(path=LIST, body=nothing)
    seen = {record.id for record in page.customers}
    while page.cursor:
        page = world.directory.census(page.cursor)
        seen |= {record.id for record in page.customers}
    assert len(seen) == 900


def test_a_poll_of_an_emptied_listing_keeps_its_mark(world, directory):
    cursor = directory.changed(None).cursor
    nothing = {"code": 0, "contacts": [], "page_context": {"page": 1, "has_more_page": False}}
    world.fault(path=LIST, body=nothing)
    empty = directory.changed(cursor)
    assert empty.customers == () and not empty.more
    world.control("clock", {"advance": 60})
    world.edit("update_contact", contact_name=SHIP, fields={"notes": "x"})
    assert SHIP in changed_since(directory, empty.cursor)[0]


def test_limits_of_the_sandbox_are_told_by_their_scope(world, directory):
    for code, scope in [(44, "minute"), (45, "day"), (43, "block"), (1070, "concurrency")]:
        world.fault(path=LIST, status=429, code=code)
        with pytest.raises(RateLimited) as caught:
            directory.census(None)
        assert caught.value.scope == scope


def test_a_token_that_ends_in_the_middle_is_renewed_unnoticed(start_world):
    world = start_world(customers=900, contacts=0)
    seen = set()
    for number, page in enumerate(customer_pages(world.directory)):
        seen |= {record.id for record in page.customers}
        if number == 2:
            world.control("expire-all", {})
    assert len(seen) == 900


@pytest.mark.parametrize(
    "beyond",
    [
        {
            "body": {
                "code": 0,
                "contacts": [{"contact_id": "1", "contact_name": "x"}],
                "page_context": {"page": 1, "has_more_page": False},
            }
        },
        {"status": 400, "body": {"code": 2, "message": "Invalid value passed for page"}},
    ],
)
def test_a_page_beyond_the_end_may_be_answered_in_any_sane_way(world, directory, beyond):
    world.fault(path=LIST, **beyond)
    assert len(all_customers(directory)) == 12


@pytest.mark.parametrize(("given", "asked"), [(BOOKS, INVOICE), (INVOICE, BOOKS)], ids=["books", "invoice"])
def test_what_was_consented_to_for_one_product_opens_no_other(start_world, given, asked):
    world = start_world(product=given, customers=1)
    with pytest.raises(AuthorizationLost, match=f"{asked.label} refuses"):
        ZohoDirectory(Client(asked, world.account)).census(None)


@pytest.mark.parametrize("asked", [BOOKS, INVOICE], ids=["books", "invoice"])
def test_both_products_show_the_same_customers_of_an_organization(start_world, asked):
    world = start_world(customers=5)
    world.token = world.control("token", {"scope": asked.scopes})
    seen = all_customers(ZohoDirectory(Client(asked, world.connected())))
    assert seen == all_customers(world.directory)
