"""The pages of runs: the list, progress that looks again by itself, cancelling, and what came of it."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.web.import_world import (
    ANNA,
    BO,
    FRAGMENT,
    came_of,
    confirmed,
    reviewed,
    run_is,
)
from tests.web.people import browser_of, cast_of_people, token_on
from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.runs import Run

LIST = "/p/nordlicht/runs/"


@pytest.fixture
def begun(app, world):
    """Confirm an import of customers, of which some came to an end, by name: ``begun("Arc", Arc="done")``."""

    def confirm(*names, reasons=None, **states):
        with app.app_context():
            ids = {name: world.there(str(at), name, ANNA, BO) for at, name in enumerate(names, 1)}
            run = confirmed(world, *ids.values())
            run_is(run, state="running", started_at=now())
            for name, state in states.items():
                came_of(world, run, [ids[name]], state, reason=(reasons or {}).get(name, ""))
            return run

    return confirm


@pytest.fixture
def ended(app, begun):
    """The same, of an import that is over."""

    def end(*names, state="done", reasons=None, **states):
        run = begun(*names, reasons=reasons, **states)
        with app.app_context():
            run_is(run, state=state, finished_at=now())
        return run

    return end


def address(run_id, rest=""):
    return f"{LIST}{run_id}{rest}"


def send(browser, run_id, rest):
    token = token_on(browser.get("/account/").text)
    return browser.post(address(run_id, rest), data={"csrf_token": token})


def figure(page, label):
    return re.search(rf"<dt>{label}</dt><dd[^>]*>([\d,]+)", page)[1]


def test_a_run_shows_how_far_it_has_come(browser, begun):
    page = browser.get(address(begun("Arc", "Bee", "Cee", Arc="done", Bee="failed"))).text
    assert "Importing 3 customers" in page
    assert "<strong>2</strong> of 3" in page
    assert "Now: <bdi>Cee</bdi>" in page
    assert (figure(page, "Created"), figure(page, "Failed"), figure(page, "Contacts")) == ("1", "1", "2")
    assert "created, 2 contacts" in page
    assert "started by you" in page


def test_a_run_that_goes_on_looks_again_every_second(browser, begun):
    run = begun("Arc", "Bee", Arc="done")
    assert f'hx-get="{address(run)}?live=1" hx-trigger="every 1s"' in browser.get(address(run)).text
    fragment = browser.get(address(run, "?live=1"), headers=FRAGMENT).text
    assert fragment.lstrip().startswith('<div class="groups" id="live"')
    assert "1 customer is here and stays. The other 1 is not begun" in fragment
    assert "<html" not in fragment


def test_who_watched_their_import_ends_on_the_client_users(browser, ended):
    run = ended("Arc", Arc="done")
    answer = browser.get(address(run, "?live=1"), headers=FRAGMENT)
    assert answer.headers["HX-Redirect"] == "/p/nordlicht/client-users/"
    landed = browser.get(answer.headers["HX-Redirect"]).text
    assert "1 imported. 2 contacts came along." in landed
    assert address(run) in landed


def test_who_watched_anothers_import_ends_on_its_page(log_in, ended):
    run = ended("Arc", Arc="done")
    answer = log_in("Manager").get(address(run, "?live=1"), headers=FRAGMENT)
    assert answer.headers["HX-Redirect"] == address(run)


def test_a_pause_says_why(app, browser, begun):
    run = begun("Arc")
    with app.app_context():
        run_is(run, pause="Ledgerly asks for a pause until 14:05.")
    page = browser.get(address(run)).text
    assert "Ledgerly asks for a pause until 14:05." in page
    assert "Pauses before <bdi>Arc</bdi>" in page


def test_a_lost_connection_leads_to_reconnecting(app, world, browser, begun):
    run = begun("Arc")
    with app.app_context():
        db.session.execute(db.text("UPDATE connection SET state = 'attention'"))
        db.session.commit()
    page = browser.get(address(run)).text
    assert "Ledgerly no longer lets us in." in page
    assert f"/p/nordlicht/connections/{world.connection_id}" in page


def test_cancelling_keeps_what_is_done(app, browser, begun):
    run = begun("Arc", "Bee", Arc="done")
    answer = send(browser, run, "/cancel")
    assert (answer.status_code, answer.location) == (303, address(run))
    page = browser.get(address(run)).text
    assert "Import cancelled" in page
    assert "every 1s" not in page
    assert re.search(r"Bee.*Not begun", page, re.DOTALL)
    assert send(browser, run, "/cancel").status_code == 303


def test_the_end_tells_what_came_of_it(browser, ended):
    reasons = {"Bee": "The e-mail is not valid."}
    page = browser.get(
        address(ended("Arc", "Bee", "Cee", Arc="done", Bee="failed", Cee="done", reasons=reasons))
    ).text
    assert "Import finished, 1 customer failed" in page
    assert "The e-mail is not valid." in page
    assert (figure(page, "Imported"), figure(page, "Created"), figure(page, "Contacts")) == ("2", "2", "4")
    assert "2 imported. 4 contacts came along. 1 could not be imported." in page


def test_the_end_tells_what_came_only_partly(browser, ended):
    run = ended("Arc", "Bee", Arc="done", Bee="done", reasons={"Bee": "A contact was refused."})
    page = browser.get(address(run)).text
    assert "Import finished, 1 customer only partly" in page
    assert "2 imported. 4 contacts came along. 1 came only partly." in page
    assert "1 customer came only partly." in page
    assert f'href="{address(run, "?state=partly#rows")}"' in page
    rows = browser.get(address(run, "?state=partly"), headers=FRAGMENT).text
    assert "Created, but only partly" in rows
    assert "A contact was refused." in rows
    assert "Arc" not in rows


def test_what_changed_before_its_turn_can_be_looked_at_again(app, browser, ended):
    run = ended("Arc", "Bee", Arc="changed", Bee="done", reasons={"Arc": "Ledgerly changed it."})
    page = browser.get(address(run)).text
    assert "Changed before their turn" in page
    assert "Ledgerly changed it." in page
    review = send(browser, run, "/again")
    assert review.status_code == 303
    assert "<strong>1 customer</strong>" in browser.get(review.location).text


def test_there_is_nothing_to_look_at_again_when_nothing_changed(browser, ended):
    assert send(browser, ended("Arc", Arc="done"), "/again").status_code == 409


def test_rows_are_filtered_and_searched(browser, ended):
    run = ended("Arc", "Bee Møbler", "Cee", **{"Arc": "done", "Bee Møbler": "failed", "Cee": "done"})
    failed = browser.get(address(run, "?state=failed"), headers=FRAGMENT).text
    assert "Bee Møbler" in failed
    assert "Arc" not in failed
    found = browser.get(address(run, "?q=mobler"), headers=FRAGMENT).text
    assert "<mark>Møbler</mark>" in found
    assert "Cee" not in found
    assert "No one in this run matches “zzz”." in browser.get(address(run, "?q=zzz")).text
    assert "Nobody here." in browser.get(address(run, "?state=merged")).text
    assert "Arc" in browser.get(address(run, "?state=nonsense")).text


def test_a_single_row_is_counted_as_one(browser, ended):
    assert "<p>1 of 1 row</p>" in browser.get(address(ended("Arc", Arc="done"))).text


@pytest.mark.parametrize(
    "q", ["x" * 10_000, "%", "_", "'", "🦊", "a", "\\", "a\0b", "<script>alert(1)</script>"]
)
def test_any_search_text_is_only_searched_for(browser, ended, q):
    answer = browser.get(address(ended("Arc", Arc="done")), query_string={"q": q}, headers=FRAGMENT)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_many_rows_come_page_by_page(app, world, browser, ended):
    names = [f"Customer {number:03}" for number in range(60)]
    run = ended(*names, **dict.fromkeys(names, "done"))
    assert browser.get(address(run)).text.count('<tr role="row" id="r-') == 50
    assert "51–60 of 60 rows" in browser.get(address(run, "?page=2"), headers=FRAGMENT).text
    for beyond in (3, 10**30, -1, "x"):
        assert browser.get(address(run, f"?page={beyond}")).status_code == 200


def test_the_providers_text_is_escaped(app, browser, begun):
    name = "<script>alert(1)</script>"
    run = begun(name, "Bee", reasons={name: "<b>no</b>"}, **{name: "failed"})
    pages = [browser.get(address(run)).text]
    with app.app_context():
        run_is(run, state="done", finished_at=now())
    pages.append(browser.get(address(run)).text)
    for page in pages:
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert(1)" not in page
        assert "<b>no</b>" not in page


def test_the_list_tells_of_every_run(app, world, browser, ended):
    run = ended("Arc", "Bee", Arc="done", Bee="failed")
    with app.app_context():
        running = confirmed(world, world.there("9", "Zed", ANNA))
        run_is(running, state="running", pause="Ledgerly asks for a pause until 14:05.")
    page = browser.get(LIST).text
    assert page.index(address(running)) < page.index(address(run))
    assert "Ledgerly asks for a pause until 14:05." in page
    assert "Owner Person" in page
    assert browser.get(LIST, query_string={"page": 10**30}).status_code == 200


def test_a_portal_without_runs_says_what_comes_first(browser, people):
    page = browser.get(LIST).text
    assert "Nothing was imported yet." in page
    assert "No finance app is connected." in page


def test_a_connected_portal_without_runs_offers_the_import(world, browser):
    assert f"/p/nordlicht/connections/{world.connection_id}/import/" in browser.get(LIST).text


def test_a_run_that_was_not_confirmed_leads_to_where_it_is(app, world, browser):
    with app.app_context():
        run = reviewed(world, world.there("1", "Arc", ANNA))
    assert browser.get(address(run)).location == address(run, "/review")
    with app.app_context():
        run_is(run, state="draft")
    assert browser.get(address(run)).location.endswith("/import/")


def test_who_may_not_import_sees_a_run_and_cannot_touch_it(log_in, begun, ended):
    run = begun("Arc", "Bee", Arc="done")
    watcher = log_in("Finance only")
    page = watcher.get(address(run)).text
    assert "Importing 2 customers" in page
    assert "Cancel import" not in page
    assert send(watcher, run, "/cancel").status_code == 403
    assert log_in("Clients only").get(address(run)).status_code == 403


def test_a_forged_form_cancels_nothing(app, world, browser, begun):
    run = begun("Arc")
    assert browser.post(address(run, "/cancel"), data={"csrf_token": "forged"}).status_code == 400
    with app.app_context():
        assert db.session.get_one(Run, (world.portal_id, run)).state == "running"


def test_another_portals_run_is_not_there(app, browser, begun):
    run = begun("Arc")
    with app.app_context():
        stranger = browser_of(app, cast_of_people("elsewhere", "Elsewhere Ltd").users["Owner"])
    assert stranger.get(f"/p/elsewhere/runs/{run}").status_code == 404
    assert stranger.get(address(run)).status_code == 404
    assert browser.get(address(uuid.uuid4())).status_code == 404
