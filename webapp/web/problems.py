"""The page of problems: what could not be brought into step, why, and what each may come to."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, deciding, problems
from webapp.services.problems import ProblemRow
from webapp.store.problem_list import Wanted
from webapp.web.downloads import Column, download
from webapp.web.fields import field_label
from webapp.web.formats import counted
from webapp.web.frame import frame
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("problems", __name__, url_prefix="/p/<portal_key>/problems")

LAST_PAGE = 1_000_000
FILTERS = {
    "": "All",
    "asked": "Ask you something",
    "parked": "Tried no more",
    "again": "Tried again",
}
QUESTIONS = {
    "failed": "Could not be written",
    "held": "Unclear whether it arrived",
    "gone there": "Gone there, edited here",
    "merged there": "Perhaps merged there",
    "cannot be deleted there": "Cannot be deleted there",
    "restored": "Restored, not linked",
}
COLUMNS = (
    Column("Customer", width=32),
    Column("Contact"),
    Column("Problem"),
    Column("Reason", width=60),
    Column("Field"),
    Column("Provider"),
    Column("Tries", "number"),
    Column("Waits for somebody", "yes"),
    Column("Since", "time"),
    Column("Last looked at", "time"),
    Column("Tried again", "time"),
)

Decide = Callable[..., ProblemRow]
DECISIONS: dict[str, tuple[Decide, str]] = {
    "unlink": (deciding.unlink, "{} is unlinked. Both sides keep what they have."),
    "mark-inactive": (
        deciding.mark_inactive,
        "{} is back here as inactive, and is marked inactive there within seconds.",
    ),
    "restore": (deciding.restore_here, "{} is back, and still linked."),
    "leave": (deciding.leave_unlinked, "{} stays here alone."),
    "apart": (deciding.leave_apart, "{} stays here alone, and nobody there is brought here for it."),
    "create": (deciding.create_there, "{} is made there within seconds."),
}
"""What may be decided with a word, and what is said then."""

OF_THE_RECORD = ("apart", "create")
"""What is said of the contact itself, and not of its customer."""


@blueprint.get("/")
@needs("finance")
def index() -> ResponseReturnValue:
    """List the problems, those that need somebody first."""
    number = min(request.args.get("page", 1, type=int), LAST_PAGE)
    return page(
        "problems/index.html",
        fragment=("list", "exports"),
        found=problems.page(g.portal.id, _wanted(), number=number),
        size=problems.PAGE_SIZE,
        views={view.id: view for view in connection_views.views_of(frame().connections)},
        filters=FILTERS,
        questions=QUESTIONS,
    )


@blueprint.get("/problems.csv")
@needs("finance")
def export() -> Response:
    """Download the problems that are listed."""
    views = {view.id: view.label for view in connection_views.views_of(frame().connections)}
    portal_id, wanted = g.portal.id, _wanted()
    rows = [_cells(row, views) for row in problems.every_row(portal_id, wanted)]
    return download("problems", COLUMNS, rows)


@blueprint.post("/retry")
@needs("finance")
def retry_all() -> ResponseReturnValue:
    """Try everything again that is listed and failed."""
    tried = deciding.retry_all(g.portal.id, _wanted(), current_user.id)
    return _back(
        f"{counted(tried, 'record')} tried again now. Whatever fails again comes back with its reason."
    )


@blueprint.post("/<uuid:problem_id>/retry")
@needs("finance")
def retry(problem_id: uuid.UUID) -> ResponseReturnValue:
    """Try one record again."""
    tried = deciding.retry(g.portal.id, [problem_id], current_user.id)
    return _back("It is tried again now." if tried else "It was settled meanwhile, by somebody or by itself.")


@blueprint.post("/<uuid:problem_id>/link-again")
@needs("finance", "clients.manage")
def link_again(problem_id: uuid.UUID) -> ResponseReturnValue:
    """Review linking a restored customer with its twin there."""
    run = deciding.link_again(g.portal.id, problem_id, current_user.id, seen=_seen())
    return redirect(url_for("reviews.show", run_id=run.id), 303)


@blueprint.post("/<uuid:problem_id>/delete")
@needs("finance", "clients.manage")
def delete(problem_id: uuid.UUID) -> ResponseReturnValue:
    """Put the customer into the bin here."""
    row = deciding.delete_here(g.portal.id, problem_id, current_user.id, seen=_seen())
    return _back(f"{row.customer} is in the bin, with its contacts. It can be restored for 30 days.")


@blueprint.post("/<uuid:problem_id>/choose")
@needs("finance", "clients.manage")
def choose(problem_id: uuid.UUID) -> ResponseReturnValue:
    """Say which record there is the one."""
    their_id, of_contact = request.form.get("their_id", ""), request.form.get("what") == "contact"
    decide = deciding.adopt if of_contact else deciding.relink
    row = decide(g.portal.id, problem_id, their_id, current_user.id, seen=_seen())
    return _back(f"{row.name} is linked with it. What differs between both is brought into step now.")


@blueprint.post("/<uuid:problem_id>/<word>")
@needs("finance", "clients.manage")
def decide(problem_id: uuid.UUID, word: str) -> ResponseReturnValue:
    """Decide a problem with one word."""
    if word not in DECISIONS:
        abort(404)
    act, said = DECISIONS[word]
    row = act(g.portal.id, problem_id, current_user.id, seen=_seen())
    return _back(said.format(row.name if word in OF_THE_RECORD else row.customer))


def _back(said: str) -> ResponseReturnValue:
    flash(said)
    wanted = _wanted()
    values: dict[str, Any] = {
        "connection": wanted.connection_id,
        "filter": wanted.filter or None,
        "q": wanted.q or None,
    }
    return redirect(url_for(".index", **values), 303)


def _seen() -> str:
    return request.form.get("seen", "")


def _wanted() -> Wanted:
    try:
        connection_id = uuid.UUID(request.values.get("connection", ""))
    except ValueError:
        connection_id = None
    return problems.asked(connection_id, request.values.get("filter", ""), request.values.get("q", ""))


def _cells(row: ProblemRow, labels: dict[uuid.UUID, str]) -> tuple[object, ...]:
    return (
        row.customer,
        row.name if row.kind == "contact" else "",
        QUESTIONS[row.question],
        row.reason,
        field_label(row.field) if row.field else "",
        labels.get(row.connection_id, ""),
        row.attempts or None,
        row.question != "failed" or row.parked,
        row.found_at,
        row.last_at,
        row.next_try_at,
    )
