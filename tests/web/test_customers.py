"""The pages of customers and their people: the list, one in detail, unlinking and linking again."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.import_world import ImportWorld
from tests.mirror_world import BOOKS, INVOICE, MemoryProvider, Place
from tests.web.import_world import FRAGMENT
from tests.web.people import browser_of, cast_of_people, token_on
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import Address, ContactData
from webapp.services import connections
from webapp.store.columns import new_id
from webapp.store.connections import Connection
from webapp.store.customers import Customer

LIST = "/p/nordlicht/client-users/"
UNKNOWN = uuid.UUID("01890000-0000-7000-8000-000000000000")
EVIL = "<script>alert(1)</script>"
ANNA = ContactData(
    first_name="Anna", last_name="Møller", email="anna@arc.example", phone="+4562550141", primary=True
)
BO = ContactData(first_name="Bo", last_name="Ek", email="bo@arc.example", designation="Dispatch")
CY = ContactData(first_name="Cy", email="cy@arc.example")


@pytest.fixture
def world(app, people) -> ImportWorld:
    """The people's portal, connected to a provider in memory."""
    provider = MemoryProvider()
    app.extensions["tandem_providers"] = Registry([provider.provider()])
    app.extensions["tandem_redis"].flushdb()
    with app.app_context():
        place = Place(people.portal_id, people.users["Owner"])
        return ImportWorld(place, place.connect(), provider.directory)


@pytest.fixture
def browser(log_in, world):
    return log_in("Owner")


@pytest.fixture
def here(app, world):
    """Put a customer with its people into the portal; return its address."""

    def put(name, *people, **fields):
        with app.app_context():
            return address_of(world.here(name, *people, **fields))

    return put


@pytest.fixture
def imported(app, world):
    """Import customers from the provider; return the address of the first."""

    def bring(*names, people=(ANNA,), answers="", **fields):
        with app.app_context():
            their_ids = [world.there(name, *people, **fields) for name in names]
            world.mirror()
            world.carry_out(world.confirmed(their_ids, answers))
            return address_of(next(one.id for one in world.customers() if one.name == names[0]))

    return bring


def address_of(customer_id):
    return f"/p/nordlicht/customers/{customer_id}"


def send(browser, address, headers=None, **form):
    form = {"csrf_token": token_on(browser.get("/account/").text), **form}
    return browser.post(address, data=form, headers=headers)


def names(page):
    return re.findall(r'<h3 id="client-[^"]*"><a[^>]*><bdi>(.*?)</bdi>', page)


def test_an_empty_portal_leads_to_the_import(browser, world):
    page = browser.get(LIST).text
    assert "No customers yet." in page
    assert f'href="/p/nordlicht/connections/{world.connection_id}/import/"' in page


@pytest.mark.parametrize(("profile", "shown"), [("Owner", True), ("Manager", True), ("Clients only", False)])
def test_the_import_is_offered_to_those_who_may(log_in, world, here, profile, shown):
    here("Arc")
    page = log_in(profile).get(LIST).text
    assert ("Import from Ledgerly" in page) is shown
    assert ("/import/" in page) is shown


def test_each_connection_has_an_import_of_its_own(app, browser, world, here):
    here("Arc")
    app.extensions["tandem_providers"] = Registry([BOOKS, INVOICE])
    with app.app_context():
        for provider, name in (("books", "Nordlicht Studio"), ("invoice", "Nordlicht Inc.")):
            made = {"provider": provider, "state": "connected", "organization_name": name}
            db.session.add(Connection(portal_id=world.portal_id, id=new_id(), region="eu", **made))
        db.session.commit()
    page = browser.get(LIST).text
    shown = re.findall(r"Import from (Zoho \w+)<span[^>]*>([^<]*)<", page)
    assert shown == [("Zoho Books", "Nordlicht Studio"), ("Zoho Invoice", "Nordlicht Inc.")]


def test_without_a_working_connection_a_hint_leads_to_connecting(app, browser, world, here):
    here("Arc")
    with app.app_context():
        connections.disconnect(world.portal_id, world.connection_id, user_id=None)
    page = browser.get(LIST).text
    assert "Import from Ledgerly" not in page
    assert "Import: connect a finance app first" in page


def test_customers_are_listed_with_their_people(browser, here):
    here("Arc", ANNA, BO, CY)
    here("Bolt")
    page = browser.get(LIST).text
    assert names(page) == ["Arc", "Bolt"]
    for told in (
        "Anna Møller",
        "anna@arc.example",
        "+45 62 55 01 41",
        "Dispatch",
        "1 more person",
        "No people yet.",
    ):
        assert told in page
    assert "cy@arc.example" not in page


def test_more_people_come_in_the_place_of_the_few(browser, here):
    address = here("Arc", ANNA, BO, CY)
    part = browser.get(f"{address}/people", headers=FRAGMENT).text
    assert "cy@arc.example" in part
    assert "<html" not in part
    assert browser.get(f"{address}/people").location == address


def test_search_finds_people_and_answers_only_the_list(browser, here):
    here("Arc", ANNA, BO, CY)
    here("Bolt", ContactData(first_name="Dee", email="dee@bolt.example"))
    part = browser.get(f"{LIST}?q=cy@arc", headers=FRAGMENT).text
    assert part.lstrip().startswith('<div id="clients">')
    assert names(part) == ["Arc"]
    assert names(browser.get(f"{LIST}?q=dee@bolt").text) == ["Bolt"]


def test_a_search_without_result_says_what_was_searched_and_leads_back(browser, here):
    here("Arc")
    page = browser.get(f"{LIST}?q=zzz").text
    assert "No one matches “zzz”." in page
    assert "Names, e-mails and phones of all contacts were searched." in page
    assert "Clear the search" in page


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("q", ["%", "_", "'\"\\", "🦊", "x", "   ", "a\0b", EVIL, "x" * 10_000], ids=range(9))
def test_search_takes_any_text_as_text(browser, here, q, headers):
    here("Arc")
    answer = browser.get(LIST, query_string={"q": q}, headers=headers)
    assert answer.status_code == 200
    assert EVIL not in answer.text


@pytest.mark.parametrize("asked", ["page=-3", "page=99999", "page=x", "sort=x", "filter=x"])
def test_what_nobody_can_ask_for_shows_the_first(browser, here, asked):
    here("Arc")
    assert names(browser.get(f"{LIST}?{asked}").text) == ["Arc"]


def test_filters_tell_linked_customers_from_those_that_are_only_here(browser, here, imported):
    here("Arc")
    imported("Bolt")
    assert names(browser.get(LIST).text) == ["Arc", "Bolt"]
    assert names(browser.get(f"{LIST}?filter=linked").text) == ["Bolt"]
    assert names(browser.get(f"{LIST}?filter=only_here").text) == ["Arc"]
    assert names(browser.get(f"{LIST}?filter=new").text) == ["Bolt"]


def test_inactive_customers_are_shown_when_asked_for(browser, here):
    here("Arc")
    here("Zed", active=False)
    page = browser.get(LIST).text
    assert names(page) == ["Arc"]
    assert "Inactive" in page
    assert names(browser.get(f"{LIST}?filter=inactive").text) == ["Zed"]


def test_the_list_is_sorted_as_asked(browser, here):
    for name in ("Arc", "Bolt", "Cask"):
        here(name)
    assert names(browser.get(f"{LIST}?sort=-name").text) == ["Cask", "Bolt", "Arc"]
    assert names(browser.get(f"{LIST}?sort=newest").text) == ["Cask", "Bolt", "Arc"]


def test_a_long_list_is_turned_page_by_page(app, browser, world):
    with app.app_context():
        for number in range(51):
            world.here(f"Arc {number:03}")
    first = browser.get(LIST).text
    assert "1–50 of 51 customers" in first
    following = re.search(r'href="([^"]*page=2[^"]*)"', first)[1].replace("&amp;", "&")
    assert names(browser.get(following).text) == ["Arc 050"]


def test_the_summary_of_an_import_stays_until_it_is_put_away(browser, imported):
    imported("Arc", "Bolt")
    page = browser.get(LIST).text
    assert "2 imported. 2 contacts came along." in page
    assert "See the run" in page
    assert "2 imported." in browser.get(LIST).text
    assert send(browser, f"{LIST}dismiss").status_code == 303
    assert "2 imported." not in browser.get(LIST).text
    assert send(browser, f"{LIST}dismiss").status_code == 303


def test_the_summary_is_for_the_person_who_started_the_import(log_in, imported):
    imported("Arc")
    assert "Import finished" not in log_in("Manager").get(LIST).text


def test_a_customer_in_detail_tells_its_people_and_where_they_came_from(browser, imported):
    page = browser.get(imported("Arc", people=(ANNA, BO), website="https://arc.example")).text
    for told in (
        "Anna Møller",
        "Bo Ek",
        "Dispatch",
        "From Ledgerly",
        "Linked with",
        "run 1",
        "Primary contact",
    ):
        assert told in page
    assert 'href="https://arc.example"' in page


def test_what_was_never_read_is_told_from_what_is_blank(app, browser, here, imported):
    address = imported("Arc")
    assert "Not read yet" not in browser.get(address).text
    with app.app_context():
        db.session.scalars(db.select(Customer)).one().website = None
        db.session.commit()
    assert "Not read yet" in browser.get(address).text
    here_alone = browser.get(here("Bolt", billing_address=Address(street="Bryggen 2", city="Bergen"))).text
    assert "Bryggen 2" in here_alone
    assert "Not read yet" not in here_alone


def test_only_web_addresses_become_links(browser, here):
    page = browser.get(here("Arc", website="javascript:alert(1)")).text
    assert 'href="javascript' not in page
    assert "javascript:alert(1)" in page


def test_the_history_says_who_did_what_and_in_which_run(browser, imported):
    page = browser.get(imported("Arc")).text
    history = page[page.index('id="history"') : page.index("Linked with")]
    assert re.search(r"Owner Person</bdi></strong>\s*added <bdi>Arc</bdi>", history)
    assert re.search(r"added <bdi>Anna Møller</bdi>", history)
    assert "run 1" in history


def test_unlinking_says_what_stays_and_is_undone_by_linking_again(app, browser, world, imported):
    address = imported("Arc")
    page = browser.get(address).text
    assert "Unlink from Ledgerly" in page
    assert "and its contacts stay here and stay in Ledgerly" in page
    answer = send(browser, f"{address}/unlink/{world.connection_id}")
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "Unlinked. Both sides keep what they have" in page
    assert "Only here. Nothing travels anywhere." in page
    assert "Link with Ledgerly" in page
    assert "unlinked <bdi>Arc</bdi>" in page
    again = send(browser, f"{address}/link/{world.connection_id}")
    assert again.status_code == 303
    assert "/review" in again.location
    assert send(browser, f"{address}/unlink/{world.connection_id}").status_code == 303


def test_a_customer_that_is_nowhere_there_cannot_be_linked_and_says_why(browser, world, here):
    address = here("Arc")
    answer = send(browser, f"{address}/link/{world.connection_id}")
    assert answer.status_code == 409
    assert "No customer in Ledgerly has this name" in answer.text


def test_a_customer_whose_connection_ended_is_still_shown(app, browser, world, imported):
    address = imported("Arc")
    with app.app_context():
        connections.disconnect(world.portal_id, world.connection_id, user_id=None)
    assert "Ledgerly" in browser.get(address).text
    app.extensions["tandem_providers"] = Registry([])
    assert browser.get(address).status_code == 200
    assert browser.get(LIST).status_code == 200


def test_the_providers_text_is_never_markup(browser, imported):
    evil = ContactData(first_name=EVIL, last_name="=1+1", email="<b>@a.example", designation=EVIL, phone=EVIL)
    address = imported(EVIL, people=(evil,), company_name=EVIL, website=f"https://a.example/{EVIL}")
    for page in (browser.get(LIST).text, browser.get(address).text, browser.get(f"{address}/people").text):
        assert EVIL not in page
        assert "<b>@a" not in page


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_whoever_may_not_see_customers_is_refused(log_in, here, headers):
    address = here("Arc")
    for profile in ("Finance only", "Employee"):
        for place in (LIST, address, f"{address}/people"):
            answer = log_in(profile).get(place, headers=headers)
            assert answer.status_code == 403
            assert "Arc" not in answer.text


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_only_finance_may_unlink_and_link(log_in, world, imported, headers):
    address = imported("Arc")
    manager = log_in("Clients only")
    assert "Unlink" not in manager.get(address).text
    for act in ("unlink", "link"):
        assert send(manager, f"{address}/{act}/{world.connection_id}", headers).status_code == 403


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_the_customer_of_another_portal_is_not_there(app, world, imported, headers):
    address = imported("Arc")
    with app.app_context():
        stranger = browser_of(app, cast_of_people("elsewhere", "Elsewhere Ltd").users["Owner"])
    foreign = address.replace("/p/nordlicht/", "/p/elsewhere/")
    answers = [stranger.get(foreign, headers=headers), stranger.get(f"{foreign}/people", headers=headers)]
    answers += [
        send(stranger, f"{foreign}/{act}/{world.connection_id}", headers) for act in ("unlink", "link")
    ]
    for answer in answers:
        assert answer.status_code == 404
        assert "Arc" not in answer.text


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_a_customer_nobody_knows_is_not_there(browser, world, headers):
    address = address_of(UNKNOWN)
    assert browser.get(address, headers=headers).status_code == 404
    assert browser.get(f"{address}/people", headers=headers).status_code == 404
    for act in ("unlink", "link"):
        assert send(browser, f"{address}/{act}/{world.connection_id}", headers).status_code == 404


def test_a_connection_nobody_knows_unlinks_and_links_nothing(app, browser, imported):
    address = imported("Arc")
    send(browser, f"{address}/unlink/{UNKNOWN}")
    assert "Unlink from Ledgerly" in browser.get(address).text
    assert send(browser, f"{address}/link/{UNKNOWN}").status_code == 404


def test_a_forged_form_unlinks_nothing(app, browser, world, imported):
    address = imported("Arc")
    answer = browser.post(f"{address}/unlink/{world.connection_id}", data={"csrf_token": "forged"})
    assert answer.status_code == 400
    with app.app_context():
        assert len(world.links()) == 2
        assert db.session.query(Customer).count() == 1
