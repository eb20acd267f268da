"""The pages of undoing an import: what it would do, the confirmation, and what came of it."""

from __future__ import annotations

import uuid

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, undo_pages, undoing
from webapp.store.runs import Run
from webapp.web.frame import frame
from webapp.web.render import page, wants_fragment
from webapp.web.scope import scope, to_import

blueprint = Blueprint("undoing", __name__, url_prefix="/p/<portal_key>/runs")

LAST_PAGE = 1_000_000
FILTERS = {
    "": "All",
    "bin": "Into the bin",
    "put_back": "Put back",
    "take_off": "Off the project",
    "kept": "Kept",
    "failed": "Failed",
}
OUTCOMES = {
    "bin": ("Into the bin", "ok", "trash"),
    "put_back": ("Put back", "ok", "arrow-back-up"),
    "take_off": ("Off the project", "ok", "x"),
}
STATES = {
    "kept": ("Kept", "warn", "hand-stop"),
    "failed": ("Failed", "bad", "alert-circle"),
    "pending": ("Waits for its turn", "plain", ""),
}


@blueprint.get("/<uuid:run_id>/undo")
@to_import
def ask(run_id: uuid.UUID) -> ResponseReturnValue:
    """Say what undoing an import would do, before anything is done."""
    run = scope().run(run_id)
    frame()
    preview = undo_pages.preview(run, kept=_asked("kept"), there=_asked("there"))
    if preview.plan.under_way is not None:
        return redirect(scope().address("runs.show", run_id=preview.plan.under_way.id), 303)
    return page(
        "undoing/ask.html",
        run=run,
        found=preview,
        there=preview.there,
        view=connection_views.view(g.portal.id, run.connection_id),
        size=undo_pages.PAGE_SIZE,
    )


@blueprint.post("/<uuid:run_id>/undo")
@to_import
def start(run_id: uuid.UUID) -> ResponseReturnValue:
    """Queue the undo of an import."""
    undo = undoing.start(scope().run(run_id), current_user.id)
    return redirect(scope().address("runs.show", run_id=undo.id), 303)


def answer(run: Run) -> ResponseReturnValue:
    """Show an undo: how far it is, or what came of it."""
    state = request.args.get("state", "")
    found = undo_pages.progress(
        run,
        state=state if state in FILTERS else "",
        q=request.args.get("q", "").strip(),
        number=_asked("page"),
        kept=_asked("kept"),
        there=_asked("there"),
    )
    if found.finished and "live" in request.args and wants_fragment():
        return "", 200, {"HX-Redirect": scope().address("runs.show", run_id=run.id)}
    return page(
        "undoing/show.html",
        fragment=("live", "rows"),
        run=run,
        found=found,
        there=found.there,
        view=connection_views.view(g.portal.id, run.connection_id),
        mine=run.started_by == current_user.id,
        filters=FILTERS,
        outcomes=OUTCOMES,
        states=STATES,
        size=undo_pages.PAGE_SIZE,
    )


def _asked(name: str) -> int:
    return min(request.args.get(name, 1, type=int), LAST_PAGE)
