"""The pages of customers and their people: the list of client users, and one customer in detail."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import customers, deleting, merging, runs
from webapp.services.errors import NotFound
from webapp.web.customer_page import customer_page
from webapp.web.listing import listing
from webapp.web.permissions import needs
from webapp.web.render import page, wants_fragment

blueprint = Blueprint("customers", __name__, url_prefix="/p/<portal_key>")


@blueprint.get("/client-users/")
@needs("clients.manage")
def index() -> ResponseReturnValue:
    """List the customers and their people."""
    return listing(fragment=("list", "exports"))


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
    """Show one customer with its contacts, where each came from and what happened; or that it is binned."""
    try:
        return customer_page(customer_id, gone_id=request.args.get("gone", type=uuid.UUID))
    except NotFound:
        return _binned(customer_id)


@blueprint.get("/customers/<uuid:customer_id>/standing")
@needs("clients.manage")
def standing(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Tell how a customer stands beside its providers, and what came of that; asked until it rests."""
    if not wants_fragment():
        return redirect(url_for(".show", customer_id=customer_id))
    return customer_page(customer_id, fragment=("standing", "facts", "history"))


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


def _binned(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Show where a customer went: into the bin, or into the one it was merged with."""
    binned = deleting.in_bin(g.portal.id, customer_id)
    if binned is None:
        raise NotFound(customers.UNKNOWN)
    merged_into = merging.survivor(g.portal.id, customer_id)
    if merged_into is not None:
        return redirect(url_for(".show", customer_id=merged_into))
    return page("customers/binned.html", binned=binned)
