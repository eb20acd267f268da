"""The pages of bulk actions: ticking customers, seeing what an action would do, doing it, taking it back."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import bulk, merge_choices, ticks
from webapp.services.errors import Conflict, Refused
from webapp.web.formats import counted
from webapp.web.listing import asked, keep_ticks, keep_undo, kept_ticks, kept_undo, listing
from webapp.web.permissions import needs
from webapp.web.render import page, wants_fragment

blueprint = Blueprint("bulk", __name__, url_prefix="/p/<portal_key>/client-users/selected")

DONE = {
    "delete": "{} restored from the bin.",
    "inactive": "{} marked active again.",
    "active": "{} marked inactive again.",
}
"""What came of taking an action back."""


@blueprint.post("/")
@needs("clients.manage")
def choose() -> ResponseReturnValue:
    """Keep what is ticked on the page; then tick all, clear, turn the page, or go on to an action."""
    act = request.form.get("act", "")
    try:
        _keep_page()
    except Refused as error:
        return listing(fragment=("list", "bar"), status=422, error=error.reason)
    if act == "all":
        query = ticks.query_of(request.form.get("q", ""), request.form.get("filter", ""))
        keep_ticks(ticks.tick_all(g.portal.id, kept_ticks(), query))
    elif act == "clear":
        keep_ticks(ticks.Ticks())
    elif act in bulk.ACTS:
        return redirect(url_for(".ask", act=act), 303)
    elif act == "merge":
        one, other = merge_choices.two_ticked(g.portal.id, kept_ticks())
        return redirect(url_for("merging.show", one=one, other=other), 303)
    if wants_fragment():
        return listing(fragment="list" if act else "bar")
    return redirect(url_for("customers.index", **{**asked(), "page": request.form.get("to")}), 303)


@blueprint.get("/action")
@needs("clients.manage")
def ask() -> ResponseReturnValue:
    """Say what an action would do to what is ticked, and where it would reach."""
    act = request.args.get("act", "")
    return _ask(act if act in bulk.ACTS else "delete")


@blueprint.post("/action")
@needs("clients.manage")
def carry_out() -> ResponseReturnValue:
    """Do it, if there are as many as was said; else say anew how many there are."""
    act = request.form.get("act", "")
    expected = request.form.get("customers", -1, type=int)
    try:
        done = bulk.carry_out(g.portal.id, kept_ticks(), act, expected, current_user.id)
    except Conflict as error:
        return _ask(act, status=409, error=error.reason)
    keep_ticks(ticks.Ticks())
    keep_undo(done)
    return redirect(url_for("customers.index"), 303)


@blueprint.post("/undo")
@needs("clients.manage")
def undo() -> ResponseReturnValue:
    """Take the last action back, or put away what is said of it."""
    done = kept_undo()
    keep_undo(None)
    if done is not None and request.form.get("act") == "undo":
        back = bulk.undo(g.portal.id, done.act, done.at, current_user.id)
        left = done.customers - back.customers
        said = DONE[done.act].format(counted(back.customers, "customer"))
        rest = f" {counted(left, 'customer')} changed since and stayed as they are." if left > 0 else ""
        flash(said + rest)
    return redirect(url_for("customers.index"), 303)


def _ask(act: str, *, status: int = 200, error: str = "") -> ResponseReturnValue:
    try:
        told = bulk.prospect(g.portal.id, kept_ticks(), act)
    except Refused as refused:
        if wants_fragment():
            raise
        flash(refused.reason)
        return redirect(url_for("customers.index"), 303)
    return page("bulk/ask.html", status=status, told=told, most=bulk.MOST, error=error)


def _keep_page() -> None:
    """Keep what was ticked and unticked on the page as it was sent; rows left as they were are let be."""
    shown = set(request.form.getlist("shown"))
    ticked, was = set(request.form.getlist("pick")) & shown, set(request.form.getlist("was")) & shown
    kept = kept_ticks()
    if ticked - was:
        kept = ticks.tick(g.portal.id, kept, ticked - was)
    if was - ticked:
        kept = ticks.untick(g.portal.id, kept, was - ticked)
    keep_ticks(kept)
