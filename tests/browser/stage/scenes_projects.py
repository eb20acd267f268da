"""Scenes of projects: the list, one project, its forms, its users, and an import into it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from tests.browser.stage.names import practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.services import picker, portals, project_customers, project_members, projects, reviews
from webapp.store.columns import now

CODES = ("EUR", "USD", "EUR", "GBP", "EUR", "")
LONG = "Relaunch der Vermietungsseiten für Donaudampfschifffahrtsgesellschaftskapitänsquartiere und Umgebung"


def _project(portal: Portal, name: str = "Hafenblick relaunch", **typed: str) -> uuid.UUID:
    today = now().date()
    values = {
        "name": name,
        "currency": "EUR",
        "starts_on": (today - timedelta(weeks=9)).isoformat(),
        "ends_on": (today + timedelta(weeks=12)).isoformat(),
        "description": "New pages for letting flats.\nThe customer brings the photographs.",
        **typed,
    }
    return projects.add(portal.id, portal.user_id, values).id


def _staffed(profile: str = "Owner") -> tuple[Portal, uuid.UUID]:
    """Make a project with people and customers, in a connected portal."""
    portal = Portal.new(profile).connected()
    project = _project(portal)
    for number, name in enumerate(("Jonas Petersen", "Zoë van den Heuvel-Achterberg", "佐藤 健太")):
        user = portals.add_user(
            portal.id, f"person{number}@{portal.key}.example", name, password=None, profile="Employee"
        )
        project_members.add(portal.id, project, [user.id], portal.user_id)
    firms = [firm for firm in practice(12) if firm.currency == "EUR"]
    for each in portal.here(firms):
        project_customers.add(portal.id, project, [each], portal.user_id)
    return portal, project


@scene("projects, none yet")
def none_yet() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("projects/"), portal)


@scene("projects, none for a member")
def none_for_a_member() -> Shown:
    portal = Portal.new("Employee")
    return Shown(portal.address("projects/"), portal)


@scene("projects, several")
def several() -> Shown:
    portal, _ = _staffed()
    for name, status in (("Kaffeerösterei", "planned"), (LONG, "on hold"), ("مكتبة الياسمين", "active")):
        _project(portal, name, status=status, ends_on="")
    _project(portal, "Katalog", status="completed")
    return Shown(portal.address("projects/?status=all"), portal)


@scene("projects, nothing found")
def nothing_found() -> Shown:
    portal, _ = _staffed()
    return Shown(portal.address("projects/?q=zzz"), portal)


@scene("project, overview")
def overview() -> Shown:
    portal, project = _staffed()
    return Shown(portal.address(f"projects/{project}"), portal)


@scene("project, new")
def new() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("projects/new"), portal)


@scene("project, edited")
def edited() -> Shown:
    portal, project = _staffed()
    return Shown(portal.address(f"projects/{project}/edit"), portal)


@scene("project, asked before it is deleted")
def before_deleting() -> Shown:
    portal, project = _staffed()
    return Shown(portal.address(f"projects/{project}/delete"), portal)


@scene("project users, of the portal")
def members() -> Shown:
    portal, project = _staffed()
    return Shown(portal.address(f"projects/{project}/users/"), portal)


@scene("project users, clients")
def clients() -> Shown:
    portal, project = _staffed()
    return Shown(portal.address(f"projects/{project}/users/?type=clients"), portal)


@scene("project users, no clients yet")
def no_clients() -> Shown:
    portal = Portal.new().connected()
    project = _project(portal)
    return Shown(portal.address(f"projects/{project}/users/?type=clients"), portal)


@scene("project users, people to add")
def people_to_add() -> Shown:
    portal, project = _staffed()
    portals.add_user(portal.id, f"new@{portal.key}.example", "Tove Lind", password=None, profile="Manager")
    return Shown(portal.address(f"projects/{project}/users/members"), portal)


@scene("project users, customers to add")
def customers_to_add() -> Shown:
    portal, project = _staffed()
    portal.here(
        replace(firm, currency=code) for code, firm in zip(CODES, practice(6, hard=False), strict=True)
    )
    return Shown(portal.address(f"projects/{project}/users/customers"), portal)


@scene("project users, a new customer")
def new_customer() -> Shown:
    portal, project = _staffed()
    return Shown(portal.address(f"projects/{project}/users/customers/new"), portal)


def _import() -> tuple[Portal, uuid.UUID]:
    portal = Portal.new().connected()
    project = _project(portal)
    firms = practice(20)
    ids = portal.there(firms)
    portal.link(ids[2:6], portal.here(firms[2:6]))
    return portal, project


@scene("project import, choosing")
def choosing() -> Shown:
    portal, project = _import()
    return Shown(portal.address(f"projects/{project}/connections/{portal.connection_id}/import/"), portal)


@scene("project import, review")
def review() -> Shown:
    portal, project = _import()
    draft = picker.draft(portal.id, portal.connection_id, portal.user_id, project_id=project)
    picker.tick_all(draft)
    opened = reviews.open_review(draft)
    return Shown(portal.address(f"projects/{project}/runs/{opened.id}/review"), portal)
