"""Every page in every state: open to everybody, on every screen, in the light and in the dark."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visit
from tests.browser.gallery import SCENES
from tests.browser.stage import checks
from tests.soaking import NUMBER

DESKS = (1440, 1024)
DARKEST_LIGHT = 80
SHOWN = tuple(SCENES) if NUMBER else tuple(SCENES)[::12]
"""Every twelfth state in each run, all of them in the soak."""


@pytest.mark.soak
@pytest.mark.parametrize("name", SHOWN)
def test_a_page_in_a_state_is_open_to_everybody_on_every_screen(
    name: str, visit: Visit, complaints: list[str]
):
    page = visit(name)
    found = {"barriers": checks.barriers(page), "squeezed": checks.squeezed(page)}
    for width in (*DESKS, checks.NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        found[f"beyond the edge at {width}"] = checks.beyond_the_edge(page)
    found["hard to hit"] = checks.hard_to_hit(page)
    page.emulate_media(color_scheme="dark")
    found["light in the dark"] = ["the page"] if checks.lightness(page) > DARKEST_LIGHT else []
    found["hard to read in the dark"] = checks.barriers(page, "color-contrast")
    assert {what: where for what, where in found.items() if where} == {}
    assert complaints == []
