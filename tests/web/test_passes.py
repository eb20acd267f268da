"""The pages of passes: the list and its filters, what one pass moved, and its file."""

from __future__ import annotations

import csv
import io

import pytest

from tests.web.import_world import ANNA, FRAGMENT, confirmed, run_is
from webapp.extensions import db
from webapp.services import pass_pages
from webapp.store import history
from webapp.store.columns import new_id, now
from webapp.store.conflicts import Conflict
from webapp.store.history import EntryData
from webapp.store.problems import Problem
from webapp.store.runs import Run

LIST = "/p/nordlicht/runs/"


@pytest.fixture
def passed(app, world):
    """Make a pass that changed customers of some names on both sides; return its id."""

    def make(*names, number=7, state="done", cause="webhook"):
        with app.app_context():
            run_id = new_id()
            moment = now()
            db.session.add(
                Run(
                    portal_id=world.portal_id,
                    id=run_id,
                    number=number,
                    connection_id=world.connection_id,
                    kind="sync",
                    cause=cause,
                    state=state,
                    counts={
                        "looked": 2,
                        "here": 1,
                        "there": 1,
                        "conflicts": 0,
                        "failed": 0,
                        "open": 0,
                        "calls": 4,
                    },
                    confirmed_at=moment,
                    started_at=moment,
                    finished_at=moment if state == "done" else None,
                )
            )
            db.session.flush()
            for name in names:
                our_id = world.here(name, ANNA)
                shared = {"kind": "customer", "record_id": our_id, "customer_id": our_id}
                told = [
                    EntryData(**shared, action="changed", field="name", old="Before", new=name, lost=True),
                    EntryData(
                        **shared, action="changed_there", field="website", old="", new="https://new.example"
                    ),
                ]
                actor = f"provider:{world.connection_id}"
                history.add(world.portal_id, told, actor=actor, run_id=run_id)
            db.session.commit()
            return run_id

    return make


def test_the_list_tells_passes_from_imports_and_why_each_was_made(app, browser, world, passed):
    passed("Arc")
    with app.app_context():
        run_is(confirmed(world, world.there("1", "Bee")), state="running", started_at=now())
    page = browser.get(LIST).text
    assert "Pass with Ledgerly" in page
    assert "Run 7 · Webhook" in page
    assert "1 record written in Ledgerly, 1 here." in page
    assert "Import from Ledgerly" in page


@pytest.mark.parametrize(
    ("query", "passes", "imports"),
    [
        ("kind=sync", True, False),
        ("kind=import", False, True),
        ("state=done", True, False),
        ("state=under_way", False, True),
        ("state=stopped", False, False),
        ("kind=weather&state=odd&connection=none", True, True),
    ],
)
def test_the_list_is_filtered(app, browser, world, passed, query, passes, imports):
    passed("Arc")
    with app.app_context():
        run_is(confirmed(world, world.there("1", "Bee")), state="running", started_at=now())
    page = browser.get(f"{LIST}?{query}", headers=FRAGMENT).text
    assert ("Pass with Ledgerly" in page, "Import from Ledgerly" in page) == (passes, imports)


def test_the_list_is_filtered_by_connection(browser, world, passed):
    passed("Arc")
    assert "Pass with" in browser.get(f"{LIST}?connection={world.connection_id}").text
    other = browser.get(f"{LIST}?connection={new_id()}").text
    assert "No run is like that." in other


def test_a_pass_shows_what_moved_from_what_to_what_and_on_which_side(browser, passed):
    page = browser.get(f"{LIST}{passed('Arc', 'Bee')}").text
    assert "Pass with Ledgerly" in page
    assert "2 customers and their contacts" in page
    assert "<del><bdi>Before</bdi></del>" in page
    assert "<ins><bdi>https://new.example</bdi></ins>" in page
    assert "In Ledgerly" in page
    assert "Gave way, kept in the history" in page
    assert "<dt>Calls</dt><dd>4</dd>" in page


def test_a_pass_shows_what_it_could_not_bring_over(app, browser, world, passed):
    run_id = passed("Arc")
    with app.app_context():
        our_id = world.customers()[0].id
        shared = {"portal_id": world.portal_id, "connection_id": world.connection_id, "run_id": run_id}
        about = {"kind": "customer", "our_id": our_id, "customer_id": our_id}
        db.session.add(Conflict(**shared, **about, field="website", ours="a", theirs="b"))
        db.session.add(
            Problem(**shared, **about, question="failed", parked=True, reason="The name is taken.")
        )
        db.session.commit()
    page = browser.get(f"{LIST}{run_id}").text
    assert "Both sides changed website." in page
    assert "The name is taken." in page
    assert "Waits for somebody" in page


def test_a_pass_under_way_asks_for_itself_and_stops_when_it_ends(app, browser, passed):
    run_id = passed("Arc", state="running")
    assert 'hx-trigger="every 2s"' in browser.get(f"{LIST}{run_id}", headers=FRAGMENT).text
    with app.app_context():
        run_is(run_id, state="done", finished_at=now())
    fragment = browser.get(f"{LIST}{run_id}", headers=FRAGMENT).text
    assert 'hx-trigger="every 2s"' not in fragment
    assert 'id="moved"' in fragment


def test_a_pass_that_moved_nothing_says_so(browser, passed):
    assert "Nothing moved." in browser.get(f"{LIST}{passed()}").text


def test_a_pass_is_turned_page_by_page(monkeypatch, browser, passed):
    monkeypatch.setattr(pass_pages, "PAGE_SIZE", 2)
    run_id = passed("Arc", "Bee", "Cee")
    assert "1–2 of 3 customers" in browser.get(f"{LIST}{run_id}").text
    last = browser.get(f"{LIST}{run_id}?page=99").text
    assert "3 of 3 customers" in last
    assert "Cee" in last


def test_a_file_of_a_pass_holds_all_it_did(monkeypatch, browser, passed):
    monkeypatch.setattr(pass_pages, "ENTRIES_AT_ONCE", 2)
    answer = browser.get(f"{LIST}{passed('Arc', 'Bee')}/changes.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert len(rows) == 4
    assert {row["Side"] for row in rows} == {"Ledgerly", "Nordlicht Studio"}
    assert rows[0]["From"] == "Before"
    assert rows[0]["Gave way"] == "yes"


def test_an_import_has_no_such_file(app, browser, world):
    with app.app_context():
        run_id = confirmed(world, world.there("1", "Bee"))
    assert browser.get(f"{LIST}{run_id}/changes.csv").status_code == 404


@pytest.mark.parametrize("rest", ["", "/changes.csv"])
def test_whoever_may_not_see_the_provider_sees_no_pass(log_in, passed, rest):
    assert log_in("Clients only").get(f"{LIST}{passed('Arc')}{rest}").status_code == 403
