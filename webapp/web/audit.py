"""The page of the audit log: who did what to which record and when, filtered, taken along, and verified."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from webapp.extensions import limiter
from webapp.services import audit_pages
from webapp.services.audit_pages import EntryView, Wanted
from webapp.services.audit_words import KINDS
from webapp.web.downloads import Column, download
from webapp.web.formats import reader
from webapp.web.permissions import may, needs
from webapp.web.render import page

blueprint = Blueprint("audit", __name__, url_prefix="/p/<portal_key>/audit")

COLUMNS = (
    Column("No.", "number"),
    Column("When", "time"),
    Column("Who", width=24),
    Column("What", width=36),
    Column("Record", width=30),
    Column("Details", width=60),
    Column("Id of who", width=38),
    Column("Id of the record", width=38),
)

PAGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "user": ("members.show", "user_id", ("users",)),
    "profile": ("profiles.show", "profile_id", ("users",)),
    "customer": ("customers.show", "customer_id", ("clients.manage",)),
    "project": ("projects.show", "project_id", ("projects",)),
    "connection": ("connections.show", "connection_id", ("finance",)),
    "run": ("runs.show", "run_id", ("finance",)),
}
"""The page of a subject, the variable of its address, and what somebody needs who opens it."""


@blueprint.get("/")
@needs("users")
def index() -> ResponseReturnValue:
    """List what was done, the newest first."""
    wanted = _wanted()
    found = audit_pages.page(
        g.portal.id, wanted, reader().zone, before=request.args.get("before", type=_number)
    )
    return page(
        "audit/index.html",
        fragment=("list", "exports"),
        found=found,
        wanted=wanted,
        ask=_ask(wanted),
        kinds=KINDS,
        actors=audit_pages.actors(g.portal.id),
        address=address_of_subject,
        is_first=not request.args.get("before"),
    )


@blueprint.get("/audit.csv")
@needs("users")
def export() -> Response:
    """Download the entries that the page shows, all of them."""
    rows = (_cells(row) for row in audit_pages.all_rows(g.portal.id, _wanted(), reader().zone))
    return download("audit", COLUMNS, rows)


@blueprint.post("/verify")
@needs("users")
@limiter.limit("10 per hour", key_func=get_remote_address)
def verify() -> ResponseReturnValue:
    """Walk the chain, and say whether it is whole."""
    chain = audit_pages.verify(g.portal.id)
    if chain.broken_at is None:
        flash(f"The log is whole: all {chain.head.number} entries follow one another as they were written.")
    else:
        flash(f"The log is not whole: at entry {chain.broken_at} {chain.fault}. Tell whoever runs Tandem.")
    return redirect(url_for(".index"), 303)


def address_of_subject(row: EntryView) -> str:
    """Return the page of what an entry is about; blank if it is gone, or not for the reader."""
    endpoint, variable, needed = PAGES.get(row.words.subject, ("", "", ()))
    if not endpoint or not row.name or not may(*needed):
        return ""
    values: dict[str, Any] = {variable: uuid.UUID(row.subject)}
    return url_for(endpoint, **values)


def _wanted() -> Wanted:
    kind = request.args.get("kind", "")
    return Wanted(
        q=_text("q"),
        actor=_text("who"),
        kind=kind if kind in KINDS else "",
        subject=_text("subject"),
        since=request.args.get("since", type=_day),
        until=request.args.get("until", type=_day),
    )


def _ask(wanted: Wanted) -> dict[str, object]:
    return {
        "q": wanted.q or None,
        "who": wanted.actor or None,
        "kind": wanted.kind or None,
        "subject": wanted.subject or None,
        "since": wanted.since,
        "until": wanted.until,
    }


def _text(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()[:200]


def _number(text: str) -> int:
    number = int(text)
    if not 0 < number < 2**62:
        raise ValueError
    return number


_day: Callable[[str], date] = date.fromisoformat


def _cells(row: EntryView) -> tuple[object, ...]:
    return row.number, row.at, row.who, row.words.text, row.name, row.details, row.actor, row.subject
