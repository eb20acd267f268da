"""A contact's personal data: what is kept of them, to take along, and to erase."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import deleting, erasing, personal
from webapp.services.customers import detail
from webapp.services.errors import NotFound
from webapp.services.holding import UNKNOWN
from webapp.web.downloads import archive
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint(
    "personal",
    __name__,
    url_prefix="/p/<portal_key>/customers/<uuid:customer_id>/contacts/<uuid:contact_id>/data",
)


@blueprint.get("/")
@needs("clients.manage")
def show(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Say what is kept of a contact, and what erasing them does and does not."""
    details = detail(g.portal.id, customer_id)
    entry = next((each for each in details.contacts if each.contact.id == contact_id), None)
    if entry is None:
        raise NotFound(UNKNOWN["contact"])
    reach = deleting.reach(g.portal.id, customer_id, contact_id)
    labels = sorted({place.label for place in reach.places}) if entry.came_from else []
    return page(
        "personal/show.html",
        customer=details.customer,
        person=entry.contact,
        state=entry.client,
        labels=labels,
    )


@blueprint.post("/export")
@needs("clients.manage")
def export(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Send all that is kept of a contact."""
    pieces = personal.of_contact(g.portal.id, customer_id, contact_id, current_user.id)
    return archive("personal-data", pieces)


@blueprint.post("/erase")
@needs("clients.manage")
def erase(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Erase a contact, here alone or at the providers too."""
    there = request.form.get("where") == "there"
    done = erasing.erase_contact(g.portal.id, customer_id, contact_id, current_user.id, there=there)
    flash(
        "Erased, with the history and what the audit said of them. They are not imported again."
        if done
        else "The deletion travels first. Then everything kept here is erased; that needs nobody."
    )
    return redirect(url_for("customers.show", customer_id=customer_id), 303)
