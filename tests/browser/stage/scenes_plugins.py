"""Scenes of plugins, of connecting by a key, and of an installation that changes nothing or cannot answer."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.stage.names import practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene


@scene("plugins, all kinds")
def plugins() -> Shown:
    portal = Portal.new().connected()
    portal.connected(state="disconnected", organization_name="Donaudampfschifffahrtsgesellschaft" * 3)
    portal.connected("ledgerly", organization_name="شركة النور للتجارة")
    return Shown(portal.address("connections/plugins"), portal)


@scene("plugins, one cannot be used")
def plugin_left_out() -> Shown:
    portal = Portal.new()
    portal.connected("abacus", organization_name="Nordlicht Inc.")
    return Shown(portal.address("connections/plugins"), portal, house="a broken plugin")


@scene("plugins, none")
def no_plugin() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("connections/plugins"), portal, house="no plugin")


@scene("connect, by a key")
def connect_by_key() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("connections/new/abacus"), portal, house="keys alone")


@scene("read only")
def read_only() -> Shown:
    portal = Portal.new().connected()
    portal.here(practice(12))
    return Shown(portal.address("client-users/"), portal, house="read only")


@scene("read only, refused to change something")
def read_only_refused() -> Shown:
    portal = Portal.new()

    def save(page: Page) -> None:
        page.get_by_role("button", name="Save").first.click()
        page.get_by_role("heading", name="Nothing is changed for now").wait_for()

    return Shown("/account/", portal, then=save, house="read only")


@scene("no database")
def no_database() -> Shown:
    return Shown("/", Portal.new(), status=503, house="no database")
