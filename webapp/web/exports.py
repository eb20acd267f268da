"""Downloads: what a page lists, whole, as a CSV file that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC
from unicodedata import bidirectional, category

import structlog
from flask import Blueprint, Response, g, request, stream_with_context, url_for
from flask_security import current_user

from webapp import walls
from webapp.extensions import db
from webapp.services import runs
from webapp.services.runs import ItemRow
from webapp.store.runs import Run
from webapp.web.permissions import needs
from webapp.web.runs import FILTERS, outcome

blueprint = Blueprint("exports", __name__, url_prefix="/p/<portal_key>/runs")

ROWS_AT_ONCE = 500
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the letters of another time."""

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet may compute, in narrow and in wide letters."""

TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Directions that a name can force upon the cells beside it."""

HEAD = (
    "No.",
    "Customer",
    "Id there",
    "What came of it",
    "Reason",
    "Contacts",
    "Finished (UTC)",
    "Address here",
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
    return _download(_file_name(run, state), HEAD, rows)


def neutral(cell: object) -> str:
    """Write a cell as text: one that would be a formula gets an apostrophe, and what hides or turns goes."""
    text = "".join(" " if _hides(each) else each for each in str(cell))
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(FORMULA) else text


def _cells(row: ItemRow) -> tuple[object, ...]:
    finished = row.finished_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if row.finished_at else ""
    here = url_for("customers.show", customer_id=row.our_id, _external=True) if row.our_id else ""
    return row.position, row.name, row.their_id, outcome(row)[0], row.reason, row.contacts, finished, here


def _hides(letter: str) -> bool:
    """Tell whether a character is a control, or turns the direction of all that follows."""
    return (category(letter) == "Cc" and letter not in "\t\r\n") or bidirectional(letter) in TURNING


def _download(name: str, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Response:
    # Whoever takes it slowly is not to hold a transaction meanwhile.
    db.session.close()
    response = Response(stream_with_context(walls.staying(_lines(head, rows))), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _lines(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    """Write rows a few at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(head)
    for number, row in enumerate(rows, start=1):
        writer.writerow([neutral(cell) for cell in row])
        if number % ROWS_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _file_name(run: Run, state: str) -> str:
    return f"{g.portal.key}-run-{run.number or 'draft'}{f'-{state}' if state else ''}.csv"
