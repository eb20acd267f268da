"""The way in: to one's portal, or to a choice of portals."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.store.client_users import client_places
from webapp.store.portals import Portal, places_of
from webapp.web.navigation import first_page
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@needs()
def index() -> ResponseReturnValue:
    """Lead to the user's portal, as a member or as a client user, or let them choose among several."""
    places, clients = places_of(current_user.id), _as_client()
    if len(places) + len(clients) == 1:
        only = places[0].portal if places else clients[0][0]
        return redirect(url_for("home.portal" if places else "client.projects", portal_key=only.key))
    return page("home/portals.html", places=places, clients=clients)


@blueprint.get("/p/<portal_key>/")
@needs()
def portal() -> ResponseReturnValue:
    """Lead to the first page of a portal that the user may see."""
    return redirect(url_for(first_page()))


def _as_client() -> list[tuple[Portal, list[str]]]:
    """List the portals the user is a client user of, each with the names of their customers there."""
    found: dict[uuid.UUID, tuple[Portal, list[str]]] = {}
    for place in client_places(current_user.id):
        found.setdefault(place.portal.id, (place.portal, []))[1].append(place.customer.name)
    return list(found.values())
