"""The scenes: each brings a portal of its own into one state and names the page that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.stage.portal import Portal


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to look at, by whom, the status it answers with, and what they ``then`` do before they look.

    ``house`` is one of ``stage.server.HOUSES``: the installation the page is one of.
    """

    address: str
    portal: Portal | None = None
    status: int = 200
    then: Callable[[Page], None] | None = None
    house: str = ""


Scene = Callable[[], Shown]
SCENES: dict[str, Scene] = {}


def scene(name: str) -> Callable[[Scene], Scene]:
    """Add a function to the scenes under a name."""

    def add(made: Scene) -> Scene:
        assert name not in SCENES, f"two scenes are called {name}"
        SCENES[name] = made
        return made

    return add
