"""The page an invitation's link opens: somebody new chooses name and password, somebody known joins."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_security import current_user, login_user

from webapp.extensions import limiter
from webapp.services import joining, users
from webapp.services.errors import Invalid, Refused
from webapp.services.joining import Invited
from webapp.services.strength import SHORTEST_PASSWORD
from webapp.store.invitations import MEMBER
from webapp.store.portals import User
from webapp.web.permissions import public
from webapp.web.render import page

blueprint = Blueprint("invitations", __name__, url_prefix="/invitations")
log = structlog.get_logger(__name__)


@blueprint.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show into which portal somebody is invited, and what to do to join."""
    try:
        return _form(token, joining.find(token))
    except Refused as refusal:
        return _closed(refusal)


@blueprint.post("/<token>")
@public
@limiter.limit("20 per hour", key_func=get_remote_address)
def accept(token: str) -> ResponseReturnValue:
    """Let whoever was invited join: as who is logged in, or with a login made now."""
    typed = {name: request.form.get(name, "") for name in ("name", "password", "again")}
    try:
        invited = joining.find(token)
        if current_user.is_authenticated:
            user = joining.join(token, current_user.id)
        else:
            user = joining.join_anew(token, **typed)
            _log_in(user)
    except Refused as refusal:
        return _closed(refusal)
    except Invalid as error:
        return _form(token, joining.find(token), error=error, status=422, name=typed["name"])
    flash(f"Welcome to {invited.portal_name}.")
    return redirect(_first_page(invited), 303)


def _log_in(user: User) -> None:
    login_user(user, remember=False, authn_via=["password"])
    users.note_login(user.id, languages=request.accept_languages.values())
    log.info("invitation.joined", user=str(user.id))


def _first_page(invited: Invited) -> str:
    if invited.kind == MEMBER:
        return url_for("home.portal", portal_key=invited.portal_key)
    return url_for("home.index")


def _form(
    token: str, invited: Invited, *, error: Invalid | None = None, status: int = 200, **typed: Any
) -> ResponseReturnValue:
    here = current_user if current_user.is_authenticated else None
    return page(
        "invitations/show.html",
        status=status,
        invited=invited,
        token=token,
        here=here,
        is_theirs=here is not None and invited.user is not None and here.id == invited.user.id,
        name=typed.get("name", invited.name),
        error=error,
        shortest=SHORTEST_PASSWORD,
    )


def _closed(refusal: Refused) -> ResponseReturnValue:
    return page("invitations/closed.html", status=409, reason=refusal.reason)
