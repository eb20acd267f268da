"""Whatever stands in a field of the provider is text in Chromium: nothing runs, is added, or leads away."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow, log_in
from tests.injection.corpus import MARK, PAYLOADS, TEMPLATE_RESULT
from tests.system.place import Place
from tests.system.whole import Tandem
from webapp.extensions import db
from webapp.store.connections import Connection

ASKED = ("script", "image", "double quotes", "htmx attribute", "end of everything", "template", "nul")
ID = re.compile(r"[0-9a-f-]{36}|(?<=/outbox/)[^/]+")
OF_A_KIND = 1
"""So many pages of a kind are opened; each hostile customer's own page is another test's."""

MERGED = ("script", "double quotes", "htmx attribute", "address", "right to left")
ADDRESS = ("attention", "address", "street2", "city", "state", "zip", "country")
LOOK = """
({mark, result}) => {
    const foreign = (each) => each.localName.startsWith(mark)
        || ["base", "iframe", "object", "embed", "style"].includes(each.localName)
        || [...each.attributes].some(({name}) => name.startsWith("on") || name.includes(mark));
    const leadsAway = (to) => typeof to === "string" && to && !/^(https?:|#|data:image|\\/static)/.test(to);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const leads = (each) => [each.href?.baseVal ?? each.href, each.src, each.action, each.formAction];
    return {
        ran: window[mark] !== undefined,
        foreign: all("*").filter(foreign).map((each) => each.outerHTML.slice(0, 200)),
        scripts: [...document.scripts].filter((each) => !each.src.startsWith(location.origin)).length,
        away: all("[href], [src], [action], [formaction]").flatMap(leads).filter(leadsAway),
        workedOut: document.body.innerText.includes(result),
    };
}
"""


def person(payload: str) -> dict[str, str]:
    """A person whose every field is hostile, as far as the provider takes it."""
    short = payload.strip()
    where = "".join(letter for letter in short if letter.isprintable() and letter not in " @")[:60]
    return {
        "salutation": short[:25],
        "first_name": short[:100],
        "last_name": short[:100],
        "email": f"{where}@x.example",
        "phone": short[:50],
        "mobile": short[:50],
        "designation": short[:50],
        "department": short[:50],
    }


def fill(tandem: Tandem, place: Place) -> dict[str, str]:
    """Put a customer for each payload into the sandbox, some of them here too; return their ids there."""
    tandem.practice.reset(seed=1, customers=1)
    ids = {}
    for what, payload in PAYLOADS.items():
        text = payload.strip()[:200]
        fields = {
            "company_name": text,
            "website": text,
            "billing_address": dict.fromkeys(ADDRESS, text[:49]),
        }
        ids[what] = tandem.practice.create(text, person(payload), **fields)
    for what in MERGED:
        text = PAYLOADS[what].strip()[:200]
        place.add(text, person(PAYLOADS[what]) | {"first_name": f"Other {text[:40]}"}, website=f"x{text}")
    return ids


@pytest.fixture
def hostile(tandem: Tandem, place: Place) -> tuple[uuid.UUID, dict[str, str]]:
    """A connection to a provider in which everything is hostile, its organization's name too."""
    ids = fill(tandem, place)
    connection_id = place.connect()
    with tandem.app.app_context():
        connection = db.session.get_one(Connection, (place.portal_id, connection_id))
        connection.organization_name = PAYLOADS["image"]
        connection.pause_reason = PAYLOADS["script"]
        db.session.commit()
    return connection_id, ids


def strange(page: Page) -> dict[str, object]:
    """What of a page nobody meant to be there."""
    seen = page.evaluate(LOOK, {"mark": MARK, "result": TEMPLATE_RESULT})
    return {what: found for what, found in seen.items() if found}


def assert_inert(page: Page, address: str) -> None:
    """Open an address: the browser sees text, and no more."""
    page.goto(address)
    page.locator("main").wait_for()
    assert strange(page) == {}, address


def links_within(page: Page, portal: str) -> Iterator[str]:
    """The addresses of this Tandem that a page links to, but for those of other portals: mails name them."""
    here = urlsplit(page.url)
    for to in page.eval_on_selector_all("main a[href], nav a[href]", "(all) => all.map((each) => each.href)"):
        parts = urlsplit(to)
        own = not parts.path.startswith("/p/") or parts.path.startswith(portal)
        if (parts.scheme, parts.netloc) == here[:2] and own and not parts.path.endswith(".csv"):
            yield parts._replace(fragment="").geturl()


def crawl(page: Page, portal: str, *addresses: str) -> Counter[str]:
    """Follow links from some pages, a few of each kind; return how many of which were seen."""
    waiting, kinds = list(addresses), Counter[str]()
    while waiting:
        address = waiting.pop()
        kind = ID.sub("…", urlsplit(address).path)
        if kinds[kind] < OF_A_KIND:
            kinds[kind] += 1
            assert_inert(page, address)
            waiting += links_within(page, portal)
    return kinds


def search(page: Page, picker: str) -> None:
    """Look for what is hostile, by the address and by typing."""
    for what in ASKED:
        asked = quote(PAYLOADS[what])
        assert_inert(page, f"{picker}?q={asked}&state={asked}&page={asked}")
    page.goto(picker)
    for what in ("htmx", "double quotes", "end of everything"):
        page.locator("#q").fill(PAYLOADS[what])
        expect(page.locator("#pick-rows tr")).to_have_count(1)
        assert strange(page) == {}


def test_everything_hostile_is_text_on_every_page_that_shows_it(
    tandem: Tandem, place: Place, hostile: tuple[uuid.UUID, dict[str, str]], open_window: OpenWindow
):
    connection_id, ids = hostile
    page = open_window()
    log_in(page, place)
    base = f"{tandem.url}/p/{place.key}"
    picker = f"{base}/connections/{connection_id}/import/"
    search(page, picker)
    assert_inert(page, f"{picker}?inactive=1")
    assert_inert(page, f"{base}/runs/{place.review(connection_id, *ids.values())}/review")
    words = PAYLOADS["frame"]
    tandem.practice.fault(path="contactpersons", method="POST", status=400, code=4, message=words, times=2)
    run = place.start(connection_id, "merge", *ids.values())
    # In a tab of its own: at the run's end it is led on, whatever else is opened just then.
    assert_inert(page.context.new_page(), f"{base}/runs/{run}")
    progress = place.await_end(run)
    assert progress.counts["created"] >= len(PAYLOADS) - len(MERGED)
    page.goto(f"{base}/runs/{run}")
    expect(page.locator("main")).to_contain_text("<iframe srcdoc")
    assert len(crawl(page, f"/p/{place.key}/", f"{base}/runs/{run}", f"{base}/client-users/")) >= 8
