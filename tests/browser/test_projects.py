"""An import into a project in Chromium, from adding the project to its client users."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow, log_in
from tests.browser.test_import import FINISH_MS, connect
from tests.system.place import Place
from tests.system.whole import Tandem


def test_customers_are_imported_into_a_new_project(tandem: Tandem, place: Place, open_window: OpenWindow):
    tandem.practice.reset(customers=0)
    tandem.practice.create("Aalto Atelier", {"first_name": "Eero"})
    page = open_window()
    log_in(page, place)
    connect(page)
    expect(page.get_by_text("As of")).to_be_visible(timeout=FINISH_MS)
    page.get_by_role("link", name="Projects", exact=True).first.click()
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Hafenblick relaunch")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Add the project").click()
    page.get_by_role("navigation", name="Project", exact=True).get_by_role("link", name="Users").click()
    page.get_by_label("User type").select_option("Client users")
    page.get_by_role("button", name="More actions").last.click()
    page.get_by_role("link", name="Import from Zoho Books").first.click()
    page.get_by_role("checkbox", name="Aalto Atelier").check()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Review import").click()
    page.get_by_role("region", name="Confirm").get_by_role("button", name="Import 1 customer").click()
    summary = page.get_by_role("status").filter(has_text="imported")
    expect(summary).to_contain_text("1 imported.", timeout=FINISH_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hafenblick relaunch")
    customer = page.get_by_role("article", name="Aalto Atelier")
    expect(customer).to_contain_text("Primary customer")
