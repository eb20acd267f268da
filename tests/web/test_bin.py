"""The page of the bin: what lies in it, what comes out, what goes for good."""

from __future__ import annotations

import pytest

from tests.web.import_world import FRAGMENT
from tests.web.people import token_on
from webapp.extensions import db
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory

BIN = "/p/nordlicht/bin/"


@pytest.fixture
def binned(app, world):
    """Arc lies in the bin with Anna; Bo of Bay does alone."""
    with app.app_context():
        arc, bay = world.here("Arc", {"first_name": "Anna"}), world.here("Bay", {"first_name": "Bo"})
        directory = PortalDirectory(world.portal_id)
        bo = db.session.scalars(db.select(Contact.id).where(Contact.customer_id == bay)).one()
        directory.delete_contact(str(bay), str(bo))
        directory.delete_customer(str(arc))
        db.session.commit()
        return {"Arc": f"customer:{arc}", "Bo": f"contact:{bo}"}


def send(browser, address=BIN, headers=None, **form):
    form = {"csrf_token": token_on(browser.get("/account/").text), **form}
    return browser.post(address, data=form, headers=headers)


def there(app, model):
    with app.app_context():
        return db.session.query(model).count()


def test_an_empty_bin_says_what_it_is_for(browser, world):
    page = browser.get(BIN).text
    assert "The bin is empty." in page
    assert "30 days" in page


def test_the_bin_is_found_from_the_list_and_shows_what_was_deleted(browser, binned):
    assert f'href="{BIN}"' in browser.get("/p/nordlicht/client-users/").text
    page = browser.get(BIN).text
    assert "Customer with 1 contact" in page
    assert "Contact of <bdi>Bay</bdi>" in page
    assert "30 days" in page


def test_a_search_answers_only_the_list(browser, binned):
    part = browser.get(BIN, query_string={"q": "bo"}, headers=FRAGMENT).text
    assert part.lstrip().startswith('<div id="bin">')
    assert "Bay" in part
    assert "Arc" not in part
    assert "Nothing in the bin matches “zzz”." in browser.get(f"{BIN}?q=zzz").text


def test_what_is_ticked_is_restored(browser, binned):
    answer = send(browser, act="restore", pick=list(binned.values()))
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "1 customer and 2 contacts restored." in page
    assert "The bin is empty." in page


def test_nothing_ticked_says_so(browser, binned):
    answer = send(browser, act="restore")
    assert answer.status_code == 422
    assert "Nothing was ticked." in answer.text


def test_deleting_for_good_asks_by_name_first(app, browser, binned):
    asked = send(browser, act="erase", pick=binned["Arc"])
    assert asked.status_code == 200
    assert "Delete 1 record for good?" in asked.text
    assert "This cannot be undone." in asked.text
    assert there(app, Customer) == 2
    answer = send(browser, f"{BIN}erase", pick=binned["Arc"])
    assert "1 record deleted for good" in browser.get(answer.location).text
    assert there(app, Customer) == 1


def test_what_is_still_linked_does_not_go_for_good(app, browser, world, binned):
    with app.app_context():
        world.there("1", "Arc")
        world.link("1", db.session.scalars(db.select(Customer.id).where(Customer.name == "Arc")).one())
    assert "Its deletion has not reached the provider yet." in browser.get(BIN).text
    answer = send(browser, f"{BIN}erase", pick=binned["Arc"])
    assert answer.status_code == 409
    assert "still linked" in answer.text
    assert there(app, Customer) == 2


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_whoever_may_not_manage_customers_sees_no_bin(app, log_in, binned, headers):
    browser = log_in("Finance only")
    assert browser.get(BIN, headers=headers).status_code == 403
    assert send(browser, f"{BIN}erase", headers, pick=binned["Arc"]).status_code == 403
    assert there(app, Customer) == 2
