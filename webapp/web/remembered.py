"""What is remembered for imports: whom never to import, who is kept apart; each can be taken back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, marking
from webapp.services.errors import Invalid
from webapp.web.permissions import needs
from webapp.web.render import page, wants_fragment

blueprint = Blueprint(
    "remembered", __name__, url_prefix="/p/<portal_key>/connections/<uuid:connection_id>/remembered"
)

KINDS = {"": "All", "never": "Never import", "apart": "Kept apart"}
LAST_PAGE = 1_000_000


@blueprint.get("")
@needs("finance", "clients.manage")
def index(connection_id: uuid.UUID) -> ResponseReturnValue:
    """List what is remembered, newest first."""
    return _page(connection_id)


@blueprint.post("")
@needs("finance", "clients.manage")
def take_back(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Forget one thing, so that it is offered, or suggested, again."""
    our_id = request.form.get("our_id", "")
    try:
        ours = uuid.UUID(our_id) if our_id else None
    except ValueError:
        raise Invalid("our_id", "There is no such customer here. Look at the list again.") from None
    their_id = request.form.get("their_id", "").replace("\0", "")
    gone = marking.take_back(g.portal.id, connection_id, their_id, ours, current_user.id)
    said = "Taken back." if gone else "That was taken back already."
    if wants_fragment():
        return _page(connection_id, said=said)
    flash(said)
    return redirect(url_for(".index", connection_id=connection_id, **_query()), 303)


def _page(connection_id: uuid.UUID, said: str = "") -> ResponseReturnValue:
    found = marking.page(
        g.portal.id,
        connection_id,
        kind=request.values.get("kind", ""),
        q=request.values.get("q", ""),
        number=min(request.values.get("page", 1, type=int), LAST_PAGE),
    )
    return page(
        "remembered/index.html",
        fragment="list",
        found=found,
        said=said,
        kinds=KINDS,
        ask=_query(),
        size=marking.PAGE_SIZE,
        view=connection_views.view(g.portal.id, connection_id),
    )


def _query() -> dict[str, Any]:
    return {name: request.values.get(name) or None for name in ("kind", "q")}
