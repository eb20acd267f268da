"""The pages of what waits for a person: conflicts, problems, the brake, and their counts on the left."""

from __future__ import annotations

import html
import re

import pytest

from tests.web.import_world import FRAGMENT
from tests.web.people import token_on
from tests.web.waiting_world import conflict, linked, problem
from webapp.extensions import db
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.directory import PortalDirectory
from webapp.store.links import Link
from webapp.store.problems import QUESTIONS, Problem
from webapp.walls import across_portals

CONFLICTS, PROBLEMS = "/p/nordlicht/conflicts/", "/p/nordlicht/problems/"
OURS, THEIRS = "https://ours.example", "https://theirs.example"


@pytest.fixture
def contested(app, world):
    """A customer whose website is contested; its id."""
    with app.app_context(), across_portals():
        our_id = linked(world, "9", "Arc & Sons", website=THEIRS)
        world_edit(world, our_id)
        conflict(world, our_id, "9", "website", OURS, THEIRS, agreed_ours="https://old.example")
        return our_id


def world_edit(world, our_id):
    PortalDirectory(world.portal_id).update_customer(str(our_id), {"website": OURS})
    db.session.commit()


def form(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def rows(app, model):
    with app.app_context(), across_portals():
        return list(db.session.scalars(db.select(model)))


def test_nobody_waits_where_there_are_no_conflicts(log_in, world):
    page = log_in("Owner").get(CONFLICTS).text
    assert "Nothing waits for you." in page
    assert "When both sides change the same thing, it is shown here." in page


def test_a_conflict_shows_both_values_and_what_was_agreed_on(log_in, contested):
    page = log_in("Owner").get(CONFLICTS).text
    assert "Arc &amp; Sons" in page
    assert 'https://<b class="df">ou</b>rs.example' in page
    assert "before: <bdi>https://old.example</bdi> here" in page


def test_the_counts_stand_on_the_left_of_whoever_may_see_them(log_in, app, world, contested):
    with app.app_context(), across_portals():
        problem(world, contested, "9", "gone there")
        problem(world, contested, "9", "failed")
    page = log_in("Owner").get(CONFLICTS).text
    counts = re.findall(r"<span>(Conflicts|Problems)</span><span class=\"side-count\">(\d+)", page)
    assert counts == [("Conflicts", "1"), ("Problems", "1")]
    assert "side-count" not in log_in("Clients only").get("/p/nordlicht/client-users/").text


def test_a_choice_settles_the_field_and_says_where_it_travels(log_in, app, contested):
    browser = log_in("Owner")
    page = browser.get(CONFLICTS).text
    assert "side-count" in page
    seen = form(page, "seen")
    data = {"csrf_token": token_on(page), "seen": seen, seen.rpartition("=")[0]: "ours"}
    answer = browser.post(CONFLICTS, data=data, headers=FRAGMENT)
    assert answer.status_code == 200
    assert "website: settled." in answer.text
    assert '<div id="places" hx-swap-oob="outerMorph">' in answer.text
    assert "side-count" not in answer.text
    assert f"<bdi>{OURS}</bdi> travels to Ledgerly" in answer.text
    assert rows(app, Conflict) == []
    [link] = rows(app, Link)
    assert link.agreed_theirs["website"] == THEIRS
    assert link.due_at is not None


def test_another_value_is_written_and_one_that_cannot_be_kept_stays_in_its_field(log_in, app, contested):
    browser = log_in("Owner")
    page = browser.get(CONFLICTS).text
    name, _, seen = form(page, "seen").rpartition("=")
    data = {"csrf_token": token_on(page), "conflict": name, "seen": seen, "website": "no address"}
    refused = browser.post(f"{CONFLICTS}another", data=data, headers=FRAGMENT)
    assert refused.status_code == 422
    assert "This is no address of the web" in refused.text
    assert 'value="no address"' in refused.text
    answer = browser.post(
        f"{CONFLICTS}another", data={**data, "website": "https://third.example"}, headers=FRAGMENT
    )
    assert "<bdi>https://third.example</bdi> is here now, and travels to Ledgerly" in answer.text
    assert rows(app, Conflict) == []


def test_whoever_may_not_edit_customers_chooses_between_the_two_values(log_in, contested):
    assert "Write another value" not in log_in("Finance only").get(CONFLICTS).text


def test_all_of_a_record_are_settled_by_one_button_without_a_script(log_in, app, contested):
    browser = log_in("Owner")
    page = browser.get(CONFLICTS).text
    record = form(page, "seen").rpartition(":")[0]
    data = {"csrf_token": token_on(page), "seen": form(page, "seen"), "all": f"theirs:{record}"}
    answer = browser.post(CONFLICTS, data=data, follow_redirects=True)
    assert "1 field settled." in answer.text
    assert rows(app, Conflict) == []


def test_a_value_that_moved_is_shown_anew_and_not_settled(log_in, app, world, contested):
    browser = log_in("Owner")
    page = browser.get(CONFLICTS).text
    seen = form(page, "seen")
    with app.app_context(), across_portals():
        world.change_there("9", website="https://newest.example")
    data = {"csrf_token": token_on(page), "seen": seen, seen.rpartition("=")[0]: "ours"}
    answer = browser.post(CONFLICTS, data=data, headers=FRAGMENT)
    assert "1 field changed while you looked." in answer.text
    assert "newest" in answer.text
    assert len(rows(app, Conflict)) == 1


def test_everything_listed_is_settled_when_it_still_is_as_many(log_in, app, world, contested):
    browser = log_in("Owner")
    token = token_on(browser.get(CONFLICTS).text)
    few = {"csrf_token": token, "winner": "ours", "count": "5"}
    assert browser.post(f"{CONFLICTS}all", data=few).status_code == 409
    assert len(rows(app, Conflict)) == 1
    assert browser.post(f"{CONFLICTS}all", data={**few, "count": "1"}).status_code == 303
    assert rows(app, Conflict) == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_kind_of_problem_says_why_and_what_may_be_done(log_in, app, world, question):
    with app.app_context(), across_portals():
        our_id = linked(world, "9", "Arc & Sons")
        problem(world, our_id, "9", question, "The <reason>.", survivors=["9"], parked=True)
    page = log_in("Owner").get(PROBLEMS).text
    assert "The &lt;reason&gt;." in page
    assert "stuck-acts" in page or "stuck-who" in page


def test_whoever_may_not_manage_customers_can_only_retry(log_in, app, world):
    with app.app_context(), across_portals():
        our_id = linked(world, "9", "Arc")
        at = problem(world, our_id, "9", "failed", parked=True)
    browser = log_in("Finance only")
    page = browser.get(PROBLEMS).text
    assert "Retry" in page
    assert "Unlink" not in page
    data = {"csrf_token": token_on(page), "seen": form(page, "seen")}
    assert browser.post(f"{PROBLEMS}{at}/unlink", data=data).status_code == 403
    assert browser.post(f"{PROBLEMS}{at}/retry", data=data).status_code == 303
    [row] = rows(app, Problem)
    assert (row.parked, row.attempts) == (False, 0)


def test_unlinking_ends_the_link_and_the_problem(log_in, app, world):
    with app.app_context(), across_portals():
        our_id = linked(world, "9", "Arc")
        at = problem(world, our_id, "9", "gone there")
    browser = log_in("Owner")
    page = browser.get(PROBLEMS).text
    data = {"csrf_token": token_on(page), "seen": form(page, "seen")}
    answer = browser.post(f"{PROBLEMS}{at}/unlink", data=data, follow_redirects=True)
    assert "Arc is unlinked." in answer.text
    assert (rows(app, Problem), rows(app, Link)) == ([], [])


def test_another_question_than_was_seen_is_not_decided(log_in, app, world):
    with app.app_context(), across_portals():
        our_id = linked(world, "9", "Arc")
        at = problem(world, our_id, "9", "gone there")
    browser = log_in("Owner")
    data = {"csrf_token": token_on(browser.get(PROBLEMS).text), "seen": "stale"}
    assert browser.post(f"{PROBLEMS}{at}/unlink", data=data).status_code == 409
    assert len(rows(app, Link)) == 1


def test_problems_are_downloaded_without_formulas(log_in, app, world):
    with app.app_context(), across_portals():
        our_id = linked(world, "9", "=1+1")
        problem(world, our_id, "9", "failed", "No.", field="email", attempts=5, parked=True)
    text = log_in("Owner").get(f"{PROBLEMS}problems.csv").text
    assert '"\'=1+1"' in text
    assert "E-mail" in text


def taken_after_a_search(browser, where):
    """Search a list for "arc" as one types, and download what its menu then offers as CSV."""
    part = browser.get(f"{where}?q=arc", headers=FRAGMENT).text
    addresses = [html.unescape(each) for each in re.findall(r'href="([^"]+\.csv[^"]*)"', part)]
    [address] = [each for each in addresses if "xlsx" not in each]
    assert "q=arc" in address
    return browser.get(address).text


def test_the_download_of_problems_follows_the_search_and_is_logged(log_in, people, app, world, capsys):
    with app.app_context(), across_portals():
        for their_id, name in (("8", "Bee"), ("9", "Arc")):
            problem(world, linked(world, their_id, name), their_id, "failed", "No.")
    text = taken_after_a_search(log_in("Owner"), PROBLEMS)
    assert "Arc" in text
    assert "Bee" not in text
    told = [line for line in capsys.readouterr().err.splitlines() if "event=problems.downloaded" in line]
    assert [f"user={people.users['Owner']}" in line for line in told] == [True]


@pytest.fixture
def braked(app, world):
    """A customer that is gone there, held by the brake."""
    with app.app_context(), across_portals():
        linked(world, "9", "Arc", gone_at=db.func.now())
        told = {
            "side": "ours",
            "kind": "customer",
            "records": 1,
            "live": 1,
            "at": "2026-11-22T08:00:00+00:00",
        }
        db.session.execute(db.update(Connection).values(brakes=[told]))
        db.session.execute(db.update(Link).values(brake="held", agreed_ours={"name": "Arc", "active": True}))
        db.session.commit()
        return f"/p/nordlicht/connections/{world.connection_id}/brake/"


def test_the_brake_names_what_is_held_and_what_would_happen(log_in, braked):
    page = log_in("Owner").get(braked).text
    assert "Ledgerly says 1 of 1 customer" in page
    assert "Nothing was deleted here. Look before it goes on." in page
    assert "Deleted here" in page
    assert "Arc" in log_in("Owner").get(f"{braked}held.csv").text


def test_the_download_of_what_is_held_follows_the_search_and_is_logged(log_in, braked, capsys):
    assert "Arc" in taken_after_a_search(log_in("Owner"), braked)
    assert "event=held.downloaded" in capsys.readouterr().err


def test_the_brake_is_let_off_only_with_the_number_typed(log_in, app, braked):
    browser = log_in("Owner")
    data = {"csrf_token": token_on(browser.get(braked).text), "count": "1", "typed": ""}
    assert browser.post(f"{braked}go-on", data=data).status_code == 422
    assert browser.post(f"{braked}go-on", data={**data, "typed": "1"}).status_code == 303
    [link] = rows(app, Link)
    assert link.brake == "released"


def test_what_the_brake_held_is_kept_by_a_worker_and_the_page_says_how_much_is_left(log_in, app, braked):
    browser = log_in("Owner")
    data = {"csrf_token": token_on(browser.get(braked).text), "count": "1"}
    page = browser.post(f"{braked}keep", data=data, follow_redirects=True).text
    assert "1 customer left to keep." in page
    assert "The brake holds nothing." not in page
    left = browser.get(f"{braked}keeping", headers=FRAGMENT).text
    assert f'hx-get="{braked}keeping"' in left
    with app.app_context(), across_portals():
        db.session.execute(db.update(Link).values(brake=""))
        db.session.commit()
    done = browser.get(f"{braked}keeping", headers=FRAGMENT).text
    assert "All are kept." in done
    assert "hx-get" not in done


def test_the_brake_that_holds_nothing_says_so(log_in, world):
    page = log_in("Owner").get(f"/p/nordlicht/connections/{world.connection_id}/brake/").text
    assert "The brake holds nothing." in page
