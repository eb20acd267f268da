"""The way in: to one's portal, or to a choice of portals."""

from __future__ import annotations

from flask import Blueprint, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.store.portals import places_of
from webapp.web.navigation import first_page
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@needs()
def index() -> ResponseReturnValue:
    """Lead to the user's portal, or let them choose among several."""
    places = places_of(current_user.id)
    if len(places) == 1:
        return redirect(url_for("home.portal", portal_key=places[0].portal.key))
    return page("home/portals.html", places=places)


@blueprint.get("/p/<portal_key>/")
@needs()
def portal() -> ResponseReturnValue:
    """Lead to the first page of a portal that the user may see."""
    endpoint = first_page()
    if endpoint is None:
        return page("home/nothing.html", portal=g.portal)
    return redirect(url_for(endpoint))
