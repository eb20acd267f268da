"""A Chromium in front of a running Tandem; a page that makes the browser complain fails its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from tests.browser.gallery import SCENES
from tests.browser.stage.server import MAIL, Street
from tests.chromium import ARGUMENTS
from tests.system.place import PASSWORD, Place
from tests.web.pages import pages_app

WAIT_MS = 30_000
DESK: ViewportSize = {"width": 1440, "height": 900}
OpenWindow = Callable[..., Page]
Visit = Callable[[str], Page]


@pytest.fixture(scope="package")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """A Chromium without windows."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_window(chromium: Browser) -> Iterator[OpenWindow]:
    """Open windows; at the end no script and no policy may have complained in any of them."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.text} ({message.location})")

    def open_window(**look: Any) -> Page:
        context = chromium.new_context(locale="en-GB", **look)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_window
    for context in chromium.contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def pages(module_database_url: str, redis_url: str) -> Iterator[Flask]:
    """The portal's pages, without workers."""
    with pages_app(module_database_url, redis_url, **MAIL) as made:
        yield made


@pytest.fixture(scope="module")
def street(module_database_url: str, redis_url: str) -> Iterator[Street]:
    """Where the pages are, those of installations that answer otherwise too."""
    with ExitStack() as running:
        yield Street(module_database_url, redis_url, running)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains of."""
    return []


@pytest.fixture
def visit(pages: Flask, street: Street, chromium: Browser, complaints: list[str]) -> Iterator[Visit]:
    """Go to a scene as the person it is made for."""

    def hear(message: ConsoleMessage) -> None:
        # That a page answers with an error is what some scenes are about.
        if (
            message.type in ("error", "warning")
            and "the server responded with a status of" not in message.text
        ):
            complaints.append(f"{message.text} ({message.location})")

    def visit(name: str) -> Page:
        with pages.app_context():
            shown = SCENES[name]()
        address = street.address(shown.house)
        if shown.portal is not None:
            window.add_cookies([{"name": "tandem", "value": shown.portal.token, "url": address}])
        page = window.new_page()
        page.on("console", hear)
        answer = page.goto(address + shown.address)
        assert answer is not None
        assert answer.status == shown.status
        if shown.then is not None:
            shown.then(page)
        return page

    # Colours that are on their way to others when the scheme changes have no contrast to speak of.
    window = chromium.new_context(locale="en-GB", viewport=DESK, reduced_motion="reduce")
    window.set_default_timeout(WAIT_MS)
    yield visit
    window.close()


def log_in(page: Page, place: Place) -> None:
    """Log the owner of a portal in, as a person does."""
    page.goto(f"{place.tandem.url}/p/{place.key}/client-users/")
    page.get_by_label("E-mail").fill(place.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", level=1).wait_for()
