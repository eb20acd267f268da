"""Notices in the portal: the bell with its count, the list, and each leading to what it is about."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.services import notices
from webapp.services.notice_kinds import KINDS
from webapp.store.notices import Head
from webapp.web.formats import reader
from webapp.web.frame import frame
from webapp.web.permissions import needs
from webapp.web.render import page, wants_fragment

blueprint = Blueprint("notices", __name__, url_prefix="/p/<portal_key>/notices")

ABOUT = {
    "connection": ("connections.show", "connection_id"),
    "brake": ("brakes.index", "connection"),
    "conflicts": ("conflicts.index", "connection"),
    "problems": ("problems.index", "connection"),
    "run": ("runs.show", "run_id"),
    "portal": ("leaving.show", ""),
}
"""The page of what a notice is about, and the part of its address that says which."""

LAST_PAGE = 1_000_000


def bind(app: Flask) -> None:
    """Give the bell to an application's templates, and note what is read by being looked at."""
    app.jinja_env.globals["unread_notices"] = count_unread
    app.after_request(_note_what_was_seen)


def count_unread() -> int:
    """Count what the reader has not seen; asked once for each page, which itself may show some of it."""
    if "unread_notices" not in g:
        unread = frame().unread
        g.seen_notices = [notice.id for notice in unread if _is_shown(notice)]
        g.unread_notices = len(unread) - len(g.seen_notices)
    return int(g.unread_notices)


def shows(subject_id: uuid.UUID) -> None:
    """Say that a page tells of a record though its address does not name it."""
    g.setdefault("shown_subjects", set()).add(subject_id)


@blueprint.get("/")
@needs()
def index() -> ResponseReturnValue:
    """List the notices, newest first: those not read, or all."""
    everything = request.args.get("show") == "all"
    number = min(request.args.get("page", 1, type=int), LAST_PAGE)
    found = notices.page(g.membership, reader(), only_unread=not everything, number=number)
    return page("notices/index.html", found=found, everything=everything, size=notices.PAGE_SIZE)


@blueprint.get("/<uuid:notice_id>")
@needs()
def open_one(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Lead to what a notice is about; it counts as read from now on."""
    notice = notices.find(g.membership, notice_id)
    about, subject_id = KINDS[notice.kind].about, notice.subject_id
    notices.mark_read(g.membership, among=[notice_id])
    endpoint, name = ABOUT[about]
    values: dict[str, Any] = {name: subject_id} if name else {}
    return redirect(url_for(endpoint, **values), 303)


@blueprint.post("/read")
@needs()
def read_all() -> ResponseReturnValue:
    """Mark everything read."""
    notices.mark_read(g.membership)
    return redirect(url_for(".index"), 303)


@blueprint.post("/<uuid:notice_id>/read")
@needs()
def read(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Mark one notice read."""
    notices.mark_read(g.membership, among=[notices.find(g.membership, notice_id).id])
    return redirect(_list(), 303)


@blueprint.post("/<uuid:notice_id>/unread")
@needs()
def unread(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Mark one notice unread again."""
    notices.mark_unread(g.membership, notice_id)
    return redirect(_list(), 303)


def _list() -> str:
    return url_for(".index", show="all" if request.form.get("show") == "all" else None)


def _is_shown(notice: Head) -> bool:
    """Tell whether this very page is about what a notice is about."""
    if notice.subject_id in g.get("shown_subjects", ()):
        return True
    endpoint, name = ABOUT[KINDS[notice.kind].about]
    return request.endpoint == endpoint and (request.view_args or {}).get(name) == notice.subject_id


def _note_what_was_seen(response: Response) -> Response:
    seen = g.get("seen_notices")
    if seen and response.status_code == 200 and not wants_fragment():
        notices.mark_read(g.membership, among=seen)
    return response
