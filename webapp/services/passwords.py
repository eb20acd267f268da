"""Passwords: chosen anew by whoever forgot theirs, changed by whoever knows it."""

from __future__ import annotations

import uuid

from flask_security import hash_password, verify_password
from flask_security.recoverable import reset_password_token_status

from webapp.extensions import db
from webapp.services import audit, sessions, strength
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.services.signals import announce_mail
from webapp.services.strength import LONGEST_PASSWORD
from webapp.store import mails
from webapp.store.columns import now
from webapp.store.portals import User, user_by_email


def ask_for_reset(email: str) -> None:
    """Let whoever logs in with an e-mail get a link by mail; nothing tells whether that is anybody."""
    user = user_by_email(email) if "\0" not in email else None
    if user is not None and user.active:
        mails.post_login(user.id, mails.RESET, moment=now())
    db.session.commit()
    announce_mail()


def user_of_link(token: str) -> User:
    """Return whom a link to choose a password is for; raise Refused when it no longer works."""
    expired, invalid, user = reset_password_token_status(token)
    if expired or invalid or user is None or not user.active:
        raise Refused("A link works for 30 minutes, and once. Ask for another one.")
    return user


def reset(token: str, password: str, again: str) -> User:
    """Give the user of a link another password; every session they have ends, and the link with them."""
    user = user_of_link(token)
    check(password, again, user)
    give(user, password, actor=str(user.id), action="user.password_reset")
    return user


def change(user_id: uuid.UUID, current: str, password: str, again: str) -> User:
    """Give a user who knows theirs another password; every session they have ends."""
    user = require(user_id, current)
    check(password, again, user)
    give(user, password, actor=str(user.id), action="user.password_changed")
    return user


def require(user_id: uuid.UUID, current: str) -> User:
    """Return a user who knows their password; raise Invalid for another one."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("This user is gone.")
    known = user.password and 0 < len(current) <= LONGEST_PASSWORD and verify_password(current, user.password)
    if not known:
        raise Invalid("current", "This is not your password.")
    return user


def check(password: str, again: str, user: User) -> None:
    """Raise Invalid when a password will not do, or was not typed alike twice."""
    strength.require(password, user.email, user.name)
    if password != again:
        raise Invalid("again", "This is not the same password: type both again.")


def give(user: User, password: str, *, actor: str, action: str) -> None:
    """Give a user a password and tell them by mail; their sessions end, and links sent before."""
    user.password = hash_password(password)
    user.fs_uniquifier = uuid.uuid4().hex
    audit.record_for_user(user.id, actor, action)
    mails.post_login(user.id, mails.CHANGED, moment=now())
    db.session.commit()
    sessions.forget_user(user.id)
    announce_mail()
