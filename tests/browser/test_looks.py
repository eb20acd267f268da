"""How pages look to everybody: on a phone, in the dark, and to those who cannot see them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenWindow, log_in
from tests.system.place import Place
from tests.system.whole import Tandem

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
TOO_WIDE = """() => {
    const beyond = [...document.querySelectorAll("main *")].filter((each) =>
        each.getBoundingClientRect().right > innerWidth + 1 && each.checkVisibility());
    const wide = document.documentElement.scrollWidth > innerWidth;
    return wide ? beyond.map((each) => `${each.tagName}.${each.className}`).slice(0, 4) : [];
}"""
FAULTS = """async () => (await axe.run()).violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.target).slice(0, 3).join("; ")}`)"""
DARKNESS = "() => getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number)"


@dataclass(frozen=True, slots=True)
class Furnished:
    """A portal that has been used: connected, with an import done and another one to review."""

    place: Place
    connection_id: uuid.UUID
    run_id: uuid.UUID
    ticked: tuple[str, ...]

    def walk(self, page: Page) -> Iterator[str]:
        """Go through all pages, and name each when it is shown."""
        home = f"/p/{self.place.key}"
        review = self.place.review(self.connection_id, *self.ticked)
        for name, address in (
            ("client users", f"{home}/client-users/"),
            ("connections", f"{home}/connections/"),
            ("connect", f"{home}/connections/new/books"),
            ("connection", f"{home}/connections/{self.connection_id}"),
            ("review", f"{home}/runs/{review}/review"),
            ("picker", f"{home}/connections/{self.connection_id}/import/"),
            ("runs", f"{home}/runs/"),
            ("run", f"{home}/runs/{self.run_id}"),
            ("settings", "/account/"),
        ):
            page.goto(self.place.tandem.url + address)
            page.get_by_role("heading", level=1).wait_for()
            yield name


@pytest.fixture(scope="module")
def furnished(running_tandem: Tandem) -> Furnished:
    """A portal for all looks."""
    running_tandem.practice.reset(customers=80)
    there = list(running_tandem.practice.customers().values())
    place = Place.new(running_tandem)
    connection = place.connect()
    run = place.start(connection, "merge", *(each["id"] for each in there[40:]))
    place.await_end(run)
    for each in there[:3]:
        place.add(each["name"], {"first_name": "Maija", "last_name": "Meri"}, website="https://here.example")
    return Furnished(place, connection, run, tuple(each["id"] for each in there[:12]))


def test_nothing_scrolls_sideways_on_a_phone(furnished: Furnished, open_window: OpenWindow):
    page = open_window(**PHONE)
    page.goto(f"{furnished.place.tandem.url}/login")
    wide = {"login": page.evaluate(TOO_WIDE)}
    log_in(page, furnished.place)
    wide |= {name: page.evaluate(TOO_WIDE) for name in furnished.walk(page)}
    assert {name: what for name, what in wide.items() if what} == {}


def test_pages_follow_a_dark_system(furnished: Furnished, open_window: OpenWindow):
    page = open_window(color_scheme="dark")
    log_in(page, furnished.place)
    shades = {name: max(page.evaluate(DARKNESS)) for name in furnished.walk(page)}
    assert {name: shade for name, shade in shades.items() if shade > 80} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_by_how_a_page_is_built(
    furnished: Furnished, open_window: OpenWindow, scheme: str
):
    page, axe = open_window(color_scheme=scheme), AXE.read_text("utf-8")

    def faults() -> list[str]:
        page.evaluate(axe)
        return page.evaluate(FAULTS)

    page.goto(f"{furnished.place.tandem.url}/login")
    found = {"login": faults()}
    log_in(page, furnished.place)
    found |= {name: faults() for name in furnished.walk(page)}
    assert {name: what for name, what in found.items() if what} == {}
