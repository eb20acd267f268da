"""A Chromium in front of a running Tandem; a page that makes the browser complain fails its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.chromium import ARGUMENTS
from tests.system.place import PASSWORD, Place

WAIT_MS = 30_000
OpenWindow = Callable[..., Page]


@pytest.fixture(scope="module")
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


def log_in(page: Page, place: Place) -> None:
    """Log the owner of a portal in, as a person does."""
    page.goto(f"{place.tandem.url}/p/{place.key}/client-users/")
    page.get_by_label("E-mail").fill(place.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", level=1).wait_for()
