"""The picker in Chromium: no tick is lost, however slow the answers are and whatever is swapped meanwhile."""

from __future__ import annotations

import re
import uuid

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenWindow, log_in
from tests.system.place import Place
from tests.system.whole import Tandem

LATE_MS = 400


def open_picker(page: Page, place: Place, connection_id: uuid.UUID) -> Locator:
    """Log in and open the picker; return its checkboxes."""
    log_in(page, place)
    page.goto(f"{place.tandem.url}/p/{place.key}/connections/{connection_id}/import/")
    return page.locator("#pick-rows input[name=pick]")


def slow_down(page: Page) -> None:
    """Let every answer come late."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    late = {"offline": False, "latency": LATE_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", late)


def selection(page: Page) -> Locator:
    """Return the bar that says what is selected."""
    return page.get_by_role("region", name="Selection")


def test_ticks_on_their_way_survive_turning_pages_and_searching(
    tandem: Tandem, place: Place, open_window: OpenWindow
):
    page = open_window()
    boxes = open_picker(page, place, place.connect())
    slow_down(page)
    for at in range(3):
        boxes.nth(at).click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#pick-count")).to_contain_text("51–")
    expect(selection(page)).to_contain_text("3 selected")
    boxes.first.click()
    page.get_by_role("button", name="Previous").click()
    expect(page.locator("#pick-count")).to_contain_text("1–50")
    expect(selection(page)).to_contain_text("4 selected")
    expect(page.locator("#pick-rows input:checked")).to_have_count(3)
    boxes.nth(3).click()
    page.locator("#q").fill("zzzzzz")
    expect(page.get_by_text("No one matches")).to_be_visible()
    expect(selection(page)).to_contain_text("5 selected")
    expect(page.locator("#q")).to_be_focused()


def test_a_first_reading_fills_the_page_and_then_asks_no_more(
    tandem: Tandem, place: Place, open_window: OpenWindow
):
    tandem.practice.reset(customers=450)
    tandem.practice.fault(path="/books/v3/contacts", delay_ms=1200, times=4)
    page = open_window()
    boxes = open_picker(page, place, place.begin_to_connect())
    expect(page.get_by_text("You can start choosing as they come.").first).to_be_visible()
    boxes.first.wait_for()
    chosen = boxes.first.get_attribute("id")
    page.locator(f"#{chosen}").click()
    expect(page.get_by_text("As of")).to_be_visible()
    expect(page.locator("#fresh")).not_to_have_attribute("hx-trigger", re.compile("every"))
    expect(selection(page)).to_contain_text("1 selected")
    page.reload()
    expect(selection(page)).to_contain_text("1 selected")


def test_without_script_everything_goes_on(tandem: Tandem, place: Place, open_window: OpenWindow):
    connection = place.connect()
    page = open_window(java_script_enabled=False)
    boxes = open_picker(page, place, connection)
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Next").click()
    expect(selection(page)).to_contain_text("2 selected")
    boxes.nth(0).check()
    boxes.nth(0).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review the import")
    expect(page.get_by_text("3 customers with").first).to_be_visible()
