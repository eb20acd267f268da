"""The pages of runs: the list, one run while it goes on, and what came of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, retries, runs, undo_pages
from webapp.services.runs import ItemRow, Progress
from webapp.store.runs import Run
from webapp.web import passes, summaries, sync_words, undoing
from webapp.web.formats import counted
from webapp.web.frame import frame
from webapp.web.permissions import needs, sees_project
from webapp.web.render import page, wants_fragment
from webapp.web.scope import IN_PROJECT, scope, to_import

blueprint = Blueprint("runs", __name__, url_prefix="/p/<portal_key>/runs")

LAST_PAGE = 1_000_000
POSITION = re.compile(r"\d{1,9}", re.ASCII)
FAILED_SINGLY = 8
"""More failures than these are put together by their reason."""

FILTERS = {
    "": "All",
    "created": "Created",
    "merged": "Merged",
    "cloned": "Cloned",
    "added": "Added to the project",
    "partly": "Only partly",
    "failed": "Failed",
    "changed": "Changed meanwhile",
    "skipped": "Left out",
    "cancelled": "Not begun",
}
KINDS = {"": "All", "sync": "Passes", "import": "Imports", "undo": "Undone"}
RUN_STATES = {"": "Any state", "under_way": "Under way", "done": "Finished", "stopped": "Stopped"}

OUTCOMES = {
    "create": ("Created", "circle-check"),
    "merge": ("Merged", "git-merge"),
    "clone": ("Cloned", "copy"),
    "add": ("Added to the project", "circle-check"),
}
STATES = {
    "failed": ("Failed", "bad", "alert-circle"),
    "changed": ("Changed meanwhile", "warn", "alert-triangle"),
    "skipped": ("Left out", "off", "player-skip-forward"),
    "cancelled": ("Not begun", "off", "ban"),
    "pending": ("Waits for its turn", "plain", ""),
}


@blueprint.get("/")
@needs("finance")
def index() -> ResponseReturnValue:
    """List the runs, newest first; all, or those of a kind, a connection or a state."""
    kind, state = _one_of(KINDS, "kind"), _one_of(RUN_STATES, "state")
    connection = request.args.get("connection", type=uuid.UUID)
    found = runs.runs(
        g.portal.id,
        project_id=scope().project_id,
        kind=kind,
        connection_id=connection,
        state=state,
        number=_page_asked(),
    )
    return page(
        "runs/index.html",
        fragment="list",
        found=found,
        ask={"kind": kind or None, "connection": connection, "state": state or None},
        kinds=KINDS,
        states=RUN_STATES,
        size=runs.PAGE_SIZE,
        connections=connection_views.views_of(frame().connections),
        summaries=summaries,
        sync_words=sync_words,
    )


@blueprint.get("/<uuid:run_id>")
@needs("finance")
def show(run_id: uuid.UUID) -> ResponseReturnValue:
    """Show a run: how far it has come, or what came of it."""
    run = runs.run(g.portal.id, run_id) if scope().project is None else scope().run(run_id)
    frame()
    if run.project_id != scope().project_id and sees_project(run.project_id):
        return _in_project(run)
    if run.number is None:
        return _before_it_began(run)
    if run.kind == "sync":
        return passes.answer(run)
    if run.kind == "undo":
        return undoing.answer(run)
    progress = runs.progress(run)
    if not progress.finished:
        return page("runs/running.html", fragment=("live", "kept"), **_shared(progress))
    if "live" in request.args and wants_fragment():
        return "", 200, {"HX-Redirect": _afterwards(run)}
    return _result(progress)


@blueprint.post("/<uuid:run_id>/cancel")
@to_import
def cancel(run_id: uuid.UUID) -> ResponseReturnValue:
    """Cancel a run: what is done stays, what is not begun is not begun."""
    run = runs.cancel(scope().run(run_id), current_user.id)
    return redirect(url_for(".show", run_id=run.id), 303)


@blueprint.post("/<uuid:run_id>/retry")
@to_import
def retry(run_id: uuid.UUID) -> ResponseReturnValue:
    """Take up again what failed: all of it, what failed for one reason, or what came only partly."""
    run = scope().run(run_id)
    if request.form.get("what") == "partly":
        tried = retries.retry_partly(run, current_user.id)
        flash(f"{counted(tried, 'record')} tried again now. What fails again stays among the problems.")
        return redirect(url_for(".show", run_id=run.id), 303)
    again = retries.retry(run, current_user.id, alike=_position(request.form.get("alike", "")))
    return redirect(url_for(".show", run_id=again.id), 303)


@blueprint.post("/<uuid:run_id>/again")
@to_import
def look_again(run_id: uuid.UUID) -> ResponseReturnValue:
    """Review the customers anew that changed before their turn came."""
    review = runs.look_again(scope().run(run_id), current_user.id)
    return redirect(scope().address("reviews.show", run_id=review.id), 303)


def _result(progress: Progress) -> ResponseReturnValue:
    state, alike = request.args.get("state", ""), _position(request.args.get("alike", ""))
    found = runs.items(
        progress.run,
        state="failed" if alike is not None else state if state in FILTERS else "",
        q=request.args.get("q", "").strip(),
        number=_page_asked(),
        alike=alike,
        counts=progress.counts,
    )
    connection_id = progress.run.connection_id
    grouped = progress.counts["failed"] > FAILED_SINGLY
    return page(
        "runs/done.html",
        fragment="rows",
        found=found,
        alike=alike,
        filters=FILTERS,
        size=runs.PAGE_SIZE,
        failures=retries.failures(progress.run) if grouped else (),
        retryable=retries.left(progress.run) if progress.counts["failed"] else 0,
        left_partly=retries.left_partly(progress.run) if progress.counts["partly"] else 0,
        undo=undo_pages.newest(progress.run),
        there={
            row.their_id: connection_views.customer_address(g.portal.id, connection_id, row.their_id)
            for row in progress.failed
        },
        **_shared(progress),
    )


def _shared(progress: Progress) -> dict[str, Any]:
    run = progress.run
    return {
        "run": run,
        "progress": progress,
        "title": _title(progress),
        "view": connection_views.view(g.portal.id, run.connection_id),
        "mine": run.started_by == current_user.id,
        "goes_to": scope().words if run.project_id == scope().project_id else "a project",
        "acts": scope().may_import and run.project_id == scope().project_id,
        "outcome": outcome,
        "summaries": summaries,
    }


def _title(progress: Progress) -> str:
    failed = progress.counts["failed"]
    if not progress.finished and progress.run.cancel_requested_at:
        return "Cancelling the import"
    if not progress.finished:
        return f"Importing {counted(progress.total, 'customer')}"
    if progress.state == "cancelled":
        return "Import cancelled"
    if progress.state == "failed":
        return "Import stopped"
    if failed:
        return f"Import finished, {counted(failed, 'customer')} failed"
    partly = progress.counts["partly"]
    return f"Import finished, {counted(partly, 'customer')} only partly" if partly else "Import finished"


def outcome(row: ItemRow) -> tuple[str, str, str]:
    """Say what came of a customer: the words, the kind of state, the icon."""
    if row.action in undoing.OUTCOMES:
        return undoing.OUTCOMES[row.action] if row.state == "done" else undoing.STATES[row.state]
    if row.state == "done":
        label, icon = OUTCOMES[row.action]
        return (f"{label}, but only partly", "warn", icon) if row.reason else (label, "ok", icon)
    return STATES[row.state]


def _before_it_began(run: Run) -> ResponseReturnValue:
    """Lead to where an import is that was not confirmed yet."""
    if run.state == "review":
        return redirect(scope().address("reviews.show", run_id=run.id), 303)
    return redirect(scope().address("imports.pick", connection_id=run.connection_id), 303)


def _in_project(run: Run) -> ResponseReturnValue:
    """Lead to the run of a project under the address of that project."""
    address = url_for(f"{IN_PROJECT}runs.show", run_id=run.id, project_id=run.project_id)
    return ("", 200, {"HX-Redirect": address}) if wants_fragment() else redirect(address, 303)


def _afterwards(run: Run) -> str:
    """Return where a page that watched the run goes at its end."""
    if run.started_by == current_user.id and scope().may_see_clients:
        return scope().clients
    return url_for(".show", run_id=run.id)


def _position(text: str) -> int | None:
    """Read the position of an item; what can be none is the position of nobody."""
    if not text:
        return None
    return int(text) if POSITION.fullmatch(text) else -1


def _one_of(known: Mapping[str, str], name: str) -> str:
    asked = request.args.get(name, "")
    return asked if asked in known else ""


def _page_asked() -> int:
    return min(request.args.get("page", 1, type=int), LAST_PAGE)
