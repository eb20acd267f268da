"""The drift report of a connection: what differs between both sides, and why; as a page and as a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, drift, sync_pages
from webapp.services.drift import Difference
from webapp.web.downloads import Column, download
from webapp.web.fields import custom_labels, field_label, written
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("drift", __name__, url_prefix="/p/<portal_key>/connections/<uuid:connection_id>/drift")

WHY: dict[str, tuple[str, str, str]] = {
    "unexplained": ("Nothing explains it", "bad", "alert-circle"),
    "twins": ("Not linked, look like one", "bad", "unlink"),
    "only here": ("Only here", "bad", "alert-circle"),
    "only there": ("Only there", "bad", "alert-circle"),
    "conflict": ("Waits as a conflict", "warn", "alert-triangle"),
    "decide": ("Waits for a person", "warn", "alert-triangle"),
    "failed": ("Failed", "bad", "alert-circle"),
    "held": ("Held by the brake", "warn", "player-pause"),
    "due": ("Waits for its turn", "move", "clock"),
    "inactive": ("Not known there", "off", "ban"),
    "apart": ("Left apart", "off", "unlink"),
    "mapping": ("In step, written differently", "ok", "circle-check"),
}
"""Why something differs: the words, the kind of state, the icon."""

COLUMNS = (
    Column("Customer", width=36),
    Column("Contact", width=28),
    Column("Field", width=18),
    Column("In the portal", width=36),
    Column("At the provider", width=36),
    Column("Agreed, in the portal", width=30),
    Column("Agreed, at the provider", width=30),
    Column("Why", width=26),
    Column("More", width=48),
    Column("Id there", width=20),
    Column("Address here", width=48),
)


@blueprint.get("/")
@needs("finance")
def show(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Show the newest report, or how to make the first one."""
    reason, q = request.args.get("reason", ""), request.args.get("q", "").strip()
    report = drift.report(g.portal.id, connection_id)
    found = drift.items(
        g.portal.id, connection_id, reason=reason, q=q, number=request.args.get("page", 1, type=int)
    )
    return page(
        "drift/show.html",
        fragment="rows",
        view=connection_views.view(g.portal.id, connection_id),
        hold=sync_pages.hold(g.portal.id, connection_id),
        report=report,
        found=found,
        reason=reason if reason in WHY else "",
        q=q,
        why=WHY,
        size=drift.PAGE_SIZE,
    )


@blueprint.post("/")
@needs("finance")
def make(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Compare both sides of all linked customers, and keep what was found."""
    report = drift.make(g.portal.id, connection_id, user_id=current_user.id)
    if not report.drift:
        flash("Both sides are in step: nothing differs.")
    return redirect(url_for(".show", connection_id=connection_id), 303)


@blueprint.get("/differences.csv")
@needs("finance")
def export(connection_id: uuid.UUID) -> Response:
    """Download what differs now, computed anew."""
    custom_labels()
    found = drift.differences(g.portal.id, connection_id)
    return download("drift", COLUMNS, _cells(found), connection=connection_id)


def _cells(found: Iterator[Difference]) -> Iterator[tuple[object, ...]]:
    for each in found:
        yield (
            each.customer,
            each.record,
            field_label(each.field) if each.field else "",
            written(each.ours),
            written(each.theirs),
            written(each.agreed_ours),
            written(each.agreed_theirs),
            WHY[each.reason][0],
            each.note,
            each.their_id,
            url_for("customers.show", customer_id=each.customer_id, _external=True),
        )
