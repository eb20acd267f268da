"""The page of the bin: what was deleted in the last 30 days, to be restored or deleted for good."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import bin
from webapp.services.bin import Restored
from webapp.services.errors import Refused
from webapp.web.formats import counted
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("bin", __name__, url_prefix="/p/<portal_key>/bin")

CHIPS = {"": "All", "customer": "Customers", "contact": "Contacts"}
NOTHING = "Nothing was ticked. Tick what you mean, then try again."


@blueprint.get("/")
@needs("clients.manage")
def index() -> ResponseReturnValue:
    """Show what lies in the bin."""
    return _page()


@blueprint.post("/")
@needs("clients.manage")
def act() -> ResponseReturnValue:
    """Restore what is ticked, or ask before it is deleted for good."""
    keys = request.form.getlist("pick")
    if not keys:
        return _page(status=422, error=NOTHING)
    if request.form.get("act") == "erase":
        return _page(asking=keys)
    restored = bin.restore(g.portal.id, keys, current_user.id)
    if restored.customers or restored.contacts:
        flash(_words(restored))
    if restored.stayed:
        return _page(status=409, error=" ".join(restored.stayed))
    return redirect(url_for(".index"), 303)


@blueprint.post("/erase")
@needs("clients.manage")
def erase() -> ResponseReturnValue:
    """Delete for good."""
    try:
        gone = bin.erase(g.portal.id, request.form.getlist("pick"), current_user.id)
    except Refused as error:
        return _page(status=409, error=error.reason)
    flash(f"{counted(gone, 'record')} deleted for good, with everything that was known of them.")
    return redirect(url_for(".index"), 303)


def _page(*, status: int = 200, error: str = "", asking: list[str] | None = None) -> ResponseReturnValue:
    found = bin.page(
        g.portal.id,
        q=request.values.get("q", ""),
        kind=request.values.get("kind", ""),
        number=request.values.get("page", 1, type=int),
    )
    chosen = [row for row in found.rows if row.key in set(asking or ())]
    return page(
        "bin/index.html",
        fragment=() if chosen else "list",
        status=status,
        found=found,
        chips=CHIPS,
        size=bin.PAGE_SIZE,
        kept=bin.KEPT.days,
        error=error,
        asking=chosen,
    )


def _words(restored: Restored) -> str:
    parts = [
        counted(restored.customers, "customer") if restored.customers else "",
        counted(restored.contacts, "contact") if restored.contacts else "",
    ]
    said = f"{' and '.join(part for part in parts if part)} restored."
    if restored.unlinked:
        said += (
            f" {counted(restored.unlinked, 'customer')} came back without a link, since the deletion had "
            "reached the provider already. What to do about it stands among the problems."
        )
    return said
