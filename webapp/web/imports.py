"""The picker: choose among the provider's customers whom to import."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import connection_views, drafts, picker, refresh, reviews
from webapp.services.errors import Refused
from webapp.store.runs import Run
from webapp.web.frame import frame
from webapp.web.render import page, wants_fragment
from webapp.web.scope import scope, to_import

blueprint = Blueprint(
    "imports", __name__, url_prefix="/p/<portal_key>/connections/<uuid:connection_id>/import"
)

CHIPS = {
    "": "All",
    "new": "New",
    "same_name": "Same name",
    "imported": "In the portal",
    "never": "Never import",
    "in_project": "In this project",
    "other_currency": "Other currency",
}
WHOLE = ("choices", "fresh")
"""The parts of the page that searching, filtering and paging bring anew."""

STILL = ("fresh", "counts", "count", "bar")
"""What a reading that goes on changes around a page that is full: its rows stay where they are."""

SORTS = {"name": "Name", "-name": "Name, Z to A", "changed": "Last changed", "contacts": "Most contacts"}


@blueprint.get("/")
@to_import
def pick(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Show the provider's customers and what is ticked among them."""
    if not wants_fragment():
        frame()
    refresh.refresh_when_stale(g.portal.id, connection_id)
    try:
        run = _draft(connection_id)
    except Refused as error:
        if wants_fragment():
            raise
        view = connection_views.view(g.portal.id, connection_id)
        return page("imports/closed.html", status=409, view=view, reason=error.reason)
    still = "still" in request.args
    return _page(connection_id, run, fragment=STILL if still else WHOLE, still=still)


@blueprint.post("/")
@to_import
def choose(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what is ticked on the page; then tick all, clear, turn the page, or go on to the review."""
    act = request.form.get("act", "")
    run = _draft(connection_id) if act or not wants_fragment() else _still_choosing(connection_id)
    _keep_ticks(run)
    if act == "review":
        return _review(connection_id, run)
    if act == "all":
        picker.tick_all(run, q=_asked("q"), state=_asked("state"), inactive=_inactive())
    elif act == "clear":
        picker.clear(run)
    elif act == "never":
        try:
            picker.never_import(run, current_user.id)
        except Refused as error:
            return _page(connection_id, run, status=422, error=error.reason)
    if wants_fragment():
        return _page(connection_id, run, fragment=WHOLE if act else "bar")
    asked = _query()
    asked["page"] = request.form.get("to") or asked["page"]
    return redirect(url_for(".pick", connection_id=connection_id, **asked), 303)


@blueprint.post("/refresh")
@to_import
def look(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what is ticked on the page, and read now what changed at the provider."""
    _keep_ticks(_draft(connection_id))
    refresh.request(g.portal.id, connection_id)
    return redirect(url_for(".pick", connection_id=connection_id, **_query()), 303)


def _review(connection_id: uuid.UUID, run: Run) -> ResponseReturnValue:
    try:
        opened = reviews.open_review(run)
    except Refused as error:
        return _page(connection_id, run, status=422, error=error.reason)
    return redirect(scope().address("reviews.show", run_id=opened.id), 303)


def _page(
    connection_id: uuid.UUID,
    run: Run,
    *,
    fragment: str | tuple[str, ...] = WHOLE,
    status: int = 200,
    error: str = "",
    still: bool = False,
) -> ResponseReturnValue:
    found = picker.page(
        run,
        q=_asked("q"),
        state=_asked("state"),
        sort=_asked("sort"),
        number=request.values.get("page", 1, type=int),
        inactive=_inactive(),
    )
    return page(
        "imports/pick.html",
        fragment=fragment,
        status=status,
        view=connection_views.view(g.portal.id, connection_id),
        found=found,
        ask=_query(),
        chips=CHIPS,
        sorts=SORTS,
        size=picker.PAGE_SIZE,
        error=error,
        still=still and wants_fragment(),
    )


def _keep_ticks(run: Run) -> None:
    """Keep what was ticked and unticked on the page as it was sent.

    Rows that are as the page got them are let be: another window may have changed them since.
    """
    shown = set(request.form.getlist("shown"))
    ticked, was = set(request.form.getlist("pick")) & shown, set(request.form.getlist("was")) & shown
    if ticked - was:
        picker.tick(run, sorted(ticked - was))
    if was - ticked:
        picker.untick(run, sorted(was - ticked))


def _draft(connection_id: uuid.UUID) -> Run:
    return drafts.draft(g.portal.id, connection_id, current_user.id, project_id=scope().project_id)


def _still_choosing(connection_id: uuid.UUID) -> Run:
    return drafts.still_choosing(g.portal.id, connection_id, current_user.id, project_id=scope().project_id)


def _query() -> dict[str, Any]:
    """Return what this page was asked for, to ask for it again."""
    asked = {name: _asked(name) or None for name in ("q", "state", "sort", "page")}
    return {**asked, "inactive": "1" if _inactive() else None}


def _asked(name: str) -> str:
    return request.values.get(name, "")


def _inactive() -> bool:
    return _asked("inactive") == "1"
