"""Users: their logins, and how pages look to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from webapp.extensions import db
from webapp.services import audit, locales, members, passwords, sessions, strength
from webapp.services.errors import Invalid, NotFound
from webapp.store.columns import now
from webapp.store.portals import User, places_of, user_by_email
from webapp.walls import inside

LONGEST_NAME = 200
THEMES = ("system", "light", "dark")


def note_login(user_id: uuid.UUID, *, languages: Iterable[str] = ()) -> None:
    """Keep when a user logged in last, and clear away sessions that ended.

    At the first login the locale and the time zone are guessed from what the browser accepts, the best
    first, and from where the portal is.
    """
    user = _user(user_id)
    if user.last_login_at is None:
        _settle_in(user, languages)
    user.last_login_at = now()
    audit.record_for_user(user_id, str(user_id), "user.logged_in")
    db.session.commit()
    sessions.sweep()


def exists(email: str) -> bool:
    """Tell whether somebody logs in with this e-mail."""
    return user_by_email(email) is not None


def find(user_id: uuid.UUID) -> User | None:
    """Find a user by id."""
    return db.session.get(User, user_id)


def user_named(email: str) -> User:
    """Find whoever logs in with an e-mail; raise NotFound."""
    user = user_by_email(email)
    if user is None:
        raise NotFound(f"Nobody here has the e-mail {email}. Add them with: tandem user add.")
    return user


def set_password(email: str, password: str) -> User:
    """Give a user another password; every session they have ends."""
    user = user_named(email)
    strength.require(password, user.email, user.name)
    passwords.give(user, password, actor=audit.COMMAND_LINE, action="user.password_changed")
    return user


def set_active(email: str, *, active: bool) -> User:
    """Let a user log in, or no longer; a disabled user is logged out everywhere."""
    user = user_named(email)
    if not active:
        _require_other_owners(user)
    user.active = active
    audit.record_for_user(user.id, audit.COMMAND_LINE, "user.enabled" if active else "user.disabled")
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
    if len(name) > LONGEST_NAME:
        raise Invalid("name", f"Enter a name of at most {LONGEST_NAME} characters.")
    zone = locales.zone_named(time_zone)
    if zone is None:
        raise Invalid("time_zone", "Choose a time zone from the list, such as Europe/Berlin.")
    if not locales.is_locale(locale):
        raise Invalid("locale", "Choose a format from the list.")
    user = _user(user_id)
    user.name, user.time_zone, user.locale = name, zone, locale
    db.session.commit()


def _require_other_owners(user: User) -> None:
    """Raise Refused for the last Owner of a portal; no other Owner goes until the transaction ends."""
    for place in sorted(places_of(user.id), key=lambda place: place.portal_id):
        with inside(place.portal_id):
            audit.hold(place.portal_id)
            members.require_another_owner(place)


def _settle_in(user: User, languages: Iterable[str]) -> None:
    """Guess how a new user reads, as far as nobody has said it yet."""
    place = next(iter(places_of(user.id)), None)
    country = place.portal.country if place else ""
    if user.locale == User.__table__.c.locale.default.arg:
        user.locale = locales.likely_locale(languages, country) or user.locale
    if user.time_zone == User.__table__.c.time_zone.default.arg:
        user.time_zone = locales.likely_zone(country) or user.time_zone


def _user(user_id: uuid.UUID) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("This user is gone.")
    return user
