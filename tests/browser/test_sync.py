"""Both sides kept in step, in Chromium: people on pages here and at the provider, real workers in between."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.state import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from tests.browser.conftest import OpenWindow, log_in
from tests.system.place import Place
from tests.system.whole import Tandem

pytestmark = pytest.mark.browser

NAME = "Aalto Atelier"
ARRIVES_MS = 20_000
LINKED = 40
GONE = 12


@pytest.fixture
def customer(tandem: Tandem) -> str:
    """A customer there with one person; its id."""
    person = {"first_name": "Aino", "last_name": "Aalto", "email": "aino@aalto.example"}
    return tandem.practice.create(NAME, person, website="https://old.example")


@pytest.fixture
def in_step(place: Place, open_window: OpenWindow) -> Callable[..., Page]:
    """Bring customers in, and open a window at the page of their connection."""

    def begin(*their_ids: str) -> Page:
        connection = place.connect()
        place.await_end(place.start(connection, "clone", *their_ids))
        page = open_window()
        log_in(page, place)
        page.goto(address(place, connection))
        return page

    return begin


def test_edits_arrive_on_the_other_side_with_their_history(
    tandem: Tandem, customer: str, in_step: Callable[..., Page]
):
    page = in_step(customer)
    at_connection = page.url
    show_customer(page)
    page.get_by_role("link", name="Edit Aino Aalto").click()
    form = page.get_by_role("form", name="Edit a contact")
    form.get_by_label("Last name").fill("Virtanen")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("#standing")).to_contain_text("In step with Zoho Books", timeout=ARRIVES_MS)
    expect(page.locator("#history")).to_contain_text(
        "Ada Owner changed last name of Aino Virtanen in Zoho Books"
    )
    [person] = there(tandem, customer)["persons"]
    assert person["last_name"] == "Virtanen"
    tandem.practice.edit("update_contact", contact_id=customer, fields={"website": "https://new.example"})
    sync_now(page, at_connection)
    show_customer(page)
    again_until(page, page.locator("#history").get_by_text("Zoho Books changed website"))
    expect(page.locator("#facts")).to_contain_text("https://new.example")


@pytest.mark.parametrize("winner", ["ours", "theirs"])
def test_a_conflict_waits_for_a_person_and_is_settled(
    tandem: Tandem, customer: str, in_step: Callable[..., Page], winner: str
):
    page = in_step(customer)
    at_connection = page.url
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    tandem.practice.edit("update_contact", contact_id=customer, fields={"website": "https://theirs.example"})
    show_customer(page)
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.get_by_label("Website").fill("https://ours.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The sync with Zoho Books is paused.")).to_be_visible()
    page.goto(at_connection)
    page.get_by_role("button", name="Resume").click()
    conflicts = page.get_by_role("link", name="Conflicts")
    again_until(page, conflicts.filter(has_text="1 waiting"))
    conflicts.click()
    page.locator("label.val", has_text=f"https://{winner}.example").click()
    page.get_by_role("button", name="Settle what was chosen").click()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    expect(conflicts).not_to_contain_text("waiting")
    tandem.until(lambda: there(tandem, customer)["website"] == f"https://{winner}.example")
    show_customer(page)
    again_until(page, page.locator("#standing").get_by_text("In step with Zoho Books"))
    expect(page.locator("#facts")).to_contain_text(f"https://{winner}.example")


def test_a_customer_the_provider_keeps_becomes_a_problem_that_is_settled(
    tandem: Tandem, customer: str, in_step: Callable[..., Page]
):
    page = in_step(customer)
    tandem.practice.edit("update_contact", contact_id=customer, fields={"has_transaction": True})
    show_customer(page)
    # What is read at the first look moves the customer, and a deletion decided before that is refused.
    again_until(page, page.locator("#facts").get_by_text("read", exact=False), 0)
    page.locator("#more-btn").click()
    page.get_by_role("link", name="Delete…").filter(visible=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("transactions there")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("is in the bin.")).to_be_visible()
    again_until(page, page.get_by_role("link", name="Problems").filter(has_text="1 waiting"))
    page.get_by_role("link", name="Problems").click()
    expect(page.get_by_text("Cannot be deleted there")).to_be_visible()
    page.get_by_role("button", name="Mark inactive in Zoho Books").click()
    tandem.until(lambda: there(tandem, customer)["status"] == "inactive")
    again_until(page, page.get_by_text("Everything is in step."))


def test_the_brake_holds_what_vanished_there_until_somebody_has_looked(
    tandem: Tandem, place: Place, in_step: Callable[..., Page]
):
    their_ids = list(tandem.practice.customers())[:LINKED]
    page = in_step(*their_ids)
    before = place.names()
    for their_id in their_ids[:GONE]:
        tandem.practice.edit("update_contact", contact_id=their_id, fields={"has_transaction": False})
        tandem.practice.edit("delete_contact", contact_id=their_id)
    page.get_by_role("button", name="Check everything now").click()
    again_until(page, page.get_by_role("link", name="Look at them"))
    page.get_by_role("link", name="Look at them").first.click()
    expect(page.get_by_text("Nothing was deleted here.").first).to_be_visible()
    assert place.names() == before
    page.get_by_role("button", name="Keep all").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Keep all").click()
    expect(page.get_by_text(f"{GONE} customers will be kept.")).to_be_visible()
    expect(page.get_by_text("All are kept.")).to_be_visible()
    assert place.names() == before


def test_after_a_revoked_token_and_a_new_one_nothing_is_there_twice(
    tandem: Tandem, place: Place, customer: str, in_step: Callable[..., Page]
):
    page = in_step(customer)
    at_connection, before = page.url, place.names()
    tandem.practice.revoke_all()
    sync_now(page, at_connection)
    again_until(page, page.get_by_text("Zoho Books no longer lets us in."))
    tandem.practice.edit("update_contact", contact_id=customer, fields={"website": "https://new.example"})
    page.get_by_role("link", name="Reconnect").first.click()
    page.get_by_label("Client id").fill(DEFAULT_CLIENT_ID)
    page.get_by_label("Client secret").fill(DEFAULT_CLIENT_SECRET)
    page.get_by_role("button", name="Go to Zoho Books").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("no longer lets us in")).to_have_count(0)
    page.goto(at_connection)
    again_until(page, page.get_by_role("button", name="Sync now"))
    sync_now(page, at_connection)
    show_customer(page)
    again_until(page, page.locator("#facts").get_by_text("https://new.example"))
    assert place.names() == before
    assert [each["first_name"] for each in there(tandem, customer)["persons"]] == ["Aino"]


def address(place: Place, connection: uuid.UUID) -> str:
    """Return where the page of a connection is."""
    return f"{place.tandem.url}/p/{place.key}/connections/{connection}"


def there(tandem: Tandem, their_id: str) -> dict[str, Any]:
    """Look at a customer as the provider has it."""
    return tandem.practice.customers()[their_id]


def show_customer(page: Page) -> None:
    """Go to the customer's page by the list."""
    page.get_by_role("link", name="Manage users").click()
    page.get_by_role("link", name=NAME, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)


def sync_now(page: Page, at_connection: str) -> None:
    """Press the button."""
    page.goto(at_connection)
    page.get_by_role("button", name="Sync now").click()
    page.wait_for_load_state()


def again_until(page: Page, wanted: Locator, count: int = 1) -> None:
    """Load a page anew, as people do who wait for something, until it shows something, or no longer."""
    for _ in range(ARRIVES_MS // 500):
        if (wanted.count() > 0) == (count > 0):
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(wanted).to_have_count(count)
