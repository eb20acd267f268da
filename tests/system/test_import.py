"""The main job as a person does it, over HTTP and without scripts: connect, choose, review, import."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.state import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from tests.system.pages import Page, Visitor
from tests.system.place import PASSWORD, Place
from tests.system.whole import Tandem

CUSTOMERS = 300
IN_BOTH = 6
CLONED = 2


@pytest.fixture
def visitor(place: Place) -> Visitor:
    """The portal's owner, logged in."""
    visitor = Visitor(place.tandem.url)
    page = visitor.press(visitor.open(f"/p/{place.key}/"), "Log in", email=place.email, password=PASSWORD)
    assert page.status == 200
    return visitor


def connect(place: Place, visitor: Visitor) -> Page:
    """Connect to the sandbox's Books by its consent page; return the connection's page once it has read."""
    page = visitor.open(f"/p/{place.key}/connections/new/books")
    client = {"client_id": DEFAULT_CLIENT_ID, "client_secret": DEFAULT_CLIENT_SECRET}
    consent = visitor.press(page, "Go to Zoho Books", region="sandbox", **client)
    assert "Allow this app to use your account" in consent
    here = visitor.press(consent, "Accept").url
    page = await_words(place, visitor, here, "Which organization is it for?")
    page = visitor.press(page, "Connect this organization", organization=page.values("organization")[0])
    assert "Nordlicht Studio" in page
    return await_words(place, visitor, here, "Connected")


def await_words(place: Place, visitor: Visitor, address: str, words: str) -> Page:
    """Open a page again until it says something."""

    def says() -> Page | None:
        page = visitor.open(address)
        return page if words in page else None

    return place.tandem.until(says, within=60, what=f"{address} to say {words!r}")


def put_on_both_sides(place: Place) -> list[str]:
    """Make customers that the portal and the sandbox have under the same name; return their ids there."""
    practice, ids = place.tandem.practice, []
    for number in range(IN_BOTH):
        person = {"first_name": "Aino", "last_name": f"Aalto {number}", "phone": f"+49 30 5550 0{number}77"}
        ids.append(practice.create(f"Aalto Atelier {number}", {"first_name": "Eero"}, person))
        here = {"first_name": "Maija", "last_name": "Meri", "email": f"maija{number}@aalto.example"}
        place.add(f"Aalto Atelier {number}", here, website=f"https://aalto{number}.example")
    return ids


def choose(visitor: Visitor, picker: Page, ids: list[str]) -> Page:
    """Find one by a contact's phone, tick it and another on the next page, and then everybody."""
    found = visitor.press(picker, "Search", q="(030) 55 500 377")
    assert found.values("pick") == [ids[3]]
    kept = visitor.press(found, "Keep what is ticked", pick=[ids[3]])
    assert "1 selected" in kept
    second = visitor.press(visitor.open(picker.url), "Next")
    kept = visitor.press(second, "Keep what is ticked", pick=second.values("pick")[:1])
    assert "2 selected" in kept
    return visitor.press(kept, "Select all")


def answer(visitor: Visitor, review: Page) -> Page:
    """Merge all whose name exists, but the first two: these are cloned."""
    assert f"{IN_BOTH} answers are missing" in review
    refused = visitor.press(review, "Import")
    assert refused.status in (409, 422)
    merged = visitor.press(refused, "Merge")
    questions = list(dict.fromkeys(each.name for each in merged.controls if each.name.startswith("answer-")))
    return visitor.press(merged, "Keep these answers", **dict.fromkeys(questions[:CLONED], "clone"))


def test_imports_everyone_from_connecting_to_the_client_users_page(
    tandem: Tandem, place: Place, visitor: Visitor
):
    tandem.practice.reset(customers=CUSTOMERS - IN_BOTH)
    ids = put_on_both_sides(place)
    before = tandem.practice.customers()
    picker = visitor.follow(connect(place, visitor), "Import from Zoho Books")
    picker = await_words(place, visitor, picker.url + "?inactive=1", "As of")
    assert f"Same name {IN_BOTH}" in picker
    everyone = choose(visitor, picker, ids)
    assert f"{CUSTOMERS:,} selected" in everyone
    review = answer(visitor, visitor.press(everyone, "Review import"))
    ready = await_words(place, visitor, review.url, "Nothing is missing")
    running = visitor.press(ready, "Import")
    assert f"of {CUSTOMERS:,}" in running
    assert visitor.press(ready, "Import").url == running.url
    await_words(place, visitor, running.url, "Import finished")
    arrived = visitor.open(f"/p/{place.key}/client-users/")
    assert f"{CUSTOMERS - IN_BOTH} imported, {IN_BOTH - CLONED} merged, {CLONED} cloned." in arrived
    names = Counter(each["name"] for each in before.values())
    names.update(f"Aalto Atelier {number}" for number in range(CLONED))
    assert place.names() == names
    people = sum(len(each["persons"]) for each in before.values()) + IN_BOTH
    assert place.contacts() == people
    changed = {key for key, each in tandem.practice.customers().items() if each != before[key]}
    assert changed == set(ids[CLONED:])
    assert tandem.practice.customers()[ids[-1]]["website"] == f"https://aalto{IN_BOTH - 1}.example"
