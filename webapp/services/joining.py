"""Joining: what becomes of an invitation when whoever was asked comes by its link."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask_security import hash_password
from sqlalchemy.exc import IntegrityError

from webapp.extensions import db
from webapp.services import audit, client_users, strength
from webapp.services.errors import Conflict, Invalid, Refused
from webapp.services.members import join as join_as_member
from webapp.services.sessions import digest_of
from webapp.services.users import LONGEST_NAME
from webapp.store import invitations as store
from webapp.store.columns import new_id, now
from webapp.store.invitations import CLIENT, MEMBER, Invitation
from webapp.store.portals import Portal, User, user_by_email
from webapp.walls import inside

WORDS = {
    "unknown": "It was withdrawn, or sent anew. Look for a newer mail, or ask whoever invited you.",
    "accepted": "It was used already. Log in with your e-mail and password.",
    "expired": "It was not used in time. Ask whoever invited you to send it again.",
}

JOINS: dict[str, Callable[[Invitation, User], None]] = {
    MEMBER: join_as_member,
    CLIENT: client_users.join,
}
"""What makes somebody what they were asked to be, by the kind of invitation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation whose link works: into which portal, by whom, and whose login it is for, if any."""

    kind: str
    email: str
    name: str
    portal_key: str
    portal_name: str
    host: str
    user: User | None


def find(token: str) -> Invited:
    """Return the invitation of a link; raise Refused when it no longer works."""
    invitation, portal = _found(token)
    host = db.session.get(User, invitation.invited_by) if invitation.invited_by else None
    return Invited(
        kind=invitation.kind,
        email=invitation.email,
        name=invitation.name,
        portal_key=portal.key,
        portal_name=portal.name,
        host=host.name if host else "",
        user=user_by_email(invitation.email),
    )


def join_anew(token: str, *, name: str, password: str, again: str) -> User:
    """Let somebody who has no login yet choose their name and password, and join."""
    invited = find(token)
    if invited.user is not None:
        raise Refused("Somebody logs in with this e-mail already. Log in, then open the link again.")
    name = name.replace("\0", "").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid("name", f"Enter your name, at most {LONGEST_NAME} characters.")
    strength.require(password, invited.email, name)
    if password != again:
        raise Invalid("again", "This is not the same password: type both again.")
    user = User(
        id=new_id(),
        email=invited.email,
        name=name,
        password=hash_password(password),
        fs_uniquifier=uuid.uuid4().hex,
    )
    return _join(token, user)


def join(token: str, user_id: uuid.UUID) -> User:
    """Let the user join whom the invitation is for."""
    invited = find(token)
    if invited.user is None or invited.user.id != user_id or not invited.user.active:
        raise Refused(f"This invitation is for {invited.email}. Log in with that e-mail.")
    return _join(token, invited.user)


def _found(token: str) -> tuple[Invitation, Portal]:
    found = store.of_token(digest_of(token))
    if found is None:
        raise Refused(WORDS["unknown"])
    _require_working(found[0])
    if found[0].kind == CLIENT:
        with inside(found[0].portal_id):
            client_users.require_welcome(found[0])
    return found


def _join(token: str, user: User) -> User:
    seen, _ = _found(token)
    with inside(seen.portal_id):
        audit.hold(seen.portal_id)
        invitation = store.hold(seen.portal_id, seen.id)
        if invitation is None or invitation.token_digest != digest_of(token):
            raise Refused(WORDS["unknown"])
        _require_working(invitation)
        try:
            db.session.add(user)
            db.session.flush()
            invitation.accepted_at, invitation.accepted_by = now(), user.id
            JOINS[invitation.kind](invitation, user)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            raise Conflict("Somebody was quicker with this e-mail. Open the link once more.") from None
    return user


def _require_working(invitation: Invitation) -> None:
    if invitation.withdrawn_at is not None:
        raise Refused(WORDS["unknown"])
    if invitation.accepted_at is not None:
        raise Refused(WORDS["accepted"])
    if not invitation.works(now()):
        raise Refused(WORDS["expired"])
