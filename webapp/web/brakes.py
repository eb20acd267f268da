"""The page of a connection's brake: what a pass would delete or blank, and what is to become of it."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import brakes, connection_views
from webapp.services.brakes import HeldRow, Loss
from webapp.services.errors import Invalid
from webapp.web.downloads import Column, download
from webapp.web.fields import field_words
from webapp.web.formats import counted, number
from webapp.web.frame import frame
from webapp.web.permissions import needs
from webapp.web.render import page, wants_fragment

blueprint = Blueprint("brakes", __name__, url_prefix="/p/<portal_key>/connections/<uuid:connection>/brake")

LAST_PAGE = 1_000_000
COLUMNS = (Column("Customer", width=32), Column("Where"), Column("What would happen", width=60))


@blueprint.get("/")
@needs("finance", "clients.manage")
def index(connection: uuid.UUID) -> ResponseReturnValue:
    """Show what is held, and why."""
    frame()
    view = connection_views.view(g.portal.id, connection)
    asked = min(request.args.get("page", 1, type=int), LAST_PAGE)
    found = brakes.page(g.portal.id, connection, q=request.args.get("q", "").strip(), number=asked)
    return page(
        "brakes/index.html",
        fragment=("list", "exports"),
        view=view,
        found=found,
        size=brakes.PAGE_SIZE,
        said=loss_words,
    )


@blueprint.get("/held.csv")
@needs("finance", "clients.manage")
def export(connection: uuid.UUID) -> Response:
    """Download what is held."""
    label = connection_views.view(g.portal.id, connection).label
    held = brakes.every_row(g.portal.id, connection, request.args.get("q", "").strip())
    rows = [line for row in held for line in _lines(row, label)]
    return download("held", COLUMNS, rows, connection=connection)


@blueprint.post("/go-on")
@needs("finance", "clients.manage")
def go_on(connection: uuid.UUID) -> ResponseReturnValue:
    """Let a pass do what is held; how much that is has to be typed."""
    count = _count()
    typed = "".join(sign for sign in request.form.get("typed", "") if sign.isdecimal())
    if typed != str(count):
        raise Invalid("typed", f"Type {number(count)} to say that you have looked at them.")
    done = brakes.let_go_on(g.portal.id, connection, current_user.id, count=count)
    flash(f"{counted(done, 'customer')} let go on. The next pass carries it out, and the history keeps it.")
    return redirect(url_for("connections.show", connection_id=connection), 303)


@blueprint.post("/keep")
@needs("finance", "clients.manage")
def keep(connection: uuid.UUID) -> ResponseReturnValue:
    """Let nothing of it happen."""
    kept = brakes.keep(g.portal.id, connection, current_user.id, count=_count())
    flash(f"Nothing is deleted or blanked: {counted(kept, 'customer')} will be kept.")
    return redirect(url_for(".index", connection=connection), 303)


@blueprint.get("/keeping")
@needs("finance", "clients.manage")
def keeping(connection: uuid.UUID) -> ResponseReturnValue:
    """Show how many are left to keep."""
    left = brakes.left_to_keep(g.portal.id, connection)
    if not wants_fragment():
        return redirect(url_for(".index", connection=connection))
    view = connection_views.view(g.portal.id, connection)
    return page("brakes/keeping.html", fragment="keeping", view=view, left=left)


@blueprint.post("/look-again")
@needs("finance", "clients.manage")
def look_again(connection: uuid.UUID) -> ResponseReturnValue:
    """Ask the provider for everything anew."""
    brakes.look_again(g.portal.id, connection, current_user.id)
    label = connection_views.view(g.portal.id, connection).label
    flash(f"Everything is read anew from {label}. What is there after all is held no longer.")
    return redirect(url_for(".index", connection=connection), 303)


def loss_words(loss: Loss, label: str) -> str:
    """Say what one record would lose."""
    where = "here" if loss.side == "ours" else f"in {label}"
    if loss.fields:
        blanked = ", ".join(field_words(each) for each in loss.fields)
        said = f"{blanked} blanked {where}"
    else:
        along = f", with {counted(loss.along, 'contact')}" if loss.along else ""
        said = f"deleted {where}{along}"
    return f"{loss.name}: {said}" if loss.name else said[0].upper() + said[1:]


def _lines(row: HeldRow, label: str) -> list[tuple[object, ...]]:
    return [
        (row.name, "here" if loss.side == "ours" else label, loss_words(loss, label)) for loss in row.losses
    ]


def _count() -> int:
    return request.form.get("count", 0, type=int)
