"""Downloads: what came of a run as CSV, whole, in order, and without formulas."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import event

from tests.web.import_world import came_of, confirmed, run_is
from tests.web.people import browser_of, cast_of_people
from webapp.extensions import db
from webapp.services import portals
from webapp.store.columns import now
from webapp.web.downloads import ROWS_AT_ONCE, neutral


@pytest.fixture
def ended(app, world):
    """Let an import of customers of these names be over: ``ended("Arc", failed=["Bay"])``."""

    def end(*names, failed=(), reason="Ledgerly said no."):
        with app.app_context():
            ids = {name: world.there(str(at), name) for at, name in enumerate((*names, *failed), 1)}
            run = confirmed(world, *ids.values())
            came_of(world, run, [ids[name] for name in names], "done")
            came_of(world, run, [ids[name] for name in failed], "failed", reason=reason)
            run_is(run, state="done", started_at=now(), finished_at=now())
            return f"/p/nordlicht/runs/{run}"

    return end


def download(browser, run, **query):
    answer = browser.get(f"{run}/customers.csv", query_string=query)
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    return answer, rows


def test_the_whole_run_with_its_reasons_comes_in_order(log_in, ended):
    answer, (head, *rows) = download(log_in("Owner"), ended("Arc", "Bay", failed=["Cove"]))
    assert head[:6] == ["No.", "Customer", "Id there", "What came of it", "Reason", "Contacts"]
    assert [row[:5] for row in rows] == [
        ["1", "Arc", "1", "Created", ""],
        ["2", "Bay", "2", "Created", ""],
        ["3", "Cove", "3", "Failed", "Ledgerly said no."],
    ]
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == "attachment; filename=nordlicht-run-1.csv"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_run_page_leads_to_the_rows_it_shows(log_in, ended):
    browser, run = log_in("Owner"), ended("Arc", failed=["Cove"])
    page = browser.get(run, query_string={"state": "failed"}).text
    assert f'href="{run}/customers.csv?state=failed" download>Download as CSV</a>' in page
    answer, (_, *rows) = download(browser, run, state="failed")
    assert [row[1] for row in rows] == ["Cove"]
    assert "nordlicht-run-1-failed.csv" in answer.headers["Content-Disposition"]
    assert [row[1] for row in download(browser, run, q="arc")[1][1:]] == ["Arc"]


def test_names_of_all_scripts_and_lines_come_through(log_in, ended):
    names = ["Ærø & Sønner", "株式会社さくら", "شركة النور", 'He said "no"', "One; two, three", "Two\nlines"]
    _, (_, *rows) = download(log_in("Owner"), ended(*names))
    assert sorted(row[1] for row in rows) == sorted(names)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49 30", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "\x00=1", "\x07+1"]
)
def test_what_a_spreadsheet_would_compute_becomes_text(cell):
    assert neutral(cell).startswith("'")


@pytest.mark.parametrize("cell", ["Arc", "a=b", "Arc - Bay", "3", "'quoted", "", "Zoë @ Arc"])
def test_what_no_spreadsheet_computes_stays_as_it_is(cell):
    assert neutral(cell) == cell


def test_what_hides_or_turns_the_text_is_taken_out():
    assert neutral("Arc\x00\x1b[2J\u202egnp.exe") == "Arc  [2J gnp.exe"


def test_a_formula_in_a_name_and_in_a_reason_is_text_in_the_file(log_in, ended):
    run = ended(failed=['=HYPERLINK("http://evil.example")'], reason="@evil")
    _, (_, row) = download(log_in("Owner"), run)
    assert (row[1], row[4]) == ('\'=HYPERLINK("http://evil.example")', "'@evil")


def test_a_long_run_is_read_a_few_rows_at_a_time_and_holds_no_transaction(app, log_in, ended):
    run = ended(*(f"Customer {number:04}" for number in range(ROWS_AT_ONCE + 3)))
    with app.app_context():
        engine = db.engine
    out: list[int] = []
    event.listen(engine, "checkout", lambda *_: out.append(1))
    event.listen(engine, "checkin", lambda *_: out.append(-1))
    answer = log_in("Owner").get(f"{run}/customers.csv", buffered=False)
    pieces = iter(answer.response)
    first = next(pieces)
    assert first.decode("utf-8-sig").count("\n") == ROWS_AT_ONCE + 1
    assert sum(out) == 0
    assert next(pieces).count(b"\n") == 3
    answer.close()


@pytest.mark.parametrize("profile", ["Employee", "Clients only"])
def test_only_who_may_see_provider_data_downloads_it(log_in, ended, profile):
    assert log_in(profile).get(f"{ended('Arc')}/customers.csv").status_code == 403


def test_another_portals_run_is_not_there(app, ended):
    run = ended("Arc")
    with app.app_context():
        stranger = cast_of_people("elsewhere", "Elsewhere Ltd").users["Owner"]
    browser = browser_of(app, stranger)
    assert browser.get(f"{run}/customers.csv").status_code == 404
    assert browser.get(f"{run}/customers.csv".replace("/nordlicht/", "/elsewhere/")).status_code == 404


def test_the_name_of_the_file_is_made_of_letters_that_are_safe_everywhere(app, log_in, ended):
    with pytest.raises(portals.Invalid), app.app_context():
        portals.add_portal('bad"key\r\nX: y', "Bad")
    answer = log_in("Owner").get(f"{ended('Arc')}/customers.csv?state=../../etc")
    assert answer.headers["Content-Disposition"] == "attachment; filename=nordlicht-run-1.csv"
