"""What stands on the left of every page: the places of a portal that its user may go to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, request, url_for

from webapp.services.labels import is_available, label_of, name_of
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.waiting import MOST_COUNTED
from webapp.web.formats import number
from webapp.web.frame import frame
from webapp.web.permissions import declared, may

DOTS: dict[str, tuple[str, str]] = {
    "connected": ("is-ok", "in sync"),
    "attention": ("is-bad", "needs attention"),
    "authorizing": ("is-warn", "being connected"),
    "choosing": ("is-warn", "waits for a choice"),
}
"""The states of connections that are shown: those that lead or led somewhere and were not ended."""

OF_CONNECTION = ("connections", "custom_fields", "webhooks", "sync", "drift", "brakes")
"""The areas whose pages are a connection's."""

CONNECTING = ("connections", "plugins")
"""The areas that are about what the portal is connected to, and can be."""

PROJECTS = (
    "projects",
    "project_users",
    "project_imports",
    "project_reviews",
    "project_runs",
    "project_undoing",
)
"""The areas whose pages are a project's."""

PEOPLE = (
    "members",
    "profiles",
    "customers",
    "editing",
    "people",
    "deleting",
    "imports",
    "reviews",
    "bulk",
    "bin",
    "merging",
    "history",
)
"""The areas that are about the portal's users, and about customers and their people."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: where it leads, and which areas of the application belong to it.

    ``values`` complete its address; ``unless`` names a variable that makes an address another entry's;
    ``note`` says what goes on there, ``count`` how much waits there for somebody.
    """

    label: str
    icon: str
    endpoint: str
    areas: tuple[str, ...]
    values: dict[str, Any] = field(default_factory=dict)
    dot: tuple[str, str] | None = None
    note: str = ""
    count: str = ""
    unless: str = ""

    @property
    def address(self) -> str:
        """Where it leads."""
        return url_for(self.endpoint, **self.values)

    @property
    def is_here(self) -> bool:
        """Whether this request is within it."""
        views = request.view_args or {}
        same = all(views.get(name) == value for name, value in self.values.items())
        return request.blueprint in self.areas and same and self.unless not in views


@dataclass(frozen=True, slots=True)
class Section:
    """A group of places, titled unless it comes first."""

    title: str
    places: list[Place]


def bind(app: Flask) -> None:
    """Give the navigation to an application's templates."""
    app.jinja_env.globals["navigation"] = navigation
    app.jinja_env.globals["resting_syncs"] = resting_syncs


def navigation() -> list[Section]:
    """List the sections of the navigation, with only what the user may see."""
    under_way = frame().under_way if _is_open("runs.index") else 0
    note = f"{number(under_way)} running" if under_way else ""
    finance = [
        *_connections(),
        Place(
            "Conflicts", "arrows-left-right", "conflicts.index", ("conflicts",), count=_waiting("conflicts")
        ),
        Place("Problems", "alert-circle", "problems.index", ("problems",), count=_waiting("problems")),
        Place("Runs", "history", "runs.index", ("runs",), note=note),
    ]
    setup = [
        Place("Manage users", "users", _people_page(), PEOPLE),
        Place("Connections", "plug-connected", "connections.index", CONNECTING, unless="connection_id"),
        Place("Audit log", "list-details", "audit.index", ("audit",)),
    ]
    work = [Place("Projects", "briefcase", "projects.index", PROJECTS)]
    sections = Section("", _open(work)), Section("Finance", _open(finance)), Section("Setup", _open(setup))
    return [section for section in sections if section.places]


def _people_page() -> str:
    """Name the first part of "Manage users" that is open to the user."""
    return "customers.index" if _is_open("customers.index") else "members.index"


def _waiting(what: str) -> str:
    """Say how much waits for somebody, nothing if that is none of the reader's business."""
    if not _is_open(f"{what}.index"):
        return ""
    count: int = getattr(frame(), what)
    return f"{number(MOST_COUNTED)}+" if count > MOST_COUNTED else number(count) if count else ""


@dataclass(frozen=True, slots=True)
class Resting:
    """A connection whose sync writes nothing now, and why."""

    connection_id: uuid.UUID
    label: str
    paused: bool


def resting_syncs() -> list[Resting]:
    """List the portal's connections that work and whose sync somebody paused, or that waits for a person."""
    return [
        Resting(each.id, name_of(each), paused=not each.held)
        for each in frame().connections
        if each.state == "connected" and (each.held or each.sync_paused_at)
    ]


def first_page() -> str:
    """Name the page a member sees first in a portal: the one they are likeliest there for.

    That is the client users for who manages all of them, projects for who leads or fills these, the finance
    app or the users for who has nothing but that, and their own projects for everybody else.
    """
    if may("clients.manage"):
        return "customers.index"
    leads = may("projects") or may("clients.add")
    rest = () if leads else ("connections.index", "members.index")
    return next((endpoint for endpoint in rest if _is_open(endpoint)), "projects.index")


def _connections() -> list[Place]:
    shown = [each for each in frame().connections if each.state in DOTS]
    products = [each.provider for each in shown]
    return [_connection(each, alone=products.count(each.provider) == 1) for each in shown]


def _connection(connection: Connection, *, alone: bool) -> Place:
    dot = DOTS[connection.state]
    if connection.state == "connected" and connection.paused_until and connection.paused_until > now():
        dot = ("is-warn", "pauses")
    elif connection.state == "connected" and (connection.held or connection.brakes):
        dot = ("is-warn", "waits for a person")
    elif connection.state == "connected" and connection.sync_paused_at:
        dot = ("is-warn", "paused")
    if not is_available(connection.provider):
        dot = ("is-bad", "plugin unavailable")
    values = {"connection_id": connection.id}
    product = label_of(connection.provider)
    label = product if alone else connection.organization_name or product
    return Place(label, "refresh", "connections.show", OF_CONNECTION, values, dot)


def _open(places: list[Place]) -> list[Place]:
    return [place for place in places if _is_open(place.endpoint)]


def _is_open(endpoint: str) -> bool:
    return may(*(declared(current_app, endpoint) or ()))
