"""The page of a customer's history: searched, read in full, taken along."""

from __future__ import annotations

import pytest

from tests.web.import_world import FRAGMENT
from webapp.extensions import db
from webapp.services import merge_choices, merging
from webapp.store import history
from webapp.store.columns import now
from webapp.store.customers import Contact
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData
from webapp.store.runs import Run

LONG = "A long value of which much is told. " * 6
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def past(app, world, people):
    """Arc with Anna: what people and the provider did to them."""
    with app.app_context():
        arc = world.here("Arc", {"first_name": "Anna"})
        anna = db.session.scalars(db.select(Contact.id).where(Contact.customer_id == arc)).one()
        place = {"portal_id": world.portal_id, "connection_id": world.connection_id}
        run = Run(**place, kind="sync", state="done", number=7)
        db.session.add(run)
        db.session.flush()
        record = {"kind": "customer", "record_id": arc, "customer_id": arc}
        contact = {"kind": "contact", "record_id": anna, "customer_id": arc}
        mine = [
            EntryData(**record, action="created", new="Arc"),
            EntryData(**record, action="changed", field="website", old="", new=EVIL),
        ]
        theirs = [
            EntryData(**contact, action="changed", field="phone", old=None, new=LONG, lost=True),
            EntryData(**contact, action="deleted_there", old="Anna"),
        ]
        history.add(world.portal_id, mine, actor=str(people.users["Owner"]), run_id=None)
        history.add(world.portal_id, theirs, actor=f"provider:{world.connection_id}", run_id=run.id)
        db.session.commit()
        return f"/p/nordlicht/customers/{arc}/history", str(anna)


def test_everything_that_happened_is_told(browser, past):
    page = browser.get(past[0]).text
    for told in (
        "Owner Person",
        "Ledgerly",
        "run 7",
        "Changed: Website",
        "Deleted there",
        "Gave way, kept here",
    ):
        assert told in page
    assert LONG.strip() in page
    assert "1–4 of 4 entries" in page
    assert EVIL not in page


@pytest.mark.parametrize(
    ("asked", "entries"),
    [
        ({"field": "phone"}, 1),
        ({"run": "7"}, 2),
        ({"run": "8"}, 0),
        ({"record": "anna"}, 2),
        ({"who": "owner"}, 2),
        ({"from": "2020-01-01"}, 4),
        ({"to": "2020-01-01"}, 0),
        ({"from": now().date().isoformat(), "to": now().date().isoformat()}, 4),
        ({"from": "x", "run": "y", "record": "z", "page": "w"}, 4),
        ({"from": "0001-01-01", "to": "9999-12-31", "run": "9" * 30}, 4),
        ({"field": "a\0b"}, 0),
        ({"page": "99"}, 4),
    ],
)
def test_the_history_is_searched(browser, people, past, asked, entries):
    address, anna = past
    meant = {"anna": anna, "owner": str(people.users["Owner"])}
    asked = {name: meant.get(value, value) for name, value in asked.items()}
    part = browser.get(address, query_string=asked, headers=FRAGMENT).text
    assert part.lstrip().startswith('<div id="past">')
    assert part.count('class="c-values"') - (1 if entries else 0) == entries
    assert ("Nothing of this happened." in part) is (entries == 0)


def test_what_lies_in_the_bin_keeps_its_history(app, browser, world, past):
    with app.app_context():
        PortalDirectory(world.portal_id).delete_customer(past[0].split("/")[4])
        db.session.commit()
    page = browser.get(past[0]).text
    assert "This customer lies in the bin." in page
    assert "1–4 of 4 entries" in page


def test_a_merge_tells_its_losses(app, browser, world, people, past):
    with app.app_context():
        other = world.here("Arc GmbH", website="https://arc.example")
        one = world.customers()[0].id
        plan = merge_choices.plan(world.portal_id, one, other)
        merging.merge(world.portal_id, one, other, {}, plan.seen, people.users["Owner"])
    page = browser.get(past[0], query_string={"field": "name"}).text
    assert "Merged: Name" in page
    assert "Arc GmbH" in page


def test_who_may_not_see_customers_sees_no_history(log_in, past):
    assert log_in("Finance only").get(past[0]).status_code == 403


def test_a_customer_nobody_knows_has_no_history(browser, past):
    unknown = "/p/nordlicht/customers/01890000-0000-7000-8000-000000000000/history"
    assert browser.get(unknown).status_code == 404
    assert browser.get(f"{unknown}.csv").status_code == 404
