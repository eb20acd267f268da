"""Two-factor: the code that a login asks for, and the pages on which a person turns that on and off."""

from __future__ import annotations

import uuid
from typing import cast

import structlog
from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_security import current_user

from webapp.extensions import limiter
from webapp.services import two_factor
from webapp.services.errors import Invalid
from webapp.web.account import this_account
from webapp.web.auth import account_waiting, failed, finish_login, next_address, waiting_user
from webapp.web.permissions import needs, public, return_to_portal
from webapp.web.render import page
from webapp.web.sessions import current_session

blueprint = Blueprint("two_factor", __name__)
blueprint.before_request(return_to_portal)
log = structlog.get_logger(__name__)


@blueprint.get("/login/code")
@public
def ask() -> ResponseReturnValue:
    """Ask whoever knew a password for a code."""
    if waiting_user() is None:
        return redirect(url_for("auth.login", next=request.args.get("next") or None))
    return page("two_factor/ask.html", wrong=False)


@blueprint.post("/login/code")
@public
@limiter.limit("20 per minute; 100 per hour", key_func=get_remote_address, deduct_when=failed)
@limiter.limit("10 per 15 minutes", key_func=account_waiting, deduct_when=failed)
def check() -> ResponseReturnValue:
    """Log in whoever knew a password and has a code that fits."""
    user = waiting_user()
    if user is None:
        flash("That took too long. Log in anew.")
        return redirect(url_for("auth.login", next=request.form.get("next") or None), 303)
    if not two_factor.passes(user.id, request.form.get("code", "")[:100]):
        log.warning("login.failed", user=str(user.id), problem="code")
        return page("two_factor/ask.html", status=422, wrong=True)
    finish_login(user, stay=bool(session.get("waiting", {}).get("stay")), via=["password", "code"])
    return redirect(next_address())


@blueprint.get("/account/two-factor")
@needs()
def show() -> ResponseReturnValue:
    """Show whether a code is asked for, and what can be done about it."""
    return _page()


@blueprint.post("/account/two-factor/begin")
@needs()
@limiter.limit("10 per 15 minutes", key_func=this_account)
def begin() -> ResponseReturnValue:
    """Make a secret for the user's app, and show it."""
    try:
        two_factor.begin(_me(), request.form.get("password", ""))
    except Invalid as error:
        return _page(error=error)
    return redirect(url_for(".show"), 303)


@blueprint.post("/account/two-factor/confirm")
@needs()
@limiter.limit("10 per 15 minutes", key_func=this_account)
def confirm() -> ResponseReturnValue:
    """Turn it on by a code of the app, and show the recovery codes."""
    here = current_session().stored.token or ""
    try:
        codes = two_factor.confirm(_me(), request.form.get("code", "")[:100], here=here)
    except Invalid as error:
        return _page(error=error)
    return page("two_factor/codes.html", codes=codes, first=True)


@blueprint.post("/account/two-factor/codes")
@needs()
@limiter.limit("10 per 15 minutes", key_func=this_account)
def renew_codes() -> ResponseReturnValue:
    """Show other recovery codes."""
    try:
        codes = two_factor.renew_recovery_codes(_me(), request.form.get("password", ""))
    except Invalid as error:
        return _page(error=error, about="codes")
    return page("two_factor/codes.html", codes=codes, first=False)


@blueprint.post("/account/two-factor/off")
@needs()
@limiter.limit("10 per 15 minutes", key_func=this_account)
def turn_off() -> ResponseReturnValue:
    """Ask for no code any more."""
    try:
        two_factor.turn_off(_me(), request.form.get("password", ""))
    except Invalid as error:
        return _page(error=error, about="off")
    flash("Two-factor is off. Your password alone logs you in.")
    return redirect(url_for(".show"), 303)


def _page(*, error: Invalid | None = None, about: str = "on") -> ResponseReturnValue:
    return page(
        "two_factor/show.html",
        status=422 if error else 200,
        error=error.reason if error else "",
        about=about if error else "",
        begun=two_factor.begun(_me()),
        left=two_factor.recovery_codes_left(_me()),
    )


def _me() -> uuid.UUID:
    return cast(uuid.UUID, current_user.id)
