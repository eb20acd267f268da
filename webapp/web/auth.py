"""Logging in and out: Flask-Security checks the password, the session on the server remembers who it was."""

from __future__ import annotations

import hmac
import time
import uuid
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Flask, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_limiter.util import get_remote_address
from flask_security import LoginForm, MailUtil, current_user, login_user, logout_user, user_authenticated
from werkzeug.datastructures import MultiDict

from webapp.extensions import limiter
from webapp.services import context, users
from webapp.services.sessions import BROWSER
from webapp.services.strength import LONGEST_PASSWORD
from webapp.store.portals import User
from webapp.web.browsers import browser_name
from webapp.web.permissions import public
from webapp.web.render import page
from webapp.web.sessions import current_session

LONGEST_EMAIL = 320

WAITING = "waiting"
"""Under what name a session keeps whose password was right and whose code is still asked for."""

WAITS = 600
"""Seconds in which the code has to come."""

blueprint = Blueprint("auth", __name__)
log = structlog.get_logger(__name__)


def bind(app: Flask) -> None:
    """Let the session say who is logged in; nothing else may: no token in an address or a header."""
    app.login_manager.user_loader(_user_of_session)  # type: ignore[attr-defined]
    app.login_manager.request_loader(lambda request: None)  # type: ignore[attr-defined]
    user_authenticated.connect(_begin_session, app)


def failed(response: Response) -> bool:
    """Tell whether a login did not succeed: only those count against the limits."""
    return response.status_code != 302


def account_asked() -> str:
    """Name the account a login is tried for, as its limit counts it."""
    typed = typed_email()
    try:
        # As it is looked for: a domain in wide letters is the same domain.
        email = MailUtil(current_app).normalize(typed)
    except ValueError:
        email = typed
    return f"account:{counted_as(email)}"


def counted_as(email: str) -> str:
    """Name an e-mail where attempts are counted: a place that is to know nobody's."""
    key = context.settings().secret_key.encode()
    return hmac.new(key, email.casefold().encode("utf-8", "replace"), "sha256").hexdigest()


def typed_email() -> str:
    """Return the e-mail somebody says is theirs, as long as one can be."""
    return request.form.get("email", "").strip()[:LONGEST_EMAIL]


def finish_login(user: User, *, stay: bool, via: list[str]) -> None:
    """Log in somebody who has shown all that is asked for, in a session with a new id."""
    session.pop(WAITING, None)
    login_user(user, remember=False, authn_via=via)
    current_session().stored.stay = stay
    users.note_login(user.id, languages=request.accept_languages.values())
    log.info("login.done", user=str(user.id))


def waiting_user() -> User | None:
    """Return whose password was right a moment ago, unless something about their login changed since."""
    waiting = session.get(WAITING) or {}
    if time.time() - waiting.get("since", 0) > WAITS:
        return None
    user = users.find(uuid.UUID(waiting["user"]))
    fits = user and user.active and user.two_factor_at and user.fs_uniquifier == waiting["uniquifier"]
    return user if fits else None


def account_waiting() -> str:
    """Name the account a code is tried for, as its limit counts it: in whichever session."""
    return f"code:{(session.get(WAITING) or {}).get('user', get_remote_address())}"


def end_session() -> None:
    """Log out: the session ends here and on the server."""
    logout_user()
    session.clear()
    current_session().renew(None)


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the login form."""
    if current_user.is_authenticated:
        return redirect(next_address())
    return page("auth/login.html", problem="", email="", stay=False)


@blueprint.post("/login")
@public
@limiter.limit("20 per minute; 100 per hour", key_func=get_remote_address, deduct_when=failed)
@limiter.limit("20 per 15 minutes", key_func=account_asked, deduct_when=failed)
def try_login() -> ResponseReturnValue:
    """Log a person in, or say what is wrong and keep what was typed."""
    stay = "stay" in request.form
    form = LoginForm(
        formdata=MultiDict({"email": typed_email(), "password": request.form.get("password", "")})
    )
    problem = _missing() or ("" if _matches(form) else "mismatch")
    if problem:
        log.warning("login.failed", user=str(form.user.id) if form.user else "", problem=problem)
        return page("auth/login.html", status=422, problem=problem, email=typed_email(), stay=stay)
    user = cast(User, form.user)
    if user.two_factor_at is not None:
        _ask_for_code(user, stay=stay)
        return redirect(url_for("two_factor.ask", next=request.form.get("next") or None))
    finish_login(user, stay=stay, via=["password"])
    return redirect(next_address())


@blueprint.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """Log out."""
    end_session()
    return redirect(url_for("auth.login"))


def _missing() -> str:
    if not typed_email():
        return "email"
    return "" if request.form.get("password") else "password"


def _matches(form: LoginForm) -> bool:
    # PostgreSQL cannot be asked about NUL, and hashing costs by length.
    askable = "\0" not in form.email.data and len(form.password.data) <= LONGEST_PASSWORD
    return askable and form.validate()


def _ask_for_code(user: User, *, stay: bool) -> None:
    session[WAITING] = {
        "user": str(user.id),
        "uniquifier": user.fs_uniquifier,
        "stay": stay,
        "since": int(time.time()),
    }
    current_session().renew(None)


def next_address() -> str:
    """Return where the person wanted to go before they were asked who they are, within this portal."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if local and not parts.netloc and not parts.scheme else url_for("home.index")


def _user_of_session(uniquifier: str) -> User | None:
    user = current_session().user
    return user if user is not None and user.fs_uniquifier == uniquifier else None


def _begin_session(app: Flask, user: User, **_: Any) -> None:
    session.pop("csrf_token", None)
    session[BROWSER] = browser_name(request.user_agent.string)
    current_session().renew(user)
