"""Editing a customer's people in their rows: what is typed, what another window did, what is taken back."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.stage import checks

pytestmark = pytest.mark.browser


def first_row(page: Page):
    return page.locator("#people .item.person").first


def open_form(page: Page):
    first_row(page).get_by_role("link", name="Edit").click()
    form = page.get_by_role("form", name="Edit a contact")
    expect(form.get_by_label("First name")).to_be_focused()
    return form


def seen(page: Page, name: str) -> None:
    """Nothing keeps anybody out of a state that no address leads to."""
    if folder := os.environ.get("TANDEM_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    page.wait_for_timeout(0)
    assert checks.barriers(page) == []
    page.set_viewport_size({"width": checks.NARROW, "height": 900})
    assert checks.beyond_the_edge(page) == []
    if folder:
        page.set_viewport_size({"width": 390, "height": 900})
        page.screenshot(path=f"{folder}/{name}-390.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_contact_is_edited_in_its_row_and_the_focus_comes_back(visit: Visit, complaints: list[str]):
    page = visit("customer, in step")
    form = open_form(page)
    form.get_by_label("Designation").fill("Head of everything")
    form.get_by_role("button", name="Save").click()
    row = first_row(page)
    expect(row).to_contain_text("Head of everything")
    expect(row.get_by_role("link", name="Edit")).to_be_focused()
    expect(page.locator("#say")).to_contain_text("is saved.")
    expect(page.locator("#history")).to_contain_text("changed designation")
    expect(page.locator("#standing")).to_contain_text("Travels to Zoho Books now")
    open_form(page).get_by_role("link", name="Cancel").click()
    expect(first_row(page).get_by_role("link", name="Edit")).to_be_focused()
    assert complaints == []


def test_what_cannot_be_taken_is_said_at_its_field_and_stays_as_typed(visit: Visit, complaints: list[str]):
    page = visit("customer, in step")
    form = open_form(page)
    form.get_by_label("E-mail").fill("nobody@@nowhere")
    form.get_by_label("First name").fill("")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("This is no e-mail address.")).to_be_visible()
    expect(form.get_by_text("Zoho Books needs the first name of every contact.")).to_be_visible()
    expect(form.get_by_label("E-mail")).to_have_value("nobody@@nowhere")
    seen(page, "contact-errors")
    assert complaints == []


def test_two_windows_on_one_contact_see_both_values(visit: Visit, complaints: list[str]):
    page = visit("customer, in step")
    other = page.context.new_page()
    other.goto(page.url)
    form = open_form(page)
    form.get_by_label("Designation").fill("Mine")
    theirs = open_form(other)
    theirs.get_by_label("Designation").fill("Theirs")
    theirs.get_by_role("button", name="Save").click()
    expect(first_row(other)).to_contain_text("Theirs")
    form.get_by_role("button", name="Save").click()
    clash = page.get_by_role("group", name="Designation")
    expect(clash).to_contain_text("Keep “Theirs”")
    expect(clash.get_by_role("textbox")).to_have_value("Mine")
    seen(page, "contact-clash")
    clash.get_by_label("Replace it with what you typed").check()
    page.get_by_role("form", name="Edit a contact").get_by_role("button", name="Save").click()
    expect(first_row(page)).to_contain_text("Mine")
    assert complaints == []


def test_a_contact_is_deleted_by_a_dialog_and_taken_back_at_once(visit: Visit, complaints: list[str]):
    page = visit("customer, in step")
    name = first_row(page).get_by_role("heading").inner_text()
    people = page.locator("#people-count")
    before = int(people.inner_text())
    first_row(page).get_by_role("button", name="More for").click()
    page.get_by_role("link", name="Delete…").filter(visible=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is deleted in Zoho Books too.")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    seen(page, "contact-delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(people).to_have_text(str(before - 1))
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(dialog).to_be_hidden()
    seen(page, "contact-deleted")
    undo.click()
    expect(people).to_have_text(str(before))
    expect(page.locator("#people")).to_contain_text(name)
    assert complaints == []


def test_a_contact_is_added_and_made_primary_without_leaving_the_page(visit: Visit, complaints: list[str]):
    page = visit("customer, only here, nobody yet")
    for name in ("Ada", "Bo"):
        page.get_by_role("link", name="Add a contact").click()
        form = page.get_by_role("form", name="New contact")
        form.get_by_label("First name").fill(name)
        form.get_by_role("button", name="Add the contact").click()
        expect(page.locator("#people")).to_contain_text(f"{name} is added.")
    expect(page.locator("#people-count")).to_have_text("2")
    expect(page.get_by_text("No people yet.")).to_have_count(0)
    last = page.locator("#people .item.person").last
    last.get_by_role("button", name="More for").click()
    page.get_by_role("button", name="Make primary contact").filter(visible=True).click()
    expect(last.get_by_role("img", name="Primary contact")).to_be_visible()
    expect(page.get_by_role("img", name="Primary contact")).to_have_count(1)
    assert complaints == []
