"""Deleting the portal: an Owner types its name, and has a week to think again."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import portal_deletions
from webapp.services.errors import Invalid
from webapp.store.portals import OWNER
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("leaving", __name__, url_prefix="/p/<portal_key>/delete-portal")


@blueprint.get("/")
@needs("users")
def show() -> ResponseReturnValue:
    """Say what deleting the portal takes along, or when it goes."""
    return _page()


@blueprint.post("/")
@needs("users")
def ask() -> ResponseReturnValue:
    """Ask for the portal to be deleted."""
    _require_owner()
    typed = request.form.get("name", "")
    try:
        portal_deletions.ask(g.portal.id, current_user.id, typed=typed)
    except Invalid as error:
        return _page(error=error.reason, typed=typed, status=422)
    return redirect(url_for(".show"), 303)


@blueprint.post("/keep")
@needs("users")
def keep() -> ResponseReturnValue:
    """Keep the portal after all."""
    portal_deletions.keep(g.portal.id, current_user.id)
    flash("The portal stays.")
    return redirect(url_for(".show"), 303)


def _page(*, error: str = "", typed: str = "", status: int = 200) -> ResponseReturnValue:
    return page(
        "leaving/show.html",
        status=status,
        asked=portal_deletions.asked_for(g.portal.id),
        owner=g.profile.name == OWNER,
        error=error,
        typed=typed,
    )


def _require_owner() -> None:
    if g.profile.name != OWNER:
        abort(403)
