"""Exports: runs, customers, contacts and histories as CSV and Excel, whole and without formulas."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from tests.queries import heard
from tests.web.import_world import FRAGMENT, came_of, confirmed, run_is
from tests.web.people import browser_of, cast_of_people, token_on
from webapp.extensions import db
from webapp.services import exports, portals, users
from webapp.store import history
from webapp.store.columns import now
from webapp.store.history import EntryData
from webapp.web import downloads
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
    with heard(engine, checkout=lambda *_: out.append(1), checkin=lambda *_: out.append(-1)):
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


HARD_NAMES = ("=1+1", "00123", "https://x.example", "Ærø & Sønner", "<b>Arc</b>", "Two\nlines")
CUSTOMERS = "/p/nordlicht/client-users/customers.csv"
CONTACTS = "/p/nordlicht/client-users/contacts.csv"


@pytest.fixture
def listed(app, world):
    """Customers with names that spreadsheets like to read otherwise, each with a person; one is inactive."""
    with app.app_context():
        for name in HARD_NAMES:
            world.here(name, {"first_name": "Anna", "email": "a@arc.example", "phone": "+49 30 1"})
        world.here("Zed", active=False)


def csv_rows(answer):
    assert answer.status_code == 200, answer.text
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    return head, rows


def sheet(answer):
    """Read the cells of a workbook: texts as they are, and the whole sheet's markup."""
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        markup = book.read("xl/worksheets/sheet1.xml").decode()
    texts = re.findall(r'<c r="[A-Z]+\d+"[^>]* t="inlineStr"><is><t[^>]*>(.*?)</t>', markup, re.DOTALL)
    return [unescape(text) for text in texts], markup


def test_the_customers_the_list_shows_are_taken_along(log_in, listed):
    browser = log_in("Owner")
    head, rows = csv_rows(browser.get(CUSTOMERS))
    assert head[:4] == ["Name", "Company name", "Active", "Currency"]
    assert head[-2:] == ["Added (UTC)", "Last changed (UTC)"]
    assert {row[0] for row in rows} == {"'=1+1", *HARD_NAMES[1:]}
    assert {row[head.index("E-mail")] for row in rows} == {"a@arc.example"}
    assert {row[head.index("Phone")] for row in rows} == {"'+49 30 1"}
    _, found = csv_rows(browser.get(CUSTOMERS, query_string={"filter": "inactive"}))
    assert [(row[0], row[2]) for row in found] == [("Zed", "no")]
    _, found = csv_rows(browser.get(CUSTOMERS, query_string={"q": "sonner"}))
    assert [row[0] for row in found] == ["Ærø & Sønner"]


def test_the_menu_follows_a_search_as_one_types(log_in, listed):
    part = log_in("Owner").get("/p/nordlicht/client-users/?q=bee&filter=only_here", headers=FRAGMENT).text
    addresses = re.findall(r'href="([^"]+/(?:customers|contacts)\.csv[^"]*)"', part)
    followed = [each for each in addresses if "only=ticked" not in each]
    assert len(followed) == 4
    assert all("q=bee" in each and "filter=only_here" in each for each in followed)


def test_what_is_ticked_is_taken_along_and_nothing_else(log_in, listed):
    browser = log_in("Owner")
    assert csv_rows(browser.get(CUSTOMERS, query_string={"only": "ticked"}))[1] == []
    form = {"csrf_token": token_on(browser.get("/account/").text), "act": "all", "q": "sonner"}
    browser.post("/p/nordlicht/client-users/selected/", data=form)
    ticked = {"only": "ticked"}
    assert [row[0] for row in csv_rows(browser.get(CUSTOMERS, query_string=ticked))[1]] == ["Ærø & Sønner"]
    head, [anna] = csv_rows(browser.get(CONTACTS, query_string=ticked))
    assert (anna[0], anna[2], anna[head.index("Primary contact")]) == ("Ærø & Sønner", "Anna", "yes")


def test_in_excel_text_stays_text_and_times_are_times(app, log_in, people, listed):
    with app.app_context():
        users.set_preferences(people.users["Owner"], name="Owner", time_zone="Europe/Berlin", locale="de")
    answer = log_in("Owner").get(CUSTOMERS, query_string={"format": "xlsx"})
    assert answer.headers["Content-Disposition"] == "attachment; filename=nordlicht-customers.xlsx"
    texts, markup = sheet(answer)
    assert set(HARD_NAMES) <= set(texts)
    assert "+49 30 1" in texts
    assert "Added (Europe/Berlin)" in texts
    assert "<f>" not in markup
    assert "<hyperlink" not in markup
    serials = re.findall(r'<c r="R\d+" s="\d+"><v>([\d.]+)</v>', markup)
    berlin = now() + timedelta(hours=1) - datetime(1899, 12, 30, tzinfo=UTC)
    assert len(serials) == len(HARD_NAMES)
    assert all(abs(float(serial) - berlin / timedelta(days=1)) < 2 / 24 for serial in serials)


def test_more_than_a_sheet_holds_goes_on_in_another(log_in, listed, monkeypatch):
    monkeypatch.setattr(downloads, "ROWS_OF_SHEET", 4)
    answer = log_in("Owner").get(CUSTOMERS, query_string={"format": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        second = book.read("xl/worksheets/sheet2.xml").decode()
    assert second.count("<row ") == 1 + len(HARD_NAMES) - 4


def test_a_text_longer_than_a_cell_says_so(app, log_in, world):
    with app.app_context():
        record = world.here("Arc")
        entry = EntryData(
            kind="customer", record_id=record, customer_id=record, action="changed", new="x" * 40_000
        )
        history.add(world.portal_id, [entry], actor="", run_id=None)
        db.session.commit()
    address = f"/p/nordlicht/customers/{record}/history.csv"
    texts, _ = sheet(log_in("Owner").get(address, query_string={"format": "xlsx"}))
    longest = max(texts, key=len)
    assert len(longest) == downloads.LONGEST_CELL
    assert longest.endswith(downloads.CUT)
    _, [row] = csv_rows(log_in("Owner").get(address))
    assert len(row[6]) == 40_000


def test_a_long_list_is_read_to_its_end(app, log_in, world, monkeypatch):
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)
    with app.app_context():
        for number in range(5):
            world.here(f"Arc {number}", {"first_name": "Anna"})
    browser = log_in("Owner")
    assert [row[0] for row in csv_rows(browser.get(CUSTOMERS))[1]] == [f"Arc {number}" for number in range(5)]
    assert len(csv_rows(browser.get(CONTACTS))[1]) == 5


@pytest.mark.parametrize("address", [CUSTOMERS, CONTACTS])
def test_who_may_not_see_customers_takes_none_along(log_in, listed, address):
    assert log_in("Finance only").get(address).status_code == 403
