"""Exports: what pages list, whole, as CSV and Excel."""

from __future__ import annotations

import uuid

import structlog
from flask import Blueprint, Response, g, request, url_for
from flask_security import current_user

from webapp.services import runs
from webapp.services.runs import ItemRow
from webapp.store.runs import Run
from webapp.web.downloads import Column, asked_format, download
from webapp.web.permissions import needs
from webapp.web.runs import FILTERS, outcome

blueprint = Blueprint("exports", __name__, url_prefix="/p/<portal_key>/runs")

COLUMNS = (
    Column("No.", "number"),
    Column("Customer", width=36),
    Column("Id there", width=20),
    Column("What came of it", width=18),
    Column("Reason", width=48),
    Column("Contacts", "number"),
    Column("Finished", "time"),
    Column("Address here", width=48),
)

log = structlog.get_logger(__name__)


@blueprint.get("/<uuid:run_id>/customers.csv")
@needs("finance")
def run_items(run_id: uuid.UUID) -> Response:
    """Download the customers of a run, all or those of a filter, with what came of them and why."""
    run = runs.run(g.portal.id, run_id)
    state = request.args.get("state", "")
    state = state if state in FILTERS else ""
    rows = (_cells(row) for row in runs.all_items(run, state=state, q=request.args.get("q", "")))
    log.info("run.downloaded", run=str(run.id), user=str(current_user.id), filter=state)
    return download(_file_name(run, state), COLUMNS, rows, format=asked_format())


def _cells(row: ItemRow) -> tuple[object, ...]:
    here = url_for("customers.show", customer_id=row.our_id, _external=True) if row.our_id else ""
    return (
        row.position,
        row.name,
        row.their_id,
        outcome(row)[0],
        row.reason,
        row.contacts,
        row.finished_at,
        here,
    )


def _file_name(run: Run, state: str) -> str:
    return f"{g.portal.key}-run-{run.number or 'draft'}{f'-{state}' if state else ''}"
