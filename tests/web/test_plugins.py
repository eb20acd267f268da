"""The page of plugins."""

import pytest

from tests.ledger import KEYED
from webapp.providers import Broken, Installed, Registry

PAGE = "/p/nordlicht/connections/plugins"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def installed(app):
    """Install what a test wants."""

    def install(*broken):
        one = Installed(provider=KEYED, distribution="tandem-abacus", version="1.4")
        app.extensions["tandem_providers"] = Registry([KEYED], broken, installed=[one])

    before = app.extensions["tandem_providers"]
    yield install
    app.extensions["tandem_providers"] = before


def test_it_tells_what_each_brings_and_who_uses_it(browser, world, installed):
    installed()
    page = browser.get(PAGE).text
    for word in (
        "Abacus",
        "tandem-abacus 1.4",
        "API version 1",
        "60 calls a minute",
        "Not used by a connection",
    ):
        assert word in page
    assert "ledgerly" in page
    assert "no plugin of this name is installed" in page
    assert f"connections/{world.connection_id}" in page


def test_one_that_cannot_be_used_says_why_and_what_helps(browser, installed):
    installed(Broken(name="sage", distribution="tandem-sage", reason=f"it fails to load ({EVIL})"))
    page = browser.get(PAGE).text
    assert "it fails to load (&lt;script&gt;" in page
    assert "Install a version of it that fits" in page
    assert EVIL not in page


def test_the_page_of_connections_leads_to_it(browser, log_in, world):
    assert PAGE in browser.get("/p/nordlicht/connections/").text
    assert PAGE not in log_in("Manager").get("/p/nordlicht/connections/").text


def test_without_any_it_says_who_can_help(app, browser, installed):
    installed()
    app.extensions["tandem_providers"] = Registry([])
    assert "No plugin is installed." in browser.get(PAGE).text
