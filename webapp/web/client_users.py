"""Making contacts client users: inviting them, and letting them in no longer."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import client_users
from webapp.web.customer_page import person_answer
from webapp.web.permissions import needs
from webapp.web.render import wants_fragment

blueprint = Blueprint(
    "client_users",
    __name__,
    url_prefix="/p/<portal_key>/customers/<uuid:customer_id>/contacts/<uuid:contact_id>/client",
)


@blueprint.post("/invite")
@needs("clients.manage")
def invite(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Invite a contact, or send the invitation again."""
    made = client_users.invite(g.portal.id, customer_id, contact_id, by=current_user.id)
    again = " again" if made.sent > 1 else ""
    return _answer(customer_id, contact_id, f"Invited{again}: a mail goes to {made.email}.")


@blueprint.post("/withdraw")
@needs("clients.manage")
def withdraw(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw an invitation."""
    name = client_users.withdraw(g.portal.id, customer_id, contact_id, by=current_user.id)
    return _answer(customer_id, contact_id, f"The invitation of {name} works no longer.")


@blueprint.post("/access")
@needs("clients.manage")
def set_active(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Let a client user in no longer, or again."""
    active = request.form.get("active") == "yes"
    name = client_users.set_active(g.portal.id, customer_id, contact_id, active=active, by=current_user.id)
    said = f"{name} is let in again." if active else f"{name} is let in no longer, from the next click on."
    return _answer(customer_id, contact_id, said)


def _answer(customer_id: uuid.UUID, contact_id: uuid.UUID, said: str) -> ResponseReturnValue:
    if wants_fragment():
        return person_answer(customer_id, contact_id, "row", said=(said,), focus=True)
    flash(said)
    return redirect(url_for("customers.show", customer_id=customer_id, _anchor=f"p-{contact_id}"), 303)
