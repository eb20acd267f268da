"""The sync page of a connection: how it stands, what waits, the chart of passes, pausing and settings."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.queries import queries
from tests.web.import_world import ANNA, FRAGMENT
from tests.web.people import token_on
from webapp.extensions import db
from webapp.store.columns import new_id, now
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.store.problems import Problem
from webapp.store.runs import Run

MOST = 6


@pytest.fixture
def address(world):
    return f"/p/nordlicht/connections/{world.connection_id}"


@pytest.fixture
def linked(app, world):
    """A customer that is linked, and nothing due."""
    with app.app_context():
        our_id = world.here("Arc", ANNA)
        world.link(world.there("1", "Arc", ANNA), our_id)
        db.session.execute(update(Link).values(due_at=None))
        db.session.execute(update(Connection).values(census_finished_at=now()))
        db.session.commit()
        return our_id


def send(browser, address, **form):
    form = {"csrf_token": token_on(browser.get("/account/").text), **form}
    return browser.post(address, data=form)


def put(app, **values):
    with app.app_context():
        db.session.execute(update(Connection).values(**values))
        db.session.commit()


def read(app, column):
    with app.app_context():
        return db.session.scalars(select(column)).one()


def a_pass(app, world, number=1, state="done", **counts):
    with app.app_context():
        run = Run(
            portal_id=world.portal_id,
            id=new_id(),
            number=number,
            connection_id=world.connection_id,
            kind="sync",
            cause="poll",
            state=state,
            counts={"looked": 1, **counts},
            created_at=now() - timedelta(minutes=number),
            started_at=now() - timedelta(minutes=number),
            confirmed_at=now() - timedelta(minutes=number),
        )
        db.session.add(run)
        db.session.commit()
        return run.id


def title(page):
    return re.search(r'id="health-title">(.*?)</h2>', page, re.DOTALL)[1].strip()


@pytest.mark.usefixtures("linked")
def test_what_is_in_step_says_so_and_does_not_ask_for_itself(browser, address):
    page = browser.get(address).text
    assert title(page) == "In sync"
    assert "Everything has arrived on both sides." in page
    assert 'hx-trigger="every 2s"' not in page


def test_what_waits_is_counted_by_where_it_goes_and_the_page_looks_again(app, browser, address, linked):
    with app.app_context():
        db.session.execute(update(Link).values(due_at=now() - timedelta(minutes=2), edited_here=True))
        db.session.commit()
    page = browser.get(address).text
    assert title(page) == "1 change on the way"
    assert "<dt>To Ledgerly</dt><dd>1</dd>" in page
    assert "the oldest edit" in page
    assert "2 minutes ago" in page
    assert 'hx-trigger="every 2s"' in page


def test_a_page_without_anything_linked_does_not_speak_of_step(app, browser, address):
    put(app, census_finished_at=now())
    assert title(browser.get(address).text) == "Connected"


def test_what_waits_for_people_is_counted_and_leads_to_it(app, browser, world, address, linked):
    with app.app_context():
        shared = {"portal_id": world.portal_id, "connection_id": world.connection_id, "kind": "customer"}
        about = {"our_id": linked, "customer_id": linked}
        db.session.add(Conflict(**shared, **about, field="name", ours="A", theirs="B"))
        db.session.add(Problem(**shared, **about, question="failed", parked=True, reason="No."))
        db.session.add(Problem(**shared, question="failed", reason="Tried again."))
        db.session.commit()
    page = browser.get(address).text
    assert title(page) == "In sync, and 2 things wait for you"
    assert "<strong>1 conflict</strong>" in page
    assert "<strong>1 problem</strong>" in page
    assert "1 more is tried again." in page


@pytest.mark.usefixtures("linked")
def test_passes_stand_as_bars_and_as_rows_that_lead_to_them(app, browser, world, address):
    run = a_pass(app, world, 1, there=3, here=2, calls=4)
    a_pass(app, world, 2, failed=1, calls=1)
    page = browser.get(address).text
    assert "2 passes: 3 records out, 2 in, 5 calls" in page
    assert page.count('<rect class="b-1"') == 1
    assert page.count('<rect class="b-bad"') == 1
    assert f'href="/p/nordlicht/runs/{run}"' in page
    assert "1 failed" in page
    assert "style=" not in page


@pytest.mark.usefixtures("linked")
def test_passes_are_summed_up_by_day(app, browser, world, address):
    for number in range(1, 4):
        a_pass(app, world, number, there=2, here=1, calls=1)
    page = browser.get(f"{address}?by=days").text
    assert "3 passes: 6 records out, 3 in, 3 calls" in page
    assert page.count('<th role="rowheader"') in (1, 2)


@pytest.mark.usefixtures("linked")
def test_the_page_looks_again_while_a_pass_is_under_way_and_stops_when_it_ends(app, browser, world, address):
    a_pass(app, world, state="running")
    fragment = browser.get(address, headers=FRAGMENT).text
    assert 'hx-trigger="every 2s"' in fragment
    assert 'id="passes"' in fragment
    with app.app_context():
        db.session.execute(update(Run).values(state="done", finished_at=now()))
        db.session.commit()
    assert 'hx-trigger="every 2s"' not in browser.get(address, headers=FRAGMENT).text


@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["whole", "fragment"])
@pytest.mark.parametrize("by", ["", "?by=days"])
def test_the_page_asks_few_questions_of_the_database(app, browser, world, address, headers, by):
    for number in range(1, 30):
        a_pass(app, world, number, there=1)
    browser.get(address, headers=headers)
    with app.app_context():
        engine = db.engine
    with queries(engine) as asked:
        assert browser.get(address + by, headers=headers).status_code == 200
    assert 0 < len(asked) <= MOST, "\n".join(asked)


@pytest.mark.usefixtures("linked")
def test_pausing_is_said_on_the_page_and_in_the_navigation_until_it_is_resumed(app, browser, address):
    assert send(browser, f"{address}/pause").status_code == 303
    page = browser.get(address).text
    assert title(page) == "Paused"
    assert "Paused by Owner Person" in page
    assert re.search(r'class="dot is-warn"><span class="visually-hidden">paused', page)
    assert "Resume" in page
    send(browser, f"{address}/resume")
    assert title(browser.get(address).text) == "In sync"
    assert read(app, Connection.sync_paused_by) is None


def test_customers_pages_say_that_nothing_travels_while_it_is_paused(app, browser, log_in, linked):
    places = ("/p/nordlicht/client-users/", f"/p/nordlicht/customers/{linked}")
    for place in places:
        assert "The sync with Ledgerly" not in browser.get(place).text
    put(app, sync_paused_at=now())
    for place in places:
        assert "The sync with Ledgerly is paused." in browser.get(place).text
        assert "The sync with Ledgerly is paused." in log_in("Clients only").get(place).text
    put(app, held={"why": "reconnected", "at": now().isoformat()})
    assert "The sync with Ledgerly is held until somebody has looked." in browser.get(places[0]).text


@pytest.mark.usefixtures("linked")
def test_sync_now_asks_for_a_pass_and_reads_alone_while_nothing_may_be_written(app, browser, address):
    send(browser, f"{address}/sync")
    with app.app_context():
        assert db.session.scalars(select(Run.cause)).all() == ["person"]
    put(app, sync_paused_at=now(), refresh_wanted_at=None)
    assert "Read now" in browser.get(address).text
    send(browser, f"{address}/sync")
    assert read(app, Connection.refresh_wanted_at) is not None
    with app.app_context():
        assert len(db.session.scalars(select(Run.cause)).all()) == 1


@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize(
    ("why", "words", "way"),
    [
        ("restored", "An older database is in use", "/drift/"),
        ("reconnected", "Reconnected. Look before it goes on", "/preview"),
    ],
)
def test_what_is_held_says_why_leads_to_what_differs_and_goes_on(app, browser, address, why, words, way):
    held = {"why": why, "at": now().isoformat()}
    put(app, held=held)
    page = browser.get(address).text
    assert title(page) == words
    assert f'href="{address}{way}"' in page
    assert browser.get(f"{address}{way}").status_code == 200
    assert "waits for a person" in page
    assert send(browser, f"{address}/go-on", seen="2026-01-01T00:00:00+00:00").status_code == 409
    assert read(app, Connection.held) == held
    assert send(browser, f"{address}/go-on", seen=held["at"]).status_code == 303
    assert read(app, Connection.held) == {}


@pytest.mark.usefixtures("linked")
def test_whoever_may_not_decide_sees_who_may(app, log_in, address):
    put(app, held={"why": "reconnected", "at": now().isoformat()})
    page = log_in("Finance only").get(address).text
    assert "An owner or admin of this portal decides." in page
    assert "/go-on" not in page
    assert "/pause" not in page


@pytest.mark.usefixtures("linked")
def test_what_the_brake_holds_is_said_in_numbers(app, browser, address):
    brake = {"side": "ours", "kind": "customer", "records": 214, "live": 1043, "at": now().isoformat()}
    put(app, brakes=[brake])
    page = browser.get(address).text
    assert title(page) == "A pass is held: it would delete or blank 214 customers here"
    assert "That is 21 % of all that are linked." in page


def test_settings_say_what_looking_costs_and_are_saved(app, browser, address):
    page = browser.get(f"{address}/settings").text
    assert "288 calls a day at least" in page
    seen = re.search(r'name="seen" value="([^"]*)"', page)[1]
    answer = send(browser, f"{address}/settings", minutes="10", rule="provider", seen=seen)
    assert (answer.status_code, answer.location) == (303, address)
    assert (read(app, Connection.poll_seconds), read(app, Connection.rule)) == (600, "provider")
    assert "Ledgerly wins" in browser.get(address).text


@pytest.mark.parametrize("minutes", ["", "0", "1441", "5.5", "soon", "-3"])
def test_minutes_that_cannot_be_are_refused_and_kept_on_the_form(app, browser, address, minutes):
    seen = re.search(r'name="seen" value="([^"]*)"', browser.get(f"{address}/settings").text)[1]
    answer = send(browser, f"{address}/settings", minutes=minutes, rule="ask", seen=seen)
    assert answer.status_code == 422
    assert f'value="{minutes}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert read(app, Connection.poll_seconds) == 300


def test_whoever_saves_second_sees_that_somebody_was_quicker(app, browser, address):
    seen = re.search(r'name="seen" value="([^"]*)"', browser.get(f"{address}/settings").text)[1]
    send(browser, f"{address}/settings", minutes="10", rule="ask", seen=seen)
    answer = send(browser, f"{address}/settings", minutes="60", rule="portal", seen=seen)
    assert answer.status_code == 409
    assert "Somebody else changed these settings meanwhile." in answer.text
    assert 'value="60"' in answer.text
    assert read(app, Connection.poll_seconds) == 600


def test_a_rule_nobody_knows_is_refused(app, browser, address):
    seen = re.search(r'name="seen" value="([^"]*)"', browser.get(f"{address}/settings").text)[1]
    assert send(browser, f"{address}/settings", minutes="5", rule="dice", seen=seen).status_code == 422
    assert read(app, Connection.rule) == "ask"


def test_everything_is_read_anew_when_asked(app, browser, address):
    put(app, census_started_at=now(), census_finished_at=now())
    assert "Check everything now" in browser.get(address).text
    assert send(browser, f"{address}/census").location.endswith("/drift/")
    assert read(app, Connection.census_started_at) is None
    assert send(browser, f"{address}/census", back="connection").location == address
    put(app, state="attention")
    assert send(browser, f"{address}/census").status_code == 409
