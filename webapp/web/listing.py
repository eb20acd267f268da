"""The list of customers as a page: what is searched, what is ticked, and what can be taken back.

Ticks stand in the session, one selection for each portal: a query with exceptions is small, however many
customers it ticks.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import g, request, session
from flask.wrappers import Response
from flask_security import current_user

from webapp.services import bulk, connection_views, customers, runs
from webapp.services.ticks import Ticks
from webapp.web import notices, summaries
from webapp.web.frame import frame
from webapp.web.render import page

FILTERS = {"": "All", "new": "New from the import", "linked": "Linked", "only_here": "Only here"}
SORTS = {"name": "By name", "-name": "By name, Z to A", "newest": "Newest first", "changed": "Last changed"}
TICKS = "ticks"
UNDO = "undo"


def listing(*, fragment: str | tuple[str, ...] = "list", status: int = 200, error: str = "") -> Response:
    """Answer with the list as it was asked for, or with a part of it."""
    found = customers.page(
        g.portal.id,
        q=request.values.get("q", ""),
        filter=request.values.get("filter", ""),
        sort=request.values.get("sort", "") or "name",
        number=request.values.get("page", 1, type=int),
        ticked=kept_ticks(),
    )
    finished = runs.unread(g.portal.id, current_user.id)
    if finished is not None:
        notices.shows(finished.run.id)
    return page(
        "customers/index.html",
        fragment=fragment,
        status=status,
        found=found,
        ticked=found.ticked,
        ask=asked(),
        error=error,
        filters=FILTERS,
        sorts=SORTS,
        size=customers.PAGE_SIZE,
        connections={view.id: view for view in connection_views.views_of(frame().connections)},
        finished=finished,
        undo=kept_undo(),
        summaries=summaries,
    )


def asked() -> dict[str, Any]:
    """Return what the list was asked for, to ask for it again."""
    return {name: request.values.get(name) or None for name in ("q", "filter", "sort", "page")}


def kept_ticks() -> Ticks:
    """Return what is ticked in this portal."""
    return Ticks.from_json(session.get(TICKS, {}).get(g.portal.key, {}))


def keep_ticks(ticked: Ticks) -> None:
    """Remember what is ticked in this portal."""
    _keep(TICKS, ticked.to_json() if ticked else None)


def kept_undo() -> bulk.Done | None:
    """Return the bulk action that can be taken back, if there is one."""
    told = session.get(UNDO, {}).get(g.portal.key)
    return bulk.Done(**{**told, "at": datetime.fromisoformat(told["at"])}) if told else None


def keep_undo(done: bulk.Done | None) -> None:
    """Remember what can be taken back, or that nothing can any more."""
    _keep(UNDO, {**asdict(done), "at": done.at.isoformat()} if done else None)


def _keep(name: str, value: dict[str, Any] | None) -> None:
    kept = {key: each for key, each in session.get(name, {}).items() if key != g.portal.key}
    session[name] = {**kept, g.portal.key: value} if value else kept
