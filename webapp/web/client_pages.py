"""The pages of client users: the projects for their company, and what is kept of them; nothing else.

Their addresses carry no id: who somebody is in a portal is read from their login at each request.
"""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from webapp.services import client_pages
from webapp.web.permissions import for_clients
from webapp.web.projects import KINDS
from webapp.web.render import page

blueprint = Blueprint("client", __name__, url_prefix="/c/<portal_key>")


@blueprint.get("/")
@for_clients
def projects() -> ResponseReturnValue:
    """Show the projects that are for the client user's customers."""
    return page(
        "client/projects.html",
        projects=client_pages.projects(g.client),
        several=len(_customers()) > 1,
        kinds=KINDS,
    )


@blueprint.get("/you")
@for_clients
def details() -> ResponseReturnValue:
    """Show what is kept of the client user, and whom to ask to change it."""
    return page("client/details.html", details=client_pages.details(g.client))


def _customers() -> set[str]:
    return {str(place.customer.id) for place in g.client}
