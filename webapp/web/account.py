"""The account page: how Tandem looks and writes to a user, what it tells them, their password and logins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_security import current_user, login_user

from webapp.extensions import limiter
from webapp.services import locales, mail_transport, notices, passwords, sessions, users
from webapp.services.errors import Invalid
from webapp.services.strength import SHORTEST_PASSWORD
from webapp.store.columns import now
from webapp.store.notices import MAIL, PORTAL
from webapp.web.permissions import needs, return_to_portal
from webapp.web.render import page
from webapp.web.sessions import current_session

blueprint = Blueprint("account", __name__, url_prefix="/account")
blueprint.before_request(return_to_portal)


def this_account() -> str:
    """Name the account whose password is tried, as its limit counts it."""
    return f"account:{current_user.id}"


@blueprint.get("/")
@needs()
def show() -> ResponseReturnValue:
    """Show the user's own settings."""
    return _page()


@blueprint.post("/")
@needs()
def save() -> ResponseReturnValue:
    """Keep the user's name, time zone and format."""
    typed = {name: request.form.get(name, "") for name in ("name", "time_zone", "locale")}
    try:
        users.set_preferences(current_user.id, **typed)
    except Invalid as error:
        return _page(error=error, status=422, **typed)
    flash("Your settings are saved.")
    return redirect(url_for(".show"))


@blueprint.post("/theme")
@needs()
def theme() -> ResponseReturnValue:
    """Fix light or dark, or follow the system."""
    users.set_theme(current_user.id, request.form.get("theme", ""))
    return redirect(_came_from())


@blueprint.post("/notices")
@needs()
def save_notices() -> ResponseReturnValue:
    """Keep what the user wants to hear, and by which way."""
    # A box that was disabled is not sent, and says nothing about what is wanted.
    ways = (PORTAL, MAIL) if mail_transport.is_set_up() else (PORTAL,)
    kinds = [kind.name for kind in notices.kinds_that_concern(current_user.id)]
    notices.set_wanted(current_user.id, {kind: request.form.getlist(kind) for kind in kinds}, ways=ways)
    flash("What you are told is saved.")
    return redirect(url_for(".show", _anchor="notices"))


@blueprint.post("/password")
@needs()
@limiter.limit("30 per hour", key_func=get_remote_address)
@limiter.limit("10 per 15 minutes", key_func=this_account)
def save_password() -> ResponseReturnValue:
    """Give the user another password; they stay logged in here and nowhere else."""
    typed = [request.form.get(name, "") for name in ("current", "password", "again")]
    try:
        user = passwords.change(current_user.id, *typed)
    except Invalid as error:
        return _page(error=error, status=422)
    login_user(user, remember=False, authn_via=["password"])
    flash("Your password is changed. You are logged out everywhere else.")
    return redirect(url_for(".show"))


@blueprint.post("/sessions")
@needs()
def end_sessions() -> ResponseReturnValue:
    """Log the user out in one other place, or in all of them."""
    here = current_session().stored.token or ""
    key = request.form.get("session", "")
    ended = sessions.end(current_user.id, here, key=key)
    where = "there" if key else "everywhere else"
    flash(f"You are logged out {where}." if ended else f"You were logged out {where} already.")
    return redirect(url_for(".show", _anchor="sessions"), 303)


def _page(*, error: Invalid | None = None, status: int = 200, **typed: str) -> ResponseReturnValue:
    user = current_user
    shown = {"name": user.name, "time_zone": user.time_zone, "locale": user.locale} | typed
    return page(
        "account/show.html",
        status=status,
        error=error,
        typed=shown,
        zones=locales.zones(),
        usual=locales.usual_locales(),
        locales=locales.locales(),
        now=now(),
        kinds=notices.kinds_that_concern(user.id),
        wanted=notices.wanted(user.id),
        mail=mail_transport.is_set_up(),
        shortest=SHORTEST_PASSWORD,
        places=sessions.views(user.id, current_session().stored.token or ""),
    )


def _came_from() -> str:
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) else url_for(".show")
