"""The page of a merge: both side by side, and where it leads."""

from __future__ import annotations

import re

import pytest

from tests.web.import_world import FRAGMENT
from tests.web.people import token_on
from webapp.extensions import db
from webapp.store.customers import Customer

MERGE = "/p/nordlicht/customers/merge/"


@pytest.fixture
def two(app, world):
    """Arc and Arc GmbH, with one person in common."""
    with app.app_context():
        anna = {"first_name": "Anna", "email": "anna@arc.example"}
        one = world.here("Arc", anna, website="https://arc.example")
        other = world.here("Arc GmbH", anna, {"first_name": "Cy"}, website="https://arc.example/de")
        return str(one), str(other)


def send(browser, headers=None, **form):
    form = {"csrf_token": token_on(browser.get("/account/").text), **form}
    return browser.post(MERGE, data=form, headers=headers)


def shown(browser, one, other):
    answer = browser.get(MERGE, query_string={"one": one, "other": other})
    assert answer.status_code == 200
    return answer.text


def seen_on(page):
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def merge(browser, one, other, **form):
    return send(browser, one=one, other=other, seen=seen_on(shown(browser, one, other)), **form)


def live(app):
    with app.app_context():
        query = db.select(Customer.name).where(Customer.deleted_at.is_(None)).order_by(Customer.name)
        return list(db.session.scalars(query))


def test_both_stand_side_by_side_with_a_choice_where_they_differ(browser, two):
    page = shown(browser, *two)
    assert 'name="customer.website" value="one" checked' in page
    assert 'name="customer.website" value="other"' in page
    assert "one person, same e-mail" in page
    assert "comes over" in page
    assert "Let Arc GmbH stay instead" in page
    assert "neither is linked" in page


def test_merging_leads_to_the_survivor_and_so_does_the_old_address(app, browser, two):
    one, other = two
    answer = merge(browser, one, other, **{"customer.website": "other"})
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "Arc GmbH is part of Arc now." in page
    assert "https://arc.example/de" in page
    assert live(app) == ["Arc"]
    led = browser.get(f"/p/nordlicht/customers/{other}")
    assert (led.status_code, led.location) == (302, f"/p/nordlicht/customers/{one}")


def test_a_change_in_between_is_shown_before_it_is_merged(app, browser, two):
    answer = send(browser, one=two[0], other=two[1], seen="0" * 32)
    assert answer.status_code == 409
    assert "look again" in answer.text
    assert len(live(app)) == 2
    again = send(browser, one=two[0], other=two[1], seen=seen_on(answer.text))
    assert again.status_code == 303


def test_what_was_chosen_stays_chosen_when_it_comes_back(browser, two):
    answer = send(browser, one=two[0], other=two[1], seen="x", **{"customer.website": "other"})
    assert 'name="customer.website" value="other" checked' in answer.text


def test_both_linked_to_one_connection_says_the_remedy(app, browser, world, two):
    with app.app_context():
        for their_id, ours in zip(("1", "2"), two, strict=True):
            world.there(their_id, "Arc")
            world.link(their_id, ours)
    page = shown(browser, *two)
    assert "Merge them in Ledgerly first" in page
    assert "Merge into" not in page
    answer = send(browser, one=two[0], other=two[1], seen=seen_on(page))
    assert answer.status_code == 409
    assert len(live(app)) == 2


@pytest.mark.parametrize("other", ["", "x", "\0", "01890000-0000-7000-8000-000000000000"])
def test_what_names_no_two_customers_is_refused(browser, two, other):
    assert browser.get(MERGE, query_string={"one": two[0], "other": other}).status_code in (404, 422)
    assert browser.get(MERGE, query_string={"one": two[0], "other": two[0]}).status_code == 409


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_whoever_may_not_manage_customers_merges_none(app, log_in, two, headers):
    browser = log_in("Finance only")
    assert browser.get(MERGE, query_string={"one": two[0], "other": two[1]}).status_code == 403
    assert send(browser, headers, one=two[0], other=two[1], seen="x").status_code == 403
    assert len(live(app)) == 2
