"""A forgotten password: asking for a link by mail, and choosing another password by it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_security import current_user

from webapp.extensions import limiter
from webapp.services import mail_transport, outbox, passwords
from webapp.services.errors import Invalid, Refused
from webapp.services.strength import SHORTEST_PASSWORD
from webapp.store.portals import User
from webapp.sync.normal import email_valid
from webapp.web.auth import counted_as, end_session, typed_email
from webapp.web.permissions import public
from webapp.web.render import page

blueprint = Blueprint("passwords", __name__, url_prefix="/password")


def account_asked() -> str:
    """Name the account a link is asked for, as its limit counts it."""
    return f"reset:{counted_as(typed_email())}"


@blueprint.get("/")
@public
def ask() -> ResponseReturnValue:
    """Show the form that sends a link, or whom to ask where no mail leaves."""
    return page("passwords/ask.html", mail=mail_transport.is_set_up(), email="", problem="")


@blueprint.post("/")
@public
@limiter.limit("10 per 15 minutes; 30 per day", key_func=get_remote_address)
@limiter.limit("5 per hour", key_func=account_asked)
def send() -> ResponseReturnValue:
    """Send a link if somebody logs in with this e-mail; the answer is the same if nobody does."""
    email = typed_email()
    if not mail_transport.is_set_up():
        return redirect(url_for(".ask"), 303)
    if not email_valid(email):
        return page("passwords/ask.html", status=422, mail=True, email=email, problem="email")
    passwords.ask_for_reset(email)
    return page("passwords/sent.html", email=email, demo=outbox.is_open())


@blueprint.get("/<token>")
@public
def choose(token: str) -> ResponseReturnValue:
    """Show the form that takes another password, if the link works."""
    try:
        user = passwords.user_of_link(token)
    except Refused as refusal:
        return _spent(refusal)
    return _form(user, token)


@blueprint.post("/<token>")
@public
@limiter.limit("20 per hour", key_func=get_remote_address)
def reset(token: str) -> ResponseReturnValue:
    """Give the user of the link another password; they log in with it."""
    typed = request.form.get("password", ""), request.form.get("again", "")
    try:
        user = passwords.reset(token, *typed)
    except Refused as refusal:
        return _spent(refusal)
    except Invalid as error:
        return _form(passwords.user_of_link(token), token, error=error, status=422)
    if current_user.is_authenticated:
        end_session()
    flash(f"Your password is changed. Log in as {user.email}.")
    return redirect(url_for("auth.login"), 303)


def _form(user: User, token: str, *, error: Invalid | None = None, status: int = 200) -> ResponseReturnValue:
    return page(
        "passwords/choose.html",
        status=status,
        user=user,
        token=token,
        error=error,
        shortest=SHORTEST_PASSWORD,
    )


def _spent(refusal: Refused) -> ResponseReturnValue:
    return page("passwords/spent.html", status=409, reason=refusal.reason, mail=mail_transport.is_set_up())
