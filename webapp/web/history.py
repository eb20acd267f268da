"""The page of a customer's history: what changed, when, by whom, from what to what."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from webapp.services import history_pages
from webapp.services.history_pages import HistoryQuery
from webapp.web.fields import field_label
from webapp.web.formats import reader
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("history", __name__, url_prefix="/p/<portal_key>/customers")

ASKED = ("record", "field", "who", "run", "from", "to")

ACTIONS = {
    "created": "Added",
    "created_there": "Added there",
    "changed": "Changed",
    "changed_there": "Changed there",
    "deleted": "Deleted",
    "deleted_there": "Deleted there",
    "maybe_created_there": "Perhaps added there",
    "maybe_changed_there": "Perhaps changed there",
    "maybe_deleted_there": "Perhaps deleted there",
    "restored": "Restored",
    "linked": "Linked",
    "unlinked": "Unlinked",
    "merged": "Merged",
    "settled": "Settled",
    "left_apart": "Left apart",
    "moved": "Moved here",
}
"""What happened, in a word."""


@blueprint.get("/<uuid:customer_id>/history")
@needs("clients.manage")
def show(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Show the history of a customer and its contacts, or what of it is asked for."""
    number = request.args.get("page", 1, type=int)
    view = history_pages.page(g.portal.id, customer_id, asked_query(), number=number)
    return page(
        "history/show.html",
        fragment=("list", "exports"),
        view=view,
        ask=asked(),
        actions=ACTIONS,
        fields=[(field, field_label(field)) for field in view.choices.fields],
        runs=[(str(number), str(number)) for number in view.choices.runs],
        size=history_pages.PAGE_SIZE,
    )


def asked() -> dict[str, Any]:
    """Return what the page was asked for, to ask for it again."""
    return {name: request.args.get(name) or None for name in ASKED}


def asked_query() -> HistoryQuery:
    """Read what is asked for; what cannot be read is not asked."""
    return HistoryQuery(
        record=request.args.get("record", type=uuid.UUID),
        field=_text("field"),
        actor=_text("who"),
        run=_run(),
        start=_midnight(request.args.get("from", type=date.fromisoformat)),
        end=_midnight(request.args.get("to", type=date.fromisoformat), days=1),
    )


def _text(name: str) -> str:
    return request.args.get(name, "").replace("\0", "")


def _run() -> int | None:
    number = request.args.get("run", type=int)
    return number if number is not None and 0 < number < 2**31 else None


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    """Return when a day begins for the reader, or so many days later."""
    if day is None or not date(1900, 1, 1) <= day <= date(2999, 1, 1):
        return None
    return datetime.combine(day + timedelta(days=days), time.min, tzinfo=reader().zone)
