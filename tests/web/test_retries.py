"""Taking up again what failed in an import: by reason, as answered before, without what came since."""

from __future__ import annotations

import re

import pytest

from tests.web.import_world import ANNA, came_of, confirmed, run_is
from tests.web.people import token_on
from tests.web.waiting_world import problem
from webapp.extensions import db
from webapp.services import reviews, runs
from webapp.store import review_items
from webapp.store.columns import now
from webapp.store.problems import Problem
from webapp.store.runs import Run
from webapp.walls import across_portals

LIST = "/p/nordlicht/runs/"
NO_ADDRESS = "The e-mail “{}@@x” is not an address."
TOO_LONG = "The phone is longer than 100 characters."
NAMES = [f"Firm {number:02}" for number in range(12)]


@pytest.fixture
def failed(app, world):
    """An import that is over: of 12 customers the first 9 failed for one reason, 2 for another."""
    with app.app_context():
        ids = [world.there(str(at), name, ANNA) for at, name in enumerate(NAMES, 1)]
        run = confirmed(world, *ids)
        for their_id in ids[:9]:
            came_of(world, run, [their_id], "failed", reason=NO_ADDRESS.format(their_id * 3))
        came_of(world, run, ids[9:11], "failed", reason=TOO_LONG)
        came_of(world, run, ids[11:], "done")
        run_is(run, state="done", started_at=now(), finished_at=now())
        return run


def send(browser, run_id, **form):
    token = token_on(browser.get("/account/").text)
    return browser.post(f"{LIST}{run_id}/retry", data={"csrf_token": token, **form})


def new_run(app, world, answer):
    """Return the state and the customers of the run that a retry led to."""
    with app.app_context():
        run = db.session.get_one(Run, (world.portal_id, answer.location.rsplit("/")[-1]))
        return run.state, review_items.their_ids(run)


def test_many_failures_are_put_together_by_reason(browser, failed):
    page = browser.get(f"{LIST}{failed}").text
    groups = re.findall(r"<h3>([^<]+)</h3>\s*<p class=\"sub\">(.*?)</p>", page)
    assert [reason for reason, _ in groups] == [NO_ADDRESS.format("111"), TOO_LONG]
    assert re.sub("<[^>]+>", "", groups[0][1]) == "Firm 00, Firm 01, Firm 02 and 6 more"
    assert "Retry 11" in page
    assert "Retry 9<" in page
    assert "Retry 2<" in page


def test_the_rows_of_one_reason_can_be_seen_alone(browser, failed):
    page = browser.get(f"{LIST}{failed}").text
    alike = re.findall(r"alike=(\d+)", page)
    part = browser.get(f"{LIST}{failed}?alike={alike[-1]}").text
    assert re.findall(r"<bdi>(Firm \d\d)</bdi></(?:th|a)>", part) == NAMES[9:11]


def test_all_that_failed_is_imported_again_at_once(app, world, browser, failed):
    answer = send(browser, failed)
    assert answer.status_code == 303
    assert new_run(app, world, answer) == ("queued", {str(at) for at in range(1, 12)})


def test_one_reason_alone_is_taken_up_again(app, world, browser, failed):
    alike = re.findall(r'name="alike" value="(\d+)"', browser.get(f"{LIST}{failed}").text)
    assert new_run(app, world, send(browser, failed, alike=alike[-1])) == ("queued", {"10", "11"})


def test_what_came_along_since_is_left_alone(app, world, browser, failed):
    with app.app_context():
        world.link("10", world.here("Firm 09"))
    assert "Retry 10" in browser.get(f"{LIST}{failed}").text
    assert "10" not in new_run(app, world, send(browser, failed))[1]


def test_nothing_is_retried_when_everything_came_along(app, world, browser, failed):
    with app.app_context():
        for at, name in enumerate(NAMES[:11], 1):
            world.link(str(at), world.here(name))
    page = browser.get(f"{LIST}{failed}").text
    assert "All of them have come along since." in page
    assert "Retry" not in page
    assert send(browser, failed).status_code == 409


def test_a_retry_asks_what_is_new_to_ask(app, world, browser, failed):
    with app.app_context():
        world.here("Firm 00")
    answer = send(browser, failed)
    assert new_run(app, world, answer)[0] == "review"
    assert browser.get(answer.location).location.endswith("/review")


def test_a_retry_answers_as_before(app, world, browser):
    with app.app_context():
        our_id = world.here("Arc")
        their_id = world.there("1", "Arc", ANNA)
        review = reviews.review_of(world.portal_id, world.connection_id, world.user_id, frozenset([their_id]))
        reviews.answer(review, 1, "merge")
        run = str(reviews.confirm(review, world.user_id).id)
        came_of(world, run, [their_id], "failed", reason=TOO_LONG)
        run_is(run, state="done", started_at=now(), finished_at=now())
    answer = send(browser, run)
    with app.app_context():
        again = db.session.get_one(Run, (world.portal_id, answer.location.rsplit("/")[-1]))
        item = review_items.item_at(again, 1)
        assert (again.state, item.action, item.our_id) == ("queued", "merge", our_id)


def test_what_came_only_partly_is_tried_again_by_the_next_pass(app, world, browser):
    with app.app_context(), across_portals():
        their_id = world.there("1", "Arc", ANNA)
        run = confirmed(world, their_id)
        our_id = world.here("Arc", ANNA)
        world.link(their_id, our_id)
        came_of(world, run, [their_id], "done", reason="A contact was refused.", our_id=our_id)
        run_is(run, state="done", started_at=now(), finished_at=now())
        problem(world, our_id, their_id, "failed", "No.", attempts=5, parked=True)
    assert "Retry 1" in browser.get(f"{LIST}{run}").text
    answer = send(browser, run, what="partly")
    assert (answer.status_code, answer.location) == (303, f"{LIST}{run}")
    assert "1 record tried again now." in browser.get(answer.location).text
    with app.app_context(), across_portals():
        assert db.session.scalars(db.select(Problem.parked)).all() == [False]
        db.session.execute(db.delete(Problem))
        db.session.commit()
    assert "Retry" not in browser.get(f"{LIST}{run}").text
    assert send(browser, run, what="partly").status_code == 409


@pytest.mark.parametrize("alike", ["-1", "x", "9" * 30, "١"])
def test_what_is_no_position_retries_nobody(app, browser, failed, alike):
    assert send(browser, failed, alike=alike).status_code == 409
    assert browser.get(f"{LIST}{failed}?alike={alike}").status_code == 200


@pytest.mark.parametrize("profile", ["Finance only", "Clients only"])
def test_whoever_may_not_import_retries_nothing(log_in, failed, profile):
    page = log_in(profile).get(f"{LIST}{failed}")
    assert "Retry" not in page.text
    assert send(log_in(profile), failed).status_code == 403


def test_the_navigation_says_that_an_import_is_running(app, world, browser, failed):
    assert "1 running" not in browser.get(LIST).text
    send(browser, failed)
    assert "1 running" in browser.get(LIST).text
    with app.app_context():
        assert runs.runs(world.portal_id).total == 2
