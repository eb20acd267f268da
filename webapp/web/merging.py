"""The page of a merge of two customers: both side by side, and what stays of each."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import merge_choices, merging, ticks
from webapp.services.errors import Conflict, Invalid, Refused
from webapp.web.listing import keep_ticks
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("merging", __name__, url_prefix="/p/<portal_key>/customers/merge")


@blueprint.get("/")
@needs("clients.manage")
def show() -> ResponseReturnValue:
    """Show two customers side by side, and what merging them would do."""
    return _page(_asked("one"), _asked("other"))


@blueprint.post("/")
@needs("clients.manage")
def merge() -> ResponseReturnValue:
    """Merge them as it was shown; if that cannot be, show why."""
    one, other = _asked("one"), _asked("other")
    seen = request.form.get("seen", "")
    try:
        done = merging.merge(g.portal.id, one, other, request.form, seen, current_user.id)
    except (Conflict, Refused) as error:
        if one == other:
            raise
        return _page(one, other, status=409, error=error.reason)
    keep_ticks(ticks.Ticks())
    flash(
        f"{done.other} is part of {done.name} now. What it was lies in the bin for 30 days, "
        "and this page's history tells which values gave way."
    )
    return redirect(url_for("customers.show", customer_id=done.customer_id), 303)


def _page(one: uuid.UUID, other: uuid.UUID, *, status: int = 200, error: str = "") -> ResponseReturnValue:
    plan = merge_choices.plan(g.portal.id, one, other, request.values)
    return page("merging/show.html", status=status, plan=plan, error=error)


def _asked(name: str) -> uuid.UUID:
    try:
        return uuid.UUID(request.values.get(name, ""))
    except ValueError:
        raise Invalid(name, "Two customers are merged: select two in the list.") from None
