"""The audit log's page: entries in words, filters, pages, links, the export, and a changed entry shown."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from tests.web.people import cast_of_people, token_on
from webapp.clock import now
from webapp.extensions import db
from webapp.services import audit
from webapp.walls import inside

LOG = "/p/nordlicht/audit/"


@pytest.fixture
def told(app, people):
    """Write entries without what is told by itself: ``told("user.logged_in", "Manager")``."""

    def tell(action, who="Owner", subject="", **details):
        with app.app_context(), inside(people.portal_id):
            actor = str(people.users[who]) if who in people.users else who
            audit.record(people.portal_id, actor, action, str(subject), details)
            db.session.commit()

    return tell


def numbers(page):
    return [int(each) for each in re.findall(r"No\. (\d+)<", page)]


def test_entries_are_told_in_words_with_who_and_what(people, browser, told):
    told("member.disabled", "Owner", people.users["Employee"])
    page = browser.get(LOG).text
    row = page[page.index("Disabled a user in this portal") :].split("</tr>")[0]
    assert "Owner Person" in row and "Employee Person" in row
    assert f'href="/p/nordlicht/users/{people.users["Employee"]}"' in row


def test_what_it_is_about_is_a_link_only_for_who_may_open_it(app, people, browser, told, log_in):
    told("project.added", "Owner", people.users["Owner"])
    assert "/projects/" not in browser.get(f"{LOG}?kind=projects").text.split("<tbody")[1]


def test_the_command_line_and_the_portal_itself_have_names(browser, told):
    told("sync.braked", "portal")
    told("user.added", audit.COMMAND_LINE)
    page = browser.get(LOG).text
    assert "Command line" in page and "<bdi>Tandem</bdi>" in page


def test_it_is_filtered_by_kind_person_record_and_day(app, people, browser, told):
    told("sync.paused", "Manager", people.users["Manager"])
    told("customer.deleted", "Owner", people.users["Employee"])
    manager, record = people.users["Manager"], people.users["Employee"]
    day = now().date()
    for asked, expected in (
        ("kind=finance", ["Paused a sync"]),
        (f"who={manager}", ["Paused a sync"]),
        (f"subject={record}", ["Deleted a customer"]),
        (f"kind=clients&who={manager}", []),
        (f"since={day + timedelta(days=2)}", []),
        (f"until={day - timedelta(days=2)}", []),
        (f"kind=finance&since={day - timedelta(days=1)}&until={day + timedelta(days=1)}", ["Paused a sync"]),
    ):
        page = browser.get(f"{LOG}?{asked}").text
        said = re.findall(r'class="c-name">([^<]+)', page)
        assert said == expected, asked


def test_the_search_finds_people_actions_and_ids(people, browser, told):
    told("sync.paused", "Manager", "460000000001")
    told("user.logged_in", "Employee", people.users["Employee"])
    for text, expected in (("paused", 1), ("manager pers", 1), ("460000000001", 1), ("nothing of this", 0)):
        assert len(numbers(browser.get(LOG, query_string={"q": text, "kind": ""}).text)) == expected, text
    for text in ("%", "\0", "'", "x" * 5000):
        assert browser.get(LOG, query_string={"q": text}).status_code == 200


def test_pages_lead_to_the_oldest_without_gap_or_repeat(app, people, browser):
    with app.app_context(), inside(people.portal_id):
        for _ in range(120):
            audit.record(people.portal_id, audit.COMMAND_LINE, "user.added", "")
        db.session.commit()
        last = audit.newest(people.portal_id, 1)[0].number
    seen, address = [], LOG
    while address:
        page = browser.get(address).text
        seen += numbers(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found and found[1].replace("&amp;", "&")
    assert seen == list(range(last, 0, -1))


@pytest.mark.parametrize(
    "asked", ["before=0", "before=x", "before=99999999999999999999", "since=x", "kind=x"]
)
def test_what_cannot_be_asked_shows_the_newest(browser, asked):
    answer = browser.get(f"{LOG}?{asked}")
    assert answer.status_code == 200
    assert numbers(answer.text)[-1] == 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_days(browser, day):
    assert browser.get(f"{LOG}?since={day}").status_code == 200
    assert browser.get(f"{LOG}?until={day}").status_code == 200


def test_the_export_holds_what_is_asked_for_and_no_formulas(people, browser, told):
    told("sync.paused", "Manager", "=1+1")
    told("customer.deleted", "Owner", "1")
    rows = list(csv.reader(io.StringIO(browser.get(f"{LOG}audit.csv?kind=finance").text)))
    assert [row[3] for row in rows[1:]] == ["Paused a sync"]
    assert rows[1][7] == "'=1+1"


def test_a_changed_entry_is_named_on_the_page_and_by_verifying(app, people, browser, told, module_owner):
    told("sync.paused", "Manager", "1")
    verify = {"csrf_token": token_on(browser.get(LOG).text)}
    assert "The log is whole" in browser.post(f"{LOG}verify", data=verify, follow_redirects=True).text
    with app.app_context(), inside(people.portal_id):
        number = audit.newest(people.portal_id, 1)[0].number
    module_owner.execute("UPDATE audit_entry SET actor = 'x' WHERE number = %s", [number])
    assert f"Entry {number} is not as it was written." in browser.get(LOG).text
    page = browser.post(f"{LOG}verify", data=verify, follow_redirects=True).text
    assert f"The log is not whole: at entry {number}" in page


def test_another_portals_entries_are_not_there(app, people, browser, told):
    with app.app_context():
        other = cast_of_people("elsewhere", "Elsewhere Ltd")
    assert str(other.users["Owner"]) not in browser.get(f"{LOG}audit.csv").text
