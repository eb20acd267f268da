"""The pages of projects: the list, one project, its forms, closing and deleting it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import locales, project_customers, project_members, projects
from webapp.services.errors import Invalid
from webapp.services.typed import Moved
from webapp.store.projects import Project
from webapp.web.fields import field_words
from webapp.web.permissions import looker, needs
from webapp.web.render import page
from webapp.web.typed import Sheet, form_of, refused, typed_texts

blueprint = Blueprint("projects", __name__, url_prefix="/p/<portal_key>/projects")

FILTERS = {
    "": "Open",
    "planned": "Planned",
    "active": "Active",
    "on hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "all": "All",
}
STATUSES = {status: FILTERS[status] for status in projects.STATUSES}
SORTS = {
    "name": "By name",
    "-name": "By name, Z to A",
    "ends": "Next to end",
    "newest": "Newest first",
    "changed": "Last changed",
}
KINDS = {
    "planned": ("plain", "calendar"),
    "active": ("ok", "circle-check"),
    "on hold": ("warn", "player-pause"),
    "completed": ("off", "check"),
    "cancelled": ("off", "ban"),
}
"""How each status looks: the kind of state, and its icon."""

TEXTS = ("name", "key", "status", "starts_on", "ends_on", "currency")
SHOWN = 5
"""So many people and customers the overview shows."""


@blueprint.get("/")
@needs()
def index() -> ResponseReturnValue:
    """List the projects the user sees."""
    found = projects.page(
        looker(),
        q=request.args.get("q", ""),
        status=request.args.get("status", ""),
        sort=request.args.get("sort", "") or "name",
        number=request.args.get("page", 1, type=int),
        mine="mine" in request.args,
    )
    shown: dict[str, Any] = {"filters": FILTERS, "sorts": SORTS, "kinds": KINDS, "size": projects.PAGE_SIZE}
    return page("projects/index.html", fragment="list", found=found, **shown)


@blueprint.get("/<uuid:project_id>")
@needs()
def show() -> ResponseReturnValue:
    """Show a project: what it is, whom it is for, and who works on it."""
    clients = project_customers.page(g.portal.id, g.project.id)
    members = project_members.members(g.portal.id, g.project.id)
    return page(
        "projects/show.html", clients=clients, members=members, shown=SHOWN, **around(members, clients.total)
    )


@blueprint.get("/new")
@needs("projects")
def new() -> ResponseReturnValue:
    """Show the form of a new project."""
    return _form(Sheet(values={"currency": g.portal.currency, "status": "active"}))


@blueprint.post("/new")
@needs("projects")
def add() -> ResponseReturnValue:
    """Add a project."""
    typed = _typed()
    try:
        made = projects.add(g.portal.id, current_user.id, typed)
    except Invalid as error:
        return _form(refused(error, typed, {}))
    flash(f"{made.name} is added, with the key {made.key}. You are its first member.")
    return redirect(url_for(".show", project_id=made.id), 303)


@blueprint.get("/<uuid:project_id>/edit")
@needs("projects")
def edit() -> ResponseReturnValue:
    """Show the form of a project."""
    values = projects.fields_of(g.project)
    return _form(Sheet(values=values, version=g.project.version, seen=values), project=g.project)


@blueprint.post("/<uuid:project_id>/edit")
@needs("projects")
def save() -> ResponseReturnValue:
    """Save what was changed of a project."""
    typed, project_id = _typed(), g.project.id
    try:
        meanwhile = projects.edit(g.portal.id, project_id, current_user.id, form_of(typed))
    except (Invalid, Moved) as error:
        return _form(refused(error, typed, {}), project=projects.project(g.portal.id, project_id))
    flash("The project is saved.")
    if meanwhile:
        fields = ", ".join(field_words(name) for name in meanwhile)
        flash(f"Somebody else changed {fields} meanwhile; that is kept too.")
    return redirect(url_for(".show", project_id=project_id), 303)


@blueprint.post("/<uuid:project_id>/status")
@needs("projects")
def set_status() -> ResponseReturnValue:
    """Complete, cancel or pause a project, or take it up again."""
    held = projects.set_status(g.portal.id, g.project.id, current_user.id, request.form.get("status", ""))
    flash(f"The project is {held.status} now.")
    return redirect(url_for(".show"), 303)


@blueprint.get("/<uuid:project_id>/delete")
@needs("projects")
def ask() -> ResponseReturnValue:
    """Say what deleting a project takes along."""
    return page("projects/delete.html", fragment="ask", reach=projects.reach(g.portal.id, g.project.id))


@blueprint.post("/<uuid:project_id>/delete")
@needs("projects")
def delete() -> ResponseReturnValue:
    """Delete a project; its customers stay in the portal."""
    version = request.form.get("version", 0, type=int)
    name = projects.delete(g.portal.id, g.project.id, current_user.id, version=version)
    flash(f"{name} is deleted. Its customers stay in the portal.")
    return redirect(url_for(".index"), 303)


def around(members: list[Any], customers: int) -> dict[str, Any]:
    """Return what stands around every page of a project."""
    return {
        "project": g.project,
        "people": len(members) + customers,
        "kinds": KINDS,
        "statuses": STATUSES,
    }


def _form(sheet: Sheet, *, project: Project | None = None) -> ResponseReturnValue:
    return page(
        "projects/form.html",
        status=sheet.status,
        sheet=sheet,
        project=project,
        statuses=STATUSES,
        currencies=locales.currencies(),
    )


def _typed() -> dict[str, Any]:
    """Read the form; the description keeps its lines."""
    typed: dict[str, Any] = typed_texts(TEXTS)
    if "description" in request.form:
        lines = request.form["description"].replace("\r\n", "\n").replace("\r", "\n")
        typed["description"] = lines.strip()
    return typed
