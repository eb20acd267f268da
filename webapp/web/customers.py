"""The pages of customers and their people: the list of client users, and one customer in detail."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, customers, runs
from webapp.web import notices, summaries
from webapp.web.frame import frame
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("customers", __name__, url_prefix="/p/<portal_key>")

FILTERS = {"": "All", "new": "New from the import", "linked": "Linked", "only_here": "Only here"}
SORTS = {"name": "By name", "-name": "By name, Z to A", "newest": "Newest first", "changed": "Last changed"}


@blueprint.get("/client-users/")
@needs("clients.manage")
def index() -> ResponseReturnValue:
    """List the customers and their people."""
    asked = {name: request.args.get(name, "") for name in ("q", "filter", "sort")}
    found = customers.page(
        g.portal.id,
        q=asked["q"],
        filter=asked["filter"],
        sort=asked["sort"] or "name",
        number=request.args.get("page", 1, type=int),
    )
    finished = runs.unread(g.portal.id, current_user.id)
    if finished is not None:
        notices.shows(finished.run.id)
    return page(
        "customers/index.html",
        fragment="list",
        found=found,
        filters=FILTERS,
        sorts=SORTS,
        size=customers.PAGE_SIZE,
        connections={view.id: view for view in connection_views.views_of(frame().connections)},
        finished=finished,
        summaries=summaries,
    )


@blueprint.post("/client-users/dismiss")
@needs("clients.manage")
def dismiss() -> ResponseReturnValue:
    """Put away the summary of the last import."""
    finished = runs.unread(g.portal.id, current_user.id)
    if finished is not None:
        runs.dismiss(finished.run)
    return redirect(url_for(".index"), 303)


@blueprint.get("/customers/<uuid:customer_id>")
@needs("clients.manage")
def show(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Show one customer: its contacts, where each came from, and what happened to them."""
    number = request.args.get("history", 1, type=int)
    details = customers.detail(g.portal.id, customer_id, history_page=number)
    views = connection_views.views_of(frame().connections)
    return page(
        "customers/show.html",
        fragment="history",
        details=details,
        customer=details.customer,
        connections={view.id: view for view in views},
        linkable=[view for view in views if view.state == "connected" and not _is_linked(details, view.id)],
        addresses={
            link.connection_id: connection_views.customer_address(
                g.portal.id, link.connection_id, link.their_id
            )
            for link in details.came_from
        },
    )


@blueprint.get("/customers/<uuid:customer_id>/people")
@needs("clients.manage")
def people(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Show all people of a customer in the place of the few that the list shows."""
    details = customers.detail(g.portal.id, customer_id)
    if request.headers.get("HX-Request") != "true":
        return redirect(url_for(".show", customer_id=customer_id))
    return page("customers/people.html", details=details)


@blueprint.post("/customers/<uuid:customer_id>/unlink/<uuid:connection_id>")
@needs("finance", "clients.manage")
def unlink(customer_id: uuid.UUID, connection_id: uuid.UUID) -> ResponseReturnValue:
    """Take a customer and its contacts out of step with a provider."""
    customers.unlink(g.portal.id, customer_id, connection_id, current_user.id)
    flash("Unlinked. Both sides keep what they have, and changes no longer travel between them.")
    return redirect(url_for(".show", customer_id=customer_id), 303)


@blueprint.post("/customers/<uuid:customer_id>/link/<uuid:connection_id>")
@needs("finance", "clients.manage")
def link(customer_id: uuid.UUID, connection_id: uuid.UUID) -> ResponseReturnValue:
    """Review linking a customer with its twin at a provider."""
    run = customers.link_again(g.portal.id, customer_id, connection_id, current_user.id)
    return redirect(url_for("reviews.show", run_id=run.id), 303)


def _is_linked(details: customers.CustomerDetails, connection_id: uuid.UUID) -> bool:
    return any(link.connection_id == connection_id for link in details.came_from)
