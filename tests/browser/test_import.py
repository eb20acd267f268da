"""The main job in Chromium, as a new user does it: from logging in to the customers in the portal."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from sandbox.state import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from tests.browser.conftest import OpenWindow, log_in
from tests.system.place import Place
from tests.system.whole import Tandem

CUSTOMERS = 1000
SAME = 3
FINISH_MS = 90_000
LOOK_AGAIN_MS = 500


def test_connects_chooses_reviews_and_imports(tandem: Tandem, place: Place, open_window: OpenWindow):
    tandem.practice.reset(customers=CUSTOMERS - SAME)
    for number in range(SAME):
        person = {"first_name": "Aino", "last_name": "Aalto", "phone": f"+49 30 5550 0{number}77"}
        tandem.practice.create(f"Aalto Atelier {number}", {"first_name": "Eero"}, person)
        place.add(f"Aalto Atelier {number}", website="https://aalto.example")
    page = open_window()
    log_in(page, place)
    connect(page)
    choose(page)
    review(page)
    seen = watch(page, tandem)
    assert len(seen) >= 2, seen
    expect(page.get_by_role("heading", level=1)).to_have_text("Client users", timeout=FINISH_MS)
    summary = page.get_by_role("status").filter(has_text="imported")
    expect(summary).to_contain_text(f"{CUSTOMERS - SAME} imported, {SAME - 1} merged, 1 cloned.")
    assert sum(place.names().values()) == CUSTOMERS + 1


def test_everything_is_done_without_a_script(tandem: Tandem, place: Place, open_window: OpenWindow):
    tandem.practice.create("Aalto Atelier", {"first_name": "Eero"})
    place.add("Aalto Atelier")
    page = open_window(java_script_enabled=False)
    log_in(page, place)
    connect(page)
    look_until_read(page)
    page.get_by_role("button", name="Select all").click()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Review import").click()
    page.locator("article.dup").get_by_role("radio", name="Clone").check(force=True)
    page.get_by_role("button", name="Keep these answers", exact=True).last.click()
    bar = page.get_by_role("region", name="Confirm")
    expect(bar).to_contain_text("Nothing is missing")
    bar.get_by_role("button", name=re.compile("Import 5. customers")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import finished", timeout=FINISH_MS)
    page.get_by_role("link", name="Go to client users").click()
    expect(page.get_by_role("status").filter(has_text="imported")).to_contain_text(" imported, 1 cloned.")


def connect(page: Page) -> None:
    """Go to the connections, connect to the sandbox's Books, choose the organization."""
    page.get_by_role("link", name="Connections", exact=True).click()
    page.get_by_role("link", name="Connect Zoho Books").click()
    page.get_by_label("Where your account lives").select_option("sandbox")
    page.get_by_label("Client id").fill(DEFAULT_CLIENT_ID)
    page.get_by_label("Client secret").fill(DEFAULT_CLIENT_SECRET)
    page.get_by_role("button", name="Go to Zoho Books").click()
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("radio", name="Nordlicht Studio EUR").check()
    page.get_by_role("button", name="Connect this organization").click()
    page.get_by_role("button", name="More actions").first.click()
    page.get_by_role("link", name="Import from Zoho Books").click()


def look_until_read(page: Page) -> None:
    """Load the page anew, as its "Look again" does: a browser told to run no script from outside hides it."""
    ends = time.monotonic() + FINISH_MS / 1000
    while not page.get_by_text("As of").is_visible() and time.monotonic() < ends:
        page.wait_for_timeout(LOOK_AGAIN_MS)
        page.reload()
    expect(page.get_by_text("As of")).to_be_visible()


def choose(page: Page) -> None:
    """Find a customer by the phone of its second person, tick it and one of the next page, then all."""
    expect(page.get_by_text("As of")).to_be_visible(timeout=FINISH_MS)
    page.get_by_role("link", name=re.compile("Show inactive")).click()
    rows = page.locator("#pick-rows tr")
    expect(page.get_by_text("Inactive shown")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("030 5550 0177")
    expect(rows).to_have_count(1)
    rows.get_by_role("checkbox").check()
    bar = page.get_by_role("region", name="Selection")
    expect(bar).to_contain_text("1 selected")
    page.locator("#q").fill("")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#pick-count")).to_contain_text("51–100 of")
    page.keyboard.press("Escape")
    rows.first.get_by_role("checkbox").check()
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Select all").click()
    expect(bar).to_contain_text(f"{CUSTOMERS:,} selected")
    bar.get_by_role("button", name="Review import").click()


def review(page: Page) -> None:
    """Merge all whose name exists but the first, which is cloned, and confirm."""
    bar = page.get_by_role("region", name="Confirm")
    expect(bar).to_contain_text(f"{SAME} answers are missing")
    page.get_by_role("button", name=f"Merge all {SAME}").click()
    page.locator("article.dup").first.get_by_role("radio", name="Clone").click()
    expect(bar).to_contain_text("Nothing is missing")
    bar.get_by_role("button", name=f"Import {CUSTOMERS:,} customers").click()


def watch(page: Page, tandem: Tandem) -> list[str]:
    """See progress move by itself, and kill the worker in the middle; return what was seen of it."""
    done = page.locator(".live-n strong")
    seen = [done.inner_text()]
    for _ in range(2):
        expect(done).not_to_have_text(seen[-1])
        seen.append(done.inner_text())
    tandem.kill_worker("bulk")
    return seen
