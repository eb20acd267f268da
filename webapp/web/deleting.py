"""Deleting a customer and taking it out of the bin; what the page of one in the bin shows."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import deleting
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("deleting", __name__, url_prefix="/p/<portal_key>/customers/<uuid:customer_id>")


@blueprint.get("/delete")
@needs("clients.manage")
def ask(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Say what deleting a customer reaches."""
    reach = deleting.reach(g.portal.id, customer_id)
    return page(
        "customers/delete.html", fragment="ask", reach=reach, customer_id=customer_id, contact_id=None
    )


@blueprint.post("/delete")
@needs("clients.manage")
def delete(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Put a customer into the bin; its page offers to take that back."""
    version = request.form.get("version", 0, type=int)
    deleting.delete_customer(g.portal.id, customer_id, current_user.id, version=version)
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@blueprint.post("/restore")
@needs("clients.manage")
def restore(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Take a customer out of the bin."""
    name = deleting.restore_customer(g.portal.id, customer_id, current_user.id)
    flash(f"{name} is here again.")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)
