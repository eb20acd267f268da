"""The page of conflicts: both values side by side, settled by field, by record, all of a kind, or anew."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, cast

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.sdk import CUSTOM
from webapp.services import conflicts, connection_views, custom_fields, settling
from webapp.services.conflicts import key_of
from webapp.services.errors import Invalid
from webapp.services.settling import Decision, Settled
from webapp.store.conflict_list import Wanted
from webapp.sync.link import Side
from webapp.web.fields import LABELS, field_label, field_words
from webapp.web.formats import counted
from webapp.web.frame import frame
from webapp.web.permissions import needs
from webapp.web.render import page, wants_fragment
from webapp.web.typed import CONTACT_TEXTS, Sheet, refused, typed_customer, typed_own, typed_texts

blueprint = Blueprint("conflicts", __name__, url_prefix="/p/<portal_key>/conflicts")

SIDES = ("ours", "theirs")
LAST_PAGE = 1_000_000
NOTHING_REFUSED: Mapping[str, Sheet] = {}


@blueprint.get("/")
@needs("finance")
def index() -> ResponseReturnValue:
    """List the conflicts by record."""
    return _list()


@blueprint.post("/")
@needs("finance")
def settle() -> ResponseReturnValue:
    """Settle the fields that were chosen, or all of one record."""
    decisions = _of_record(request.form["all"]) if "all" in request.form else _chosen()
    return _answer(settling.settle(g.portal.id, decisions, current_user.id))


@blueprint.post("/all")
@needs("finance")
def settle_all() -> ResponseReturnValue:
    """Settle everything that is listed, or everything of one field."""
    winner = request.form.get("winner", "")
    if winner not in SIDES:
        raise Invalid("winner", "Choose whose values are to be kept.")
    wanted = _wanted()
    count = request.form.get("count", 0, type=int)
    return _answer(settling.settle_all(g.portal.id, wanted, cast(Side, winner), current_user.id, count=count))


@blueprint.post("/another")
@needs("finance", "clients.manage")
def write() -> ResponseReturnValue:
    """Write another value than both on both sides."""
    name = request.form.get("conflict", "")
    own = custom_fields.editable_in(g.portal.id).values()
    key, typed = key_of(name), {**typed_customer(), **typed_texts(CONTACT_TEXTS), **typed_own(own)}
    if key is None or key[3] not in typed:
        raise Invalid("conflict", "Type the value that both sides are to have.")
    try:
        seen = request.form.get("seen", "")
        settled = settling.write(g.portal.id, key, typed[key[3]], current_user.id, seen=seen)
    except Invalid as error:
        return _list(refused={name: refused(error, typed, {})})
    return _answer(settled)


def _list(
    settled: Settled | None = None, *, refused: Mapping[str, Sheet] = NOTHING_REFUSED
) -> ResponseReturnValue:
    """Show the list; ``refused`` has the form of a value that was not taken, by the conflict's name."""
    number = min(request.values.get("page", 1, type=int), LAST_PAGE)
    found = conflicts.page(g.portal.id, _wanted(), number=number)
    views = {view.id: view for view in connection_views.views_of(frame().connections)}
    own = custom_fields.editable_in(g.portal.id) if _custom(found.counts) else {}
    return page(
        "conflicts/index.html",
        fragment="list",
        status=422 if refused else 200,
        found=found,
        size=conflicts.PAGE_SIZE,
        views=views,
        connected=[view for view in views.values() if view.state != "disconnected"],
        rules={each.id: each.rule for each in frame().connections},
        settled=settled,
        refused=refused,
        sheet_of=lambda row: refused.get(row.name) or Sheet(values={row.field: row.ours}),
        unwritten=settling.UNWRITTEN,
        own=own,
        labels={name: field_label(name) for name in (*LABELS, *_custom(found.counts))},
    )


def _custom(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(CUSTOM)]


def _answer(settled: Settled) -> ResponseReturnValue:
    """Show what came of decisions: in place, or on the page that one gets back to."""
    if wants_fragment():
        return _list(settled)
    if settled.done:
        flash(f"{counted(len(settled.done), 'field')} settled. What was chosen travels within seconds.")
    if settled.moved:
        flash(
            f"{counted(len(settled.moved), 'field')} changed while you looked, and were left: "
            "look at the new values."
        )
    for row, reason in settled.vetoed:
        flash(f"{row.record}, {field_words(row.field)}: not settled. {reason}")
    if settled.gone:
        flash(f"{counted(settled.gone, 'field')} had been settled already.")
    wanted = _wanted()
    values: dict[str, Any] = {
        "connection": wanted.connection_id,
        "field": wanted.field or None,
        "q": wanted.q or None,
    }
    return redirect(url_for(".index", **values), 303)


def _wanted() -> Wanted:
    field = request.values.get("field", "")
    return Wanted(
        connection_id=_connection(request.values.get("connection", "")),
        field=field if field in LABELS or field.startswith(CUSTOM) else "",
        q=request.values.get("q", "").strip(),
    )


def _connection(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _chosen() -> list[Decision]:
    """Read which side was chosen for which field, and what the field showed then."""
    seen = dict(each.rpartition("=")[::2] for each in request.form.getlist("seen"))
    found = []
    for name, winner in request.form.items():
        key = key_of(name)
        if key is not None and winner in SIDES:
            found.append(Decision(key=key, winner=cast(Side, winner), seen=seen.get(name, "")))
    return found


def _of_record(text: str) -> list[Decision]:
    """Read the fields of one record, all for one side."""
    winner, _, record = text.partition(":")
    if winner not in SIDES:
        raise Invalid("all", "Choose whose values are to be kept.")
    found = []
    for each in request.form.getlist("seen"):
        name, _, seen = each.rpartition("=")
        key = key_of(name)
        if key is not None and name.startswith(f"{record}:"):
            found.append(Decision(key=key, winner=cast(Side, winner), seen=seen))
    return found
