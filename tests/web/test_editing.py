"""The forms of customers and contacts, as pages and in the rows they are edited in."""

from __future__ import annotations

import html
import re
import uuid

import pytest
from sqlalchemy import update

from tests.portal_world import World
from tests.web.import_world import ANNA, BO, FRAGMENT
from tests.web.people import token_on
from webapp.extensions import db
from webapp.sdk import Address
from webapp.store.columns import now
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.store.mirror import MirrorCustomer

ROOT = "/p/nordlicht/customers"
TEXTS = dict.fromkeys(
    ("salutation", "first_name", "last_name", "email", "phone", "mobile", "designation", "department"), ""
)
HAMBURG = Address(street="Hafenstraße 14", city="Hamburg")
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def arc(app, world: World):
    """Arc with two people, linked with its twin; return its address."""
    with app.app_context():
        customer_id = world.here(
            "Arc", {**TEXTS, **ANNA}, {**TEXTS, **BO}, website="", company_name="", billing_address=HAMBURG
        )
        world.there("a1", "Arc")
        world.link("a1", customer_id)
    return f"{ROOT}/{customer_id}"


@pytest.fixture
def row_of(app):
    """Read a customer anew by its address."""

    def read(address):
        with app.app_context():
            found = db.session.scalars(
                db.select(Customer).where(Customer.id == uuid.UUID(address.rsplit("/")[-1]))
            )
            return found.one()

    return read


@pytest.fixture
def people_of(app):
    """Read the addresses of a customer's contacts by first name."""

    def read(address):
        with app.app_context():
            query = db.select(Contact).where(Contact.customer_id == uuid.UUID(address.rsplit("/")[-1]))
            return {each.first_name: f"{address}/contacts/{each.id}" for each in db.session.scalars(query)}

    return read


def fields_on(page):
    """Read what a browser would send of the form on a page."""
    form = page[page.index('name="seen"') - 400 :]
    inputs = re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form)
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.S)
    selected = re.findall(r'<select[^>]*name="([^"]+)".*?value="([^"]*)" selected', form, re.S)
    sent = [(name, value) for name, value in [*inputs, *areas, *selected] if not name.startswith("take-")]
    return {name: html.unescape(value) for name, value in sent}


def filled(browser, address, headers=None, **typed):
    """Fill in the form at an address, as somebody sees it now."""
    return {**fields_on(browser.get(address, headers=headers).text), **typed}


def send(browser, address, headers=None, **form):
    return browser.post(
        address, data={"csrf_token": token_on(browser.get("/account/").text), **form}, headers=headers
    )


def test_a_new_customer_is_added_with_its_contact(browser, world, row_of):
    form = filled(
        browser,
        f"{ROOT}/new",
        **{"name": "Bolt", "billing_address.city": "Kiel", "person.email": "a@b.example"},
    )
    answer = browser.post(f"{ROOT}/new", data=form)
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    for told in ("Bolt is added.", "a@b.example", "Kiel", "EUR", "Only here. Nothing travels anywhere."):
        assert told in page


def test_a_form_that_cannot_be_taken_names_the_fields_and_keeps_what_was_typed(browser, world):
    form = filled(
        browser, f"{ROOT}/new", **{"website": "ftp://x", "company_name": EVIL, "person.email": "x@@y"}
    )
    answer = browser.post(f"{ROOT}/new", data=form)
    assert answer.status_code == 422
    assert "A customer needs a name: give it one." in answer.text
    assert "This is no address of the web" in answer.text
    assert "This is no e-mail address." in answer.text
    assert EVIL not in answer.text
    shown = fields_on(answer.text)
    assert {name: shown[name] for name in ("website", "company_name", "person.email")} == {
        "website": "ftp://x",
        "company_name": EVIL,
        "person.email": "x@@y",
    }


def test_a_name_that_is_here_asks_once_more(browser, arc):
    form = filled(browser, f"{ROOT}/new", name="arc")
    answer = browser.post(f"{ROOT}/new", data=form)
    assert answer.status_code == 422
    assert f'href="{arc}"' in answer.text
    assert browser.post(f"{ROOT}/new", data={**form, "anyway": "1"}).status_code == 303


def test_a_customer_is_edited_and_its_page_says_that_it_travels(browser, arc, row_of):
    page = browser.get(f"{arc}/edit").text
    assert "What you change here travels to Ledgerly by itself." in page
    assert "stays as it is while linked" in page
    answer = browser.post(f"{arc}/edit", data=filled(browser, f"{arc}/edit", name="Arc Ltd"))
    assert (answer.status_code, row_of(arc).name) == (303, "Arc Ltd")
    page = browser.get(answer.location).text
    assert "Arc Ltd is saved." in page
    assert "Travels to Ledgerly now" in page
    assert f'hx-get="{arc}/standing?history=1"' in page


def test_a_form_nobody_touched_changes_nothing(browser, arc, row_of):
    before = row_of(arc)
    answer = browser.post(f"{arc}/edit", data=filled(browser, f"{arc}/edit"))
    after = row_of(arc)
    assert answer.status_code == 303
    assert (after.version, after.billing_address) == (before.version, before.billing_address)


def test_two_people_on_one_customer_see_both_and_nothing_is_lost(browser, log_in, arc, row_of):
    mine = filled(browser, f"{arc}/edit", name="Mine", website="mine.example")
    other = log_in("Manager")
    other.post(f"{arc}/edit", data=filled(other, f"{arc}/edit", name="Theirs"))
    answer = browser.post(f"{arc}/edit", data=mine)
    assert answer.status_code == 409
    assert "Nothing was saved." in answer.text
    assert re.search(r"Keep\s+<bdi>“Theirs”</bdi>\s*<small>Manager Person changed this", answer.text)
    again = fields_on(answer.text)
    assert (again["name"], again["website"], row_of(arc).name) == ("Mine", "mine.example", "Theirs")
    unchosen = browser.post(f"{arc}/edit", data=again)
    assert unchosen.status_code == 422
    assert "Choose which value stays." in unchosen.text
    assert "Manager Person changed this" in unchosen.text
    kept = browser.post(f"{arc}/edit", data={**again, "take-name": "now"})
    assert (kept.status_code, row_of(arc).name, row_of(arc).website) == (303, "Theirs", "mine.example")


def test_whoever_saw_both_may_replace(browser, log_in, arc, row_of):
    mine = filled(browser, f"{arc}/edit", **{"billing_address.city": "Kiel"})
    other = log_in("Manager")
    other.post(f"{arc}/edit", data=filled(other, f"{arc}/edit", **{"billing_address.city": "Bremen"}))
    answer = browser.post(f"{arc}/edit", data=mine)
    assert "Hafenstraße 14, Bremen" in answer.text
    browser.post(f"{arc}/edit", data={**fields_on(answer.text), "take-billing_address": "typed"})
    assert row_of(arc).billing_address["city"] == "Kiel"


def test_an_edit_of_another_field_is_kept_beside_that_of_somebody_else(browser, log_in, arc, row_of):
    mine = filled(browser, f"{arc}/edit", website="mine.example")
    other = log_in("Manager")
    other.post(f"{arc}/edit", data=filled(other, f"{arc}/edit", name="Theirs"))
    page = browser.get(browser.post(f"{arc}/edit", data=mine).location).text
    assert "Somebody else changed name meanwhile; that is kept too." in page
    assert (row_of(arc).name, row_of(arc).website) == ("Theirs", "mine.example")


@pytest.mark.parametrize(
    "seen",
    [
        "",
        "x",
        "[]",
        "null",
        '{"name": 5}',
        '{"billing_address": {"street": 5}}',
        "[" * 9000,
        '{"name": {"a": 1}}',
        "{}",
    ],
)
def test_what_a_forged_form_saw_was_not_seen(browser, arc, row_of, seen):
    form = filled(browser, f"{arc}/edit", name="Forged", seen=seen, version="0")
    assert browser.post(f"{arc}/edit", data=form).status_code == 409
    assert row_of(arc).name == "Arc"


def test_an_unread_address_is_not_shown_as_blank_and_never_becomes_it(app, browser, arc, row_of):
    with app.app_context():
        db.session.execute(update(Customer).values(billing_address=None))
        db.session.execute(update(MirrorCustomer).values(detail_version=None))
        db.session.commit()
    assert "Not read from Ledgerly yet" in browser.get(f"{arc}/edit").text
    browser.post(f"{arc}/edit", data=filled(browser, f"{arc}/edit", name="Arc Ltd"))
    assert (row_of(arc).name, row_of(arc).billing_address) == ("Arc Ltd", None)


def test_an_address_that_was_read_and_found_blank_there_can_be_typed_here(app, browser, arc, row_of):
    with app.app_context():
        db.session.execute(update(Customer).values(billing_address=None))
        db.session.commit()
    assert "Not read" not in browser.get(arc).text
    form = filled(browser, f"{arc}/edit", **{"billing_address.city": "Bergen"})
    assert browser.post(f"{arc}/edit", data=form).status_code == 303
    assert row_of(arc).billing_address["city"] == "Bergen"


def test_a_customer_goes_to_the_bin_and_its_page_takes_it_back(browser, arc, row_of):
    asked = browser.get(f"{arc}/delete")
    assert "The customer and its 2 contacts go to the bin here" in asked.text
    assert "It is deleted in Ledgerly too, with its contacts." in asked.text
    dialog = browser.get(f"{arc}/delete", headers=FRAGMENT).text
    assert dialog.lstrip().startswith("<dialog")
    assert "here and in Ledgerly?" in dialog
    answer = send(browser, f"{arc}/delete", version=row_of(arc).version)
    page = browser.get(answer.location).text
    for told in (
        "Arc is in the bin.",
        "Owner Person deleted it, with 2 contacts.",
        "on its way to Ledgerly",
        "Undo",
    ):
        assert told in page
    assert browser.get(f"{arc}/edit").status_code == 404
    page = browser.get(send(browser, f"{arc}/restore").location).text
    assert "Arc is here again." in page


def test_what_is_typed_in_the_form_of_a_deleted_customer_can_be_saved_with_it(browser, arc, row_of):
    form = filled(browser, f"{arc}/edit", name="Arc Ltd")
    send(browser, f"{arc}/delete", version=row_of(arc).version)
    answer = browser.post(f"{arc}/edit", data=form)
    assert answer.status_code == 409
    assert "Owner Person deleted Arc meanwhile." in answer.text
    again = {**fields_on(answer.text), "restore": "1"}
    assert browser.post(f"{arc}/edit", data=again).status_code == 303
    assert (row_of(arc).name, row_of(arc).deleted_at) == ("Arc Ltd", None)


def test_a_customer_that_moved_since_the_dialog_is_not_deleted(browser, arc, row_of):
    answer = send(browser, f"{arc}/delete", version=row_of(arc).version - 1)
    assert answer.status_code == 409
    assert "Nothing was deleted" in answer.text
    assert row_of(arc).deleted_at is None


def test_a_customer_is_marked_inactive_and_shown_so(browser, arc, row_of):
    page = browser.get(send(browser, f"{arc}/active", active="no").location).text
    assert "Inactive" in page
    assert "Mark active" in page
    send(browser, f"{arc}/active", active="yes")
    assert row_of(arc).active


def test_a_contact_is_edited_in_its_row(browser, arc, people_of):
    anna = people_of(arc)["Anna"]
    form = browser.get(f"{anna}/edit", headers=FRAGMENT).text
    assert "<html" not in form
    answer = browser.post(f"{anna}/edit", data={**fields_on(form), "designation": "Chef"}, headers=FRAGMENT)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith(f'<div class="item person" id="p-{anna.rsplit("/")[-1]}"')
    for told in ("Chef", "Anna Møller is saved.", "changed designation", "Travels to Ledgerly now"):
        assert told in answer.text
    assert 'id="history"' in answer.text


def test_a_contact_is_edited_without_a_script(browser, arc, people_of):
    anna = people_of(arc)["Anna"]
    page = browser.get(f"{anna}/edit").text
    assert "<html" in page
    wrong = browser.post(f"{anna}/edit", data={**fields_on(page), "phone": "call me"})
    assert wrong.status_code == 422
    assert "This is no phone number" in wrong.text
    answer = browser.post(f"{anna}/edit", data={**fields_on(page), "phone": "12345"})
    page = browser.get(answer.location).text
    assert "Anna Møller is saved." in page
    assert "“12345” is kept as typed." in page


def test_two_people_on_one_contact_see_both(browser, log_in, arc, people_of):
    anna = people_of(arc)["Anna"]
    mine = filled(browser, f"{anna}/edit", FRAGMENT, designation="Mine")
    other = log_in("Manager")
    other.post(f"{anna}/edit", data=filled(other, f"{anna}/edit", designation="Theirs"), headers=FRAGMENT)
    answer = browser.post(f"{anna}/edit", data=mine, headers=FRAGMENT)
    assert answer.status_code == 409
    assert "“Theirs”" in answer.text
    done = browser.post(
        f"{anna}/edit", data={**fields_on(answer.text), "take-designation": "typed"}, headers=FRAGMENT
    )
    assert "Mine" in done.text


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_a_contact_is_added_made_primary_deleted_and_taken_back(browser, arc, people_of, headers):
    form = {**fields_on(browser.get(f"{arc}/contacts/new", headers=headers).text), "first_name": "Cy"}
    browser.post(f"{arc}/contacts/new", data=form, headers=headers)
    cy = people_of(arc)["Cy"]
    send(browser, f"{cy}/primary", headers)
    assert browser.get(arc).text.count("Primary contact") == 1
    asked = browser.get(f"{cy}/delete", headers=headers).text
    assert "Another contact becomes the primary one." in asked
    version = re.search(r'name="version" value="(\d+)"', asked)[1]
    answer = send(browser, f"{cy}/delete", headers, version=version)
    told = answer.text if headers else browser.get(answer.location).text
    assert re.search(r"<bdi>Cy</bdi> is deleted here, and travels to Ledgerly", told)
    answer = send(browser, f"{cy}/restore", headers)
    assert "Cy is here again." in (answer.text if headers else browser.get(answer.location).text)


def test_how_a_customer_stands_is_asked_until_it_rests(app, browser, arc):
    with app.app_context():
        db.session.execute(update(Link).values(due_at=None))
        db.session.commit()
    resting = browser.get(f"{arc}/standing", headers=FRAGMENT).text
    assert "In step with Ledgerly" in resting
    assert "every 2s" not in resting
    with app.app_context():
        db.session.execute(update(Link).values(due_at=now(), edited_here=True))
        db.session.commit()
    moving = browser.get(f"{arc}/standing", headers=FRAGMENT).text
    assert 'hx-trigger="every 2s"' in moving
    assert {'id="standing"', 'id="facts"', 'id="history"'} <= set(re.findall(r'id="\w+"', moving))
    assert browser.get(f"{arc}/standing").location == arc


@pytest.mark.parametrize("act", ["edit", "delete", "contacts/new"])
def test_a_customer_of_nobody_is_not_there(browser, world, act):
    assert browser.get(f"{ROOT}/{uuid.uuid4()}/{act}").status_code == 404
    assert send(browser, f"{ROOT}/{uuid.uuid4()}/{act}", FRAGMENT, first_name="X").status_code == 404
