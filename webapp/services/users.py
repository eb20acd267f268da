"""Users: their logins, and how pages look to them."""

from __future__ import annotations

import uuid
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from flask_security import hash_password

from webapp.extensions import db
from webapp.services import sessions
from webapp.services.errors import Invalid, NotFound
from webapp.services.portals import SHORTEST_PASSWORD
from webapp.store.columns import now
from webapp.store.portals import User, user_by_email

THEMES = ("system", "light", "dark")


def note_login(user_id: uuid.UUID) -> None:
    """Keep when a user logged in last, and clear away sessions that ended."""
    _user(user_id).last_login_at = now()
    db.session.commit()
    sessions.sweep()


def exists(email: str) -> bool:
    """Tell whether somebody logs in with this e-mail."""
    return user_by_email(email) is not None


def set_password(email: str, password: str) -> User:
    """Give a user another password; every session they have ends."""
    user = user_by_email(email)
    if user is None:
        raise NotFound(f"Nobody here has the e-mail {email}. Add them with: tandem user add.")
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("password", f"A password needs at least {SHORTEST_PASSWORD} characters.")
    user.password = hash_password(password)
    user.fs_uniquifier = uuid.uuid4().hex
    db.session.commit()
    sessions.forget_user(user.id)
    return user


def set_active(email: str, *, active: bool) -> User:
    """Let a user log in, or no longer; a disabled user is logged out everywhere."""
    user = user_by_email(email)
    if user is None:
        raise NotFound(f"Nobody here has the e-mail {email}.")
    user.active = active
    db.session.commit()
    if not active:
        sessions.forget_user(user.id)
    return user


def set_theme(user_id: uuid.UUID, theme: str) -> None:
    """Fix light or dark for a user, or follow the system."""
    if theme not in THEMES:
        raise Invalid("theme", "Choose System, Light or Dark.")
    _user(user_id).theme = theme
    db.session.commit()


def set_preferences(user_id: uuid.UUID, *, name: str, time_zone: str, locale: str) -> None:
    """Set a user's name, time zone, and the locale their numbers and dates are written in."""
    name = name.replace("\0", "").strip()
    if not name:
        raise Invalid("name", "Enter your name: others see it beside what you did.")
    if len(name) > 200:
        raise Invalid("name", "Enter a name of at most 200 characters.")
    if time_zone not in available_timezones():
        raise Invalid("time_zone", "Choose a time zone from the list, such as Europe/Berlin.")
    if not _is_locale(locale):
        raise Invalid("locale", "Choose a format from the list.")
    user = _user(user_id)
    user.name, user.time_zone, user.locale = name, time_zone, locale
    db.session.commit()


def _user(user_id: uuid.UUID) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("This user is gone.")
    return user


def _is_locale(text: str) -> bool:
    try:
        Locale.parse(text)
    except (UnknownLocaleError, ValueError):
        return False
    return True
