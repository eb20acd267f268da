"""The page and the file of a drift report."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import update

from tests.web.import_world import ANNA, BO, FRAGMENT
from tests.web.people import token_on
from webapp.extensions import db
from webapp.services import drift
from webapp.store.links import Link

EVIL = "=cmd|' /C calc'!A0"


@pytest.fixture
def address(world):
    return f"/p/nordlicht/connections/{world.connection_id}/drift/"


@pytest.fixture
def unlike(app, world):
    """Customers that differ by name, their people linked nowhere."""

    def make(*names):
        with app.app_context():
            for number, name in enumerate(names):
                our_id = world.here(name, ANNA)
                world.link(world.there(f"t{number}", f"{name} there", BO), our_id)
            db.session.execute(update(Link).values(due_at=None))
            db.session.commit()

    return make


def make_report(browser, address):
    form = {"csrf_token": token_on(browser.get("/account/").text)}
    return browser.post(address, data=form, follow_redirects=True)


def test_without_a_report_the_page_says_what_one_compares(browser, address):
    page = browser.get(address).text
    assert "No report was made yet." in page
    assert "Make the report" in page


def test_a_report_says_what_differs_with_both_values_and_why(browser, address, unlike):
    unlike("Arc")
    page = make_report(browser, address).text
    assert "3 differences" in page
    assert "1 linked customer compared" in page
    assert "Arc there" in page
    assert "Only here" in page
    assert "Only there" in page
    assert "Nothing explains it" in page


def test_a_report_without_a_difference_says_so(app, browser, world, address):
    with app.app_context():
        world.link(world.there("1", "Arc", company_name=None, website=None), world.here("Arc"))
        db.session.commit()
    page = make_report(browser, address).text
    assert "Both sides are in step: nothing differs." in page
    assert "Nothing differs" in page


def test_a_report_is_searched_and_filtered_by_reason(browser, address, unlike):
    unlike("Arc", "Bee")
    make_report(browser, address)
    found = browser.get(f"{address}?q=bee", headers=FRAGMENT).text
    assert "Bee there" in found
    assert "Arc there" not in found
    alone = browser.get(f"{address}?reason=only+there", headers=FRAGMENT).text
    assert alone.count('<tr role="row">') == 3
    assert "Nothing in this report matches" in browser.get(f"{address}?q=zzz").text
    assert browser.get(f"{address}?reason=weather&page=999").status_code == 200


def test_a_report_is_turned_page_by_page(monkeypatch, browser, address, unlike):
    monkeypatch.setattr(drift, "PAGE_SIZE", 2)
    unlike("Arc", "Bee")
    make_report(browser, address)
    assert "1–2 of 6 differences" in browser.get(address).text
    assert "5–6 of 6 differences" in browser.get(f"{address}?page=3").text


def test_a_file_holds_everything_that_differs_now_and_no_formula(browser, address, unlike):
    unlike(EVIL)
    answer = browser.get(f"{address}differences.csv")
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert len(rows) == 4
    assert rows[1][0] == f"'{EVIL}"
    assert {row[7] for row in rows[1:]} == {"Nothing explains it", "Only here", "Only there"}


def test_a_file_for_excel_is_one(browser, address, unlike):
    unlike("Arc")
    answer = browser.get(f"{address}differences.csv?format=xlsx")
    assert answer.headers["Content-Disposition"].endswith("nordlicht-drift.xlsx")
    assert answer.data.startswith(b"PK")


def test_what_people_typed_is_text_on_the_page(browser, address, unlike):
    unlike("<script>alert(1)</script>")
    page = make_report(browser, address).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("rest", ["", "differences.csv"])
def test_whoever_may_not_see_the_provider_sees_no_report(log_in, address, rest):
    assert log_in("Clients only").get(address + rest).status_code == 403
