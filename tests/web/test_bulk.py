"""The list of customers with ticks, and what is done with them: told, done, taken back."""

from __future__ import annotations

import re

import pytest

from tests.queries import queries
from tests.web.import_world import FRAGMENT
from tests.web.people import browser_of, cast_of_people, token_on
from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.customers import Customer

LIST = "/p/nordlicht/client-users/"
TICKS = f"{LIST}selected/"
ACTION = f"{TICKS}action"


@pytest.fixture
def three(app, world):
    """Arc with two people, linked; Bay; and Cove, which is inactive."""
    with app.app_context():
        people = ({"first_name": "Anna"}, {"first_name": "Bo"})
        ids = [world.here("Arc", *people), world.here("Bay"), world.here("Cove", active=False)]
        world.there("1", "Arc")
        world.link("1", ids[0])
        return dict(zip(("Arc", "Bay", "Cove"), map(str, ids), strict=True))


def send(browser, address, headers=None, **form):
    form = {"csrf_token": token_on(browser.get("/account/").text), **form}
    return browser.post(address, data=form, headers=headers)


def tick(browser, *ids, **form):
    return send(browser, TICKS, pick=list(ids), shown=list(ids), **form)


def selected(page):
    found = re.search(r"<strong>([\d,]+) selected</strong>", page)
    return int(found[1].replace(",", "")) if found else 0


def gone(app):
    with app.app_context():
        binned = db.select(Customer.name).where(Customer.deleted_at.is_not(None)).order_by(Customer.name)
        return list(db.session.scalars(binned))


def test_what_is_ticked_stays_through_search_and_reload(browser, three):
    part = send(browser, TICKS, FRAGMENT, pick=three["Arc"], shown=list(three.values())).text
    assert part.lstrip().startswith('<div class="bar-follow" id="bulk-bar"')
    assert selected(part) == 1
    page = browser.get(LIST, query_string={"q": "bay"}).text
    assert selected(page) == 1
    assert "None of them is shown here. They stay selected." in page
    assert f'value="{three["Arc"]}" aria-label="Select Arc" checked' in browser.get(LIST).text


def test_a_row_left_as_it_was_is_let_be(browser, three):
    tick(browser, three["Arc"])
    send(browser, TICKS, shown=[three["Arc"], three["Bay"]], pick=three["Bay"])
    assert selected(browser.get(LIST).text) == 2
    send(browser, TICKS, shown=[three["Arc"]], was=[three["Arc"]])
    assert selected(browser.get(LIST).text) == 1


def test_all_that_match_are_ticked_and_cleared_again(browser, three):
    part = send(browser, TICKS, FRAGMENT, act="all").text
    assert part.lstrip().startswith('<div id="clients">')
    assert selected(part) == 2
    assert selected(send(browser, TICKS, FRAGMENT, act="all", filter="inactive").text) == 3
    assert "1 of them inactive." in browser.get(LIST).text
    assert selected(send(browser, TICKS, FRAGMENT, act="clear").text) == 0


def test_without_a_script_ticking_leads_back_to_the_page(browser, three):
    answer = tick(browser, three["Arc"], q="a", to="2")
    assert answer.status_code == 303
    assert answer.location == f"{LIST}?q=a&page=2"


def test_each_portal_has_ticks_of_its_own(app, browser, three):
    tick(browser, three["Arc"])
    with app.app_context():
        stranger = browser_of(app, cast_of_people("elsewhere", "Elsewhere Ltd").users["Owner"])
    assert selected(stranger.get("/p/elsewhere/client-users/").text) == 0


def test_the_list_asks_the_database_six_times_at_most(app, browser, three):
    send(browser, TICKS, act="all")
    with app.app_context():
        db.session.execute(db.update(Connection).values(census_finished_at=now()))
        db.session.commit()
        engine = db.engine
    browser.get(LIST)
    with queries(engine) as asked:
        browser.get(LIST)
    assert len(asked) <= 6, asked


def test_a_delete_is_told_with_where_it_reaches(browser, three):
    answer = tick(browser, *three.values(), act="delete")
    assert answer.location == f"{ACTION}?act=delete"
    page = browser.get(answer.location).text
    assert "Delete 3 customers?" in page
    assert "3 customers, and 2 contacts with them." in page
    assert re.search(r"<strong>Ledgerly:</strong>\s*1 customer will be deleted there too", page)
    assert "Keep them" in page


def test_a_delete_is_done_told_and_taken_back(app, browser, three):
    tick(browser, three["Arc"], three["Bay"])
    answer = send(browser, ACTION, act="delete", customers="2")
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "2 customers deleted, and 2 contacts with them." in page
    assert selected(page) == 0
    assert gone(app) == ["Arc", "Bay"]
    assert (
        "2 customers restored from the bin."
        in browser.get(send(browser, f"{TICKS}undo", act="undo").location).text
    )
    assert gone(app) == []
    assert "Undo" not in browser.get(LIST).text


def test_what_was_done_can_be_put_away_without_taking_it_back(app, browser, three):
    tick(browser, three["Bay"])
    send(browser, ACTION, act="delete", customers="1")
    send(browser, f"{TICKS}undo", act="dismiss")
    assert "Undo" not in browser.get(LIST).text
    assert gone(app) == ["Bay"]
    assert send(browser, f"{TICKS}undo", act="undo").status_code == 303
    assert gone(app) == ["Bay"]


def test_marking_inactive_is_told_and_done(browser, three):
    tick(browser, three["Bay"], three["Cove"])
    page = browser.get(f"{ACTION}?act=inactive").text
    assert "1 of them is inactive already." in page
    assert "Nowhere else. None of them is linked." in page
    answer = send(browser, ACTION, act="inactive", customers="2")
    assert "1 customer marked inactive." in browser.get(answer.location).text
    page = browser.get(send(browser, f"{TICKS}undo", act="undo").location).text
    assert "1 customer marked active again." in page


def test_more_than_was_told_are_looked_at_again_first(app, browser, three):
    tick(browser, three["Arc"], three["Bay"])
    answer = send(browser, ACTION, act="delete", customers="1")
    assert answer.status_code == 409
    assert "Nothing was done" in answer.text
    assert "Delete 2 customers?" in answer.text
    assert gone(app) == []


def test_nobody_selected_leads_back_and_says_so(browser, three):
    answer = browser.get(f"{ACTION}?act=delete")
    assert answer.status_code == 303
    assert "Nobody is selected." in browser.get(answer.location).text


def test_two_are_merged_at_a_time(browser, three):
    answer = tick(browser, three["Arc"], three["Bay"], act="merge")
    assert answer.location == f"/p/nordlicht/customers/merge/?one={three['Arc']}&other={three['Bay']}"
    answer = tick(browser, three["Cove"], act="merge")
    assert answer.status_code == 409
    assert "select exactly two" in answer.text


@pytest.mark.parametrize("headers", [None, FRAGMENT], ids=["page", "fragment"])
def test_whoever_may_not_manage_customers_changes_none(app, log_in, three, headers):
    for profile in ("Finance only", "Employee"):
        browser = log_in(profile)
        assert send(browser, TICKS, headers, act="all").status_code == 403
        assert send(browser, ACTION, headers, act="delete", customers="1").status_code == 403
        assert send(browser, f"{TICKS}undo", headers, act="undo").status_code == 403
    assert gone(app) == []
