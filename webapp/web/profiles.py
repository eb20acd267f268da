"""The pages of profiles: the matrix of who may do what, and one profile to add, copy, change or delete."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import grants, profiles
from webapp.services.errors import Invalid
from webapp.store.portals import PROFILES
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("profiles", __name__, url_prefix="/p/<portal_key>/profiles")


@blueprint.get("/")
@needs("users")
def index() -> ResponseReturnValue:
    """Show what each profile allows."""
    views = profiles.views(g.portal.id, current_user.id)
    return page("profiles/index.html", profiles=views, sentences=profiles.SENTENCES)


@blueprint.get("/new")
@needs("users")
def new() -> ResponseReturnValue:
    """Show an empty form, or the copy of a profile as far as whoever copies holds it."""
    copied = request.args.get("copy", type=uuid.UUID)
    if copied is None:
        return _form(name="", chosen=[])
    source = profiles.profile(g.portal.id, copied)
    mine = grants.with_implied(g.profile.permissions)
    return _form(name=f"{source.name} (copy)", chosen=[each for each in source.permissions if each in mine])


@blueprint.post("/new")
@needs("users")
def add() -> ResponseReturnValue:
    """Make a profile."""
    name, chosen = _typed()
    try:
        made = profiles.add(g.portal.id, name, chosen, by=current_user.id)
    except Invalid as error:
        return _form(name=name, chosen=chosen, error=error)
    flash(f"The profile {made.name} is there. Give it to users on their pages.")
    return redirect(url_for(".index"), 303)


@blueprint.get("/<uuid:profile_id>")
@needs("users")
def show(profile_id: uuid.UUID) -> ResponseReturnValue:
    """Show one profile to be changed or deleted."""
    found = profiles.profile(g.portal.id, profile_id)
    return _form(name=found.name, chosen=found.permissions, profile_id=profile_id)


@blueprint.post("/<uuid:profile_id>")
@needs("users")
def change(profile_id: uuid.UUID) -> ResponseReturnValue:
    """Rename a profile and change what it allows."""
    name, chosen = _typed()
    try:
        changed = profiles.change(g.portal.id, profile_id, name, chosen, by=current_user.id)
    except Invalid as error:
        return _form(name=name, chosen=chosen, profile_id=profile_id, error=error)
    flash(f"{changed.name} is saved, and counts from everybody's next click on.")
    # Whoever took away their own right to manage users may not see the matrix any more.
    mine = profiles.profile(g.portal.id, g.membership.profile_id)
    return redirect(url_for(".index" if mine.allows("users") else "home.portal"), 303)


@blueprint.post("/<uuid:profile_id>/delete")
@needs("users")
def delete(profile_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a profile; those who have it get another one."""
    found = profiles.profile(g.portal.id, profile_id)
    try:
        moved = request.form.get("move_to", type=uuid.UUID)
        name = profiles.remove(g.portal.id, profile_id, moved, by=current_user.id)
    except Invalid as error:
        return _form(name=found.name, chosen=found.permissions, profile_id=profile_id, error=error)
    flash(f"The profile {name} is deleted.")
    return redirect(url_for(".index"), 303)


def _typed() -> tuple[str, list[str]]:
    return request.form.get("name", ""), [
        each for each in request.form.getlist("permission") if each in profiles.SENTENCES
    ]


def _form(
    *, name: str, chosen: list[str], profile_id: uuid.UUID | None = None, error: Invalid | None = None
) -> ResponseReturnValue:
    views = profiles.views(g.portal.id, current_user.id)
    view = next((each for each in views if each.id == profile_id), None)
    everyone = profiles.of_portal(g.portal.id)
    return page(
        "profiles/form.html",
        status=422 if error else 200,
        error=error,
        name=name,
        chosen=chosen,
        view=view,
        keeps_name=view is not None and view.name in PROFILES,
        mine=grants.with_implied(g.profile.permissions),
        others=[each for each in grants.grantable(everyone, g.profile) if each.id != profile_id],
        sentences=profiles.SENTENCES,
    )
