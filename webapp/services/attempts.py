"""Attempts: what a trip to a provider's consent page carries, sealed until a connection came of it."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from webapp.extensions import db
from webapp.sdk import Grant
from webapp.services import context
from webapp.store.columns import new_id, now
from webapp.store.connections import ConnectAttempt, Connection

LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Luggage:
    """What an attempt carries.

    ``credentials`` are those entered, and with ``exchanged`` the tokens too. ``code`` is what the callback
    brought. ``before`` is the connection's state to go back to when it comes to nothing.
    """

    region: str
    credentials: Mapping[str, str]
    code: str = ""
    exchanged: bool = False
    before: str = "new"

    def grant(self, redirect_uri: str) -> Grant:
        """Return the grant to exchange."""
        return Grant(code=self.code, region=self.region, redirect_uri=redirect_uri)


def start(
    connection: Connection, luggage: Luggage, *, user_id: uuid.UUID, session_digest: str, redirect_uri: str
) -> str:
    """Begin a trip in the caller's transaction; return its state, 256 bits of which only a digest is kept."""
    state = secrets.token_urlsafe(32)
    moment = now()
    attempt = ConnectAttempt(
        portal_id=connection.portal_id,
        id=new_id(),
        connection_id=connection.id,
        user_id=user_id,
        session_digest=session_digest,
        state_digest=digest(state),
        redirect_uri=redirect_uri,
        created_at=moment,
        expires_at=moment + LIFE,
    )
    pack(attempt, luggage)
    db.session.add(attempt)
    return state


def digest(state: str) -> str:
    """Return what is kept of a state."""
    return hashlib.sha256(state.encode()).hexdigest()


def pack(attempt: ConnectAttempt, luggage: Luggage) -> None:
    """Seal luggage into an attempt's row."""
    text = json.dumps(asdict(luggage))
    attempt.grant = context.safe().seal(text, portal=attempt.portal_id, owner=attempt.id, field="grant")


def unpack(attempt: ConnectAttempt) -> Luggage:
    """Open what an attempt carries."""
    text = context.safe().open(attempt.grant, portal=attempt.portal_id, owner=attempt.id, field="grant")
    return Luggage(**json.loads(text))


def with_credentials(luggage: Luggage, credentials: Mapping[str, str]) -> Luggage:
    """Return luggage that holds the tokens a code was exchanged for, or a renewal brought."""
    return replace(luggage, credentials=dict(credentials), exchanged=True)
