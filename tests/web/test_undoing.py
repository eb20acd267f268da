"""Undoing an import through its pages: looked at first, confirmed, followed, and what came of it."""

from __future__ import annotations

import re

import pytest

from tests.web.import_world import FRAGMENT, confirmed
from tests.web.people import token_on
from webapp.extensions import db
from webapp.services import leases, undoing
from webapp.services.bulk import carry_out
from webapp.store.columns import now
from webapp.store.customers import Customer
from webapp.store.links import Link
from webapp.store.runs import Run, RunItem
from webapp.store.ticks import Ticks

LIST = "/p/nordlicht/runs/"


@pytest.fixture
def imported(app, world):
    """Let customers have been imported, by name; return the import's id."""

    def done(*names):
        with app.app_context():
            ids = [world.there(str(at), name) for at, name in enumerate(names, 1)]
            run_id = confirmed(world, *ids)
            for item in db.session.scalars(db.select(RunItem).where(RunItem.run_id == run_id)):
                arrived(world, run_id, item)
            run = db.session.get_one(Run, (world.portal_id, run_id))
            run.state, run.started_at, run.finished_at = "done", now(), now()
            run.counts = {"created": len(names)}
            db.session.commit()
            return run_id

    return done


def arrived(world, run_id, item):
    """Let the worker have created a customer."""
    item.our_id = world.here(item.name)
    item.state, item.finished_at = "done", now()
    db.session.add(
        Link(
            portal_id=world.portal_id,
            connection_id=world.connection_id,
            kind="customer",
            our_id=item.our_id,
            their_id=item.their_id,
            run_id=run_id,
        )
    )
    db.session.commit()


def worked(app, world):
    """Let a worker carry out what is due."""
    with app.app_context(), leases.take(world.connection_id, interactive=False) as lease:
        undoing.undo_slice(lease, until=lambda: False)
        db.session.rollback()


def our_customers(app, world):
    with app.app_context():
        here = Customer.portal_id == world.portal_id, Customer.deleted_at.is_(None)
        return set(db.session.scalars(db.select(Customer.name).where(*here)))


def press(browser, run_id):
    page = browser.get(f"{LIST}{run_id}/undo").text
    return browser.post(f"{LIST}{run_id}/undo", data={"csrf_token": token_on(page)})


def test_an_import_is_undone_from_its_page(app, browser, world, imported):
    run_id = imported("Arc", "Bee")
    assert f"{run_id}/undo" in browser.get(f"{LIST}{run_id}").text
    asked = browser.get(f"{LIST}{run_id}/undo").text
    assert "Undo 2 customers" in asked
    assert "nothing is written in" in asked
    assert our_customers(app, world) == {"Arc", "Bee"}
    went = press(browser, run_id)
    assert went.status_code == 303
    assert "Waits for its turn" in browser.get(went.location).text
    assert "Undo of an import" in browser.get(LIST).text
    worked(app, world)
    done = browser.get(went.location).text
    assert "Import undone" in done
    assert re.search(r"<dt>Into the bin</dt><dd>2</dd>", done)
    assert our_customers(app, world) == set()
    assert "This import was undone." in browser.get(f"{LIST}{run_id}").text
    assert "2 into the bin." in browser.get(f"{LIST}?kind=undo").text


def test_what_is_kept_is_named_with_why_before_and_after(app, browser, world, imported):
    run_id = imported("Arc", "Bee")
    with app.app_context():
        arc = db.session.scalar(db.select(RunItem).where(RunItem.run_id == run_id, RunItem.name == "Arc"))
        carry_out(world.portal_id, Ticks(ids=frozenset([arc.our_id])), "inactive", 1, world.user_id)
    asked = browser.get(f"{LIST}{run_id}/undo").text
    assert "Undo 1 customer" in asked
    assert "Somebody edited it" in asked
    went = press(browser, run_id)
    worked(app, world)
    for asked in ("", "?state=kept"):
        done = browser.get(f"{went.location}{asked}").text
        kept = done.split('id="kept"')[1].split("</section>")[0]
        assert "Arc" in kept
        assert "Bee" not in kept
        assert "Somebody edited it" in kept
    assert our_customers(app, world) == {"Arc"}
    file = browser.get(f"{went.location}/customers.csv?state=kept")
    assert "Somebody edited it" in file.text


def test_progress_comes_as_a_fragment_that_looks_again(app, browser, imported):
    went = press(browser, imported("Arc"))
    part = browser.get(went.location, headers=FRAGMENT).text
    assert 'hx-trigger="every 1s"' in part
    assert "<html" not in part


def test_who_watches_an_undo_comes_to_its_result(app, browser, world, imported):
    went = press(browser, imported("Arc"))
    worked(app, world)
    answer = browser.get(f"{went.location}?live=1", headers=FRAGMENT)
    assert answer.headers["HX-Redirect"] == went.location
    assert "Go to client users" in browser.get(went.location).text


def test_a_second_undo_meanwhile_leads_to_the_first(app, browser, imported):
    run_id = imported("Arc")
    went = press(browser, run_id)
    assert browser.get(f"{LIST}{run_id}/undo").location == went.location
    again = browser.post(f"{LIST}{run_id}/undo", data={"csrf_token": token_on(browser.get("/account/").text)})
    assert again.status_code == 409
    assert "being undone already" in again.text


def test_an_import_of_which_nothing_is_left_says_so(app, browser, world, imported):
    run_id = imported("Arc")
    press(browser, run_id)
    worked(app, world)
    page = browser.get(f"{LIST}{run_id}/undo").text
    assert "Nothing" in page
    assert "Undo 1" not in page


def test_needs_both_permissions(log_in, imported):
    run_id = imported("Arc")
    for profile in ("Employee", "Finance only", "Clients only"):
        browser = log_in(profile)
        assert browser.get(f"{LIST}{run_id}/undo").status_code == 403
        token = token_on(browser.get("/account/").text)
        assert browser.post(f"{LIST}{run_id}/undo", data={"csrf_token": token}).status_code == 403
