"""Scenes at the door, and of connections in all their states."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.browser.stage.names import practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.services import notices, portals
from webapp.store.columns import now
from webapp.store.connections import connections_of

READING = {"number": 1, "step": "customers", "pages": 3, "total_pages": 11, "customers": 600}
CHOICES = {
    "offered": [
        {"id": "20240101", "name": "Nordlicht Studio GmbH", "currency": "EUR", "active": True},
        {"id": "20240102", "name": "Nordlicht Inc.", "currency": "USD", "active": True},
        {"id": "20240103", "name": "Alte Nordlicht KG", "currency": "EUR", "active": False},
    ]
}


def _connection(**columns: Any) -> Shown:
    portal = Portal.new().connected(**columns)
    return Shown(portal.address(f"connections/{portal.connection_id}"), portal)


@scene("login")
def login() -> Shown:
    return Shown("/login")


@scene("several portals")
def several_portals() -> Shown:
    portal = Portal.new()
    for name in ("Atelier Brûlé SARL", "株式会社みなと印刷"):
        other = Portal.new(name=name)
        portals.add_user(other.id, f"ada@{portal.key}.example", "", password=None, profile="Manager")
    return Shown("/", portal)


@scene("nothing open")
def nothing_open() -> Shown:
    portal = Portal.new("Employee")
    return Shown(portal.address(), portal)


@scene("not found")
def not_found() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("runs/00000000-0000-7000-8000-000000000000"), portal, status=404)


@scene("not allowed")
def not_allowed() -> Shown:
    portal = Portal.new("Manager").connected()
    return Shown(portal.address("connections/new/books"), portal, status=403)


@scene("settings")
def settings() -> Shown:
    portal = Portal.new()
    return Shown("/account/", portal)


@scene("connections, none")
def no_connection() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("connections/"), portal)


@scene("connections, several")
def connections() -> Shown:
    portal = Portal.new().connected()
    portal.connected(state="attention", organization_name="Nordlicht Inc.", region="com")
    portal.connected("ledgerly", organization_name="شركة النور للتجارة")
    portal.connected(state="disconnected", organization_name="Alte Nordlicht KG")
    return Shown(portal.address("connections/"), portal)


@scene("connect")
def connect() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("connections/new/books"), portal)


@scene("connection, choosing")
def choosing() -> Shown:
    return _connection(
        state="choosing", organizations=CHOICES, organization_id="", organization_name="", connected_at=None
    )


@scene("connection, signing in")
def signing_in() -> Shown:
    return _connection(state="authorizing", organization_id="", organization_name="", connected_at=None)


@scene("connection, first reading")
def first_reading() -> Shown:
    shown = _connection(census=READING, census_finished_at=None, refreshed_at=None)
    assert shown.portal is not None
    shown.portal.there(practice(40))
    return shown


@scene("connection, connected")
def connected() -> Shown:
    return _connection()


@scene("connection, pauses")
def pauses() -> Shown:
    return _connection(
        paused_until=now() + timedelta(minutes=34), pause_reason="Zoho Books asks for a pause of an hour."
    )


@scene("connection, odd census")
def odd_census() -> Shown:
    fault = "The list of customers came back empty, so nothing was taken for deleted. It is read again soon."
    return _connection(census={"number": 4, "fault": fault})


@scene("connection, needs attention")
def attention() -> Shown:
    return _connection(state="attention", attention="The authorisation was taken back.")


@scene("connection, never connected")
def failed_to_connect() -> Shown:
    return _connection(
        state="attention",
        attention="The client secret is not the one of this client id. Check both at Zoho, then try again.",
        organization_id="",
        organization_name="",
        connected_at=None,
    )


@scene("connection, disconnected")
def disconnected() -> Shown:
    return _connection(state="disconnected")


@scene("connection, plugin gone")
def plugin_gone() -> Shown:
    return _connection(provider="ledgerly")


@scene("notices, none")
def no_notices() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address("notices/"), portal)


@scene("notices, some")
def some_notices() -> Shown:
    portal = Portal.new().connected(organization_name="Donaudampfschifffahrtsgesellschaft" * 3)
    for connection in connections_of(portal.id):
        notices.tell_attention(connection, "The authorisation was taken back.")
        notices.tell_pause(connection, "The day's calls are used up.", now() + timedelta(hours=3), day=True)
    db.session.commit()
    return Shown(portal.address("notices/"), portal)
