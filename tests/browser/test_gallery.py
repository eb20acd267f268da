"""Every page in every state: open to everybody, on every screen, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.gallery import AREAS
from tests.browser.stage import checks
from tests.browser.stage.scenes import SCENES
from tests.browser.stage.server import served
from tests.web.pages import pages_app

DESKS = (1440, 1024)
DARKEST_LIGHT = 80

assert AREAS
Visit = Callable[[str], Page]


@pytest.fixture(scope="module")
def app(module_database_url: str, redis_url: str) -> Iterator[Flask]:
    """The portal's pages, without workers."""
    with pages_app(module_database_url, redis_url) as made:
        yield made


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Where the pages are."""
    with served(app) as url:
        yield url


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains of."""
    return []


@pytest.fixture
def visit(app: Flask, address: str, chromium: Browser, complaints: list[str]) -> Iterator[Visit]:
    """Go to a scene as the person it is made for."""

    def hear(message: ConsoleMessage) -> None:
        # That a page answers with an error is what some scenes are about.
        if (
            message.type in ("error", "warning")
            and "the server responded with a status of" not in message.text
        ):
            complaints.append(f"{message.text} ({message.location})")

    def visit(name: str) -> Page:
        with app.app_context():
            shown = SCENES[name]()
        if shown.portal is not None:
            window.add_cookies([{"name": "tandem", "value": shown.portal.token, "url": address}])
        page = window.new_page()
        page.on("console", hear)
        answer = page.goto(address + shown.address)
        assert answer is not None
        assert answer.status == shown.status
        return page

    # Colours that are on their way to others when the scheme changes have no contrast to speak of.
    window = chromium.new_context(
        locale="en-GB", viewport={"width": DESKS[0], "height": 900}, reduced_motion="reduce"
    )
    yield visit
    window.close()


@pytest.mark.parametrize("name", SCENES)
def test_a_page_in_a_state_is_open_to_everybody_on_every_screen(
    name: str, visit: Visit, complaints: list[str]
):
    page = visit(name)
    found = {"barriers": checks.barriers(page)}
    for width in (*DESKS, checks.NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        found[f"beyond the edge at {width}"] = checks.beyond_the_edge(page)
    found["hard to hit"] = checks.hard_to_hit(page)
    page.emulate_media(color_scheme="dark")
    found["light in the dark"] = ["the page"] if checks.lightness(page) > DARKEST_LIGHT else []
    found["hard to read in the dark"] = checks.barriers(page, "color-contrast")
    assert {what: where for what, where in found.items() if where} == {}
    assert complaints == []
