"""The page on which the custom fields of a connection are chosen: which are shown, and which way they go."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, custom_fields
from webapp.services.errors import Conflict, Invalid
from webapp.store.custom_fields import ways
from webapp.web.formats import counted
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint(
    "custom_fields", __name__, url_prefix="/p/<portal_key>/connections/<uuid:connection_id>/fields"
)

WAYS = {
    "": "Not shown",
    "both": "Both ways",
    "from_provider": "From {} to here",
    "from_portal": "From here to {}",
}
"""Which way a custom field may go."""

KINDS = {"text": "Text", "number": "Number", "date": "Date", "yes_no": "Yes or no", "choice": "One of a list"}

WAY = "way-"
"""What the name of a choice begins with, before the field's key."""


@blueprint.get("")
@needs("connections")
def index(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Show the custom fields there are, to choose from."""
    return _page(connection_id)


@blueprint.post("")
@needs("connections")
def choose(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Set which custom fields are shown, and which way they go."""
    form = request.form
    wanted = {name.removeprefix(WAY): way for name, way in form.items() if name.startswith(WAY)}
    try:
        shown = custom_fields.choose(
            g.portal.id, connection_id, wanted, seen=form.get("seen", ""), user_id=current_user.id
        )
    except (Invalid, Conflict) as error:
        return _page(connection_id, error=error)
    if shown:
        verb = "is" if shown == 1 else "are"
        flash(f"{counted(shown, 'custom field')} {verb} shown. What is known of them arrives by itself.")
    else:
        flash("No custom field is shown. What customers held of them is kept here, out of sight.")
    return redirect(url_for("connections.show", connection_id=connection_id), 303)


def _page(connection_id: uuid.UUID, *, error: Invalid | Conflict | None = None) -> ResponseReturnValue:
    view = connection_views.view(g.portal.id, connection_id)
    found = custom_fields.choosing(g.portal.id, connection_id)
    offered = {
        own.field.key: {way: WAYS[way].format(view.label) for way in ("", *ways(own.field))}
        for own in found.fields
    }
    return page(
        "connections/fields.html",
        status=422 if isinstance(error, Invalid) else 409 if error else 200,
        view=view,
        found=found,
        offered=offered,
        kinds=KINDS,
        wanted={own.field.key: request.form.get(WAY + own.field.key, own.direction) for own in found.fields},
        error=error,
    )
