"""Sessions kept on the server: find, keep, forget.

Each write is a short transaction of its own, so that it neither commits nor loses what a view is doing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from webapp.extensions import db
from webapp.read_only import writing
from webapp.store import sessions
from webapp.store.columns import now
from webapp.store.portals import Membership, User

BROWSER = "browser"
"""Under what name a session keeps which browser it was begun in."""

KEY = 24
"""How much of a digest names a session to its user."""

_KEY = re.compile(f"[0-9a-f]{{{KEY}}}")

SEEN_EVERY = timedelta(minutes=1)
"""How exactly the time of the last request is kept."""


@dataclass(slots=True)
class SessionData:
    """What a browser's session holds. ``token`` is the secret in the cookie; a new session has none yet.

    ``place`` is the user's in the portal that was asked for along with it, if there is any.
    """

    token: str | None = None
    user: User | None = None
    data: dict[str, Any] = field(default_factory=dict)
    stay: bool = False
    created_at: datetime = field(default_factory=now)
    seen_at: datetime | None = None
    place: Membership | None = None

    @property
    def is_stale(self) -> bool:
        """Whether the time of the last request is due to be written."""
        return self.seen_at is not None and now() - self.seen_at > SEEN_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session as its user sees it: ``key`` names it without giving it away, ``here`` is this very one."""

    key: str
    here: bool
    browser: str
    since: datetime
    seen_at: datetime
    stay: bool


def digest_of(token: str) -> str:
    """Make what is kept of a token: reading the table gives nobody a session."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(token: str, portal_key: str = "") -> SessionData | None:
    """Find the live session of a token, and its user's place in the portal of a key."""
    found = sessions.live_session(digest_of(token), now(), portal_key)
    if found is None:
        return None
    row, user, place = found
    return SessionData(token, user, dict(row.data), row.stay, row.created_at, row.seen_at, place)


def keep(session: SessionData) -> str:
    """Write a session and return its token, made now if it has none; one that ended stays ended."""
    token = session.token or secrets.token_urlsafe(32)
    values: dict[str, object] = {
        "user_id": session.user.id if session.user else None,
        "data": session.data,
        "stay": session.stay,
        "created_at": session.created_at,
        "seen_at": now(),
    }
    with writing(), db.engine.begin() as transaction:
        if session.token is None:
            sessions.add_session(transaction, {"digest": digest_of(token), **values})
        else:
            sessions.change_session(transaction, digest_of(token), values)
    return token


def views(user_id: uuid.UUID, token: str) -> list[SessionView]:
    """List where a user is logged in; ``token`` is of the session that asks."""
    here = digest_of(token)
    return [
        SessionView(
            key=row.digest[:KEY],
            here=row.digest == here,
            browser=str(row.data.get(BROWSER, "")),
            since=row.created_at,
            seen_at=row.seen_at,
            stay=row.stay,
        )
        for row in sessions.live_sessions_of(user_id, now())
    ]


def end(user_id: uuid.UUID, token: str, *, key: str) -> int:
    """End a user's session by its key, or all by a blank one, but never the token's own; count them."""
    if key and not _KEY.fullmatch(key):
        return 0
    with writing(), db.engine.begin() as transaction:
        return sessions.delete_sessions_of(transaction, user_id, only=key, but=digest_of(token))


def forget(token: str) -> None:
    """End one session."""
    with writing(), db.engine.begin() as transaction:
        sessions.delete_session(transaction, digest_of(token))


def forget_user(user_id: uuid.UUID) -> None:
    """End every session of a user."""
    with writing(), db.engine.begin() as transaction:
        sessions.delete_sessions_of(transaction, user_id)


def sweep() -> None:
    """Remove the sessions that ended by themselves."""
    with writing(), db.engine.begin() as transaction:
        sessions.delete_ended(transaction, now())
