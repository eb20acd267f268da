"""The pages of passes: what one of the sync did, as a page and as a file."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, abort, g, request, url_for
from flask.typing import ResponseReturnValue

from webapp.services import connection_views, pass_pages, runs
from webapp.services.pass_pages import Moved
from webapp.store.runs import Run
from webapp.web import sync_words
from webapp.web.downloads import Column, download
from webapp.web.fields import custom_labels, field_label
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("passes", __name__, url_prefix="/p/<portal_key>/runs")

ACTIONS = {
    "created": "added",
    "changed": "changed",
    "deleted": "deleted",
    "restored": "taken out of the bin",
    "linked": "linked",
    "unlinked": "unlinked",
}
"""What was done to a record, in a word."""

COLUMNS = (
    Column("Time", "time"),
    Column("Customer", width=36),
    Column("Contact", width=28),
    Column("What", width=16),
    Column("Side", width=20),
    Column("Field", width=18),
    Column("From", width=36),
    Column("To", width=36),
    Column("Whose change", width=24),
    Column("Gave way", "yes"),
    Column("Address here", width=48),
)


def answer(run: Run) -> ResponseReturnValue:
    """Show a pass: how far it has come, or what it did."""
    return page(
        "runs/pass.html",
        fragment=("pass", "moved"),
        run=run,
        view=connection_views.view(g.portal.id, run.connection_id),
        found=pass_pages.page(run, number=request.args.get("page", 1, type=int)),
        size=pass_pages.PAGE_SIZE,
        actions=ACTIONS,
        sync_words=sync_words,
    )


@blueprint.get("/<uuid:run_id>/changes.csv")
@needs("finance")
def export(run_id: uuid.UUID) -> Response:
    """Download all that a pass did."""
    run = runs.run(g.portal.id, run_id)
    if run.kind != "sync":
        abort(404)
    label = connection_views.view(g.portal.id, run.connection_id).label
    custom_labels()
    rows = (_cells(each, label) for each in pass_pages.everything(run))
    return download("run", COLUMNS, rows, name=f"run-{run.number}", run=run.id)


def _cells(each: Moved, label: str) -> tuple[object, ...]:
    here = url_for("customers.show", customer_id=each.customer_id, _external=True) if each.customer_id else ""
    return (
        each.at,
        each.customer,
        each.record,
        ACTIONS.get(each.action, each.action),
        label if each.there else g.portal.name,
        field_label(each.field) if each.field else "",
        each.old,
        each.new,
        each.who,
        each.lost,
        here,
    )
