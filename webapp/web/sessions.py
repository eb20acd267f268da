"""The session of a request: Flask's interface to the sessions kept on the server."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import structlog
from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.exc import SQLAlchemyError

from webapp.services import sessions
from webapp.services.sessions import SessionData
from webapp.store.portals import Membership, User
from webapp.store.sessions import ABSOLUTE

log = structlog.get_logger(__name__)

SESSIONLESS = ("/static/", "/healthz", "/readyz", "/hooks/")


class ServerSession(dict[str, Any], SessionMixin):
    """A request's session: a dict that is written back when it changed.

    ``renew`` gives it a new id, so that an id known before a login is worth nothing after it. One that is
    not ``kept`` leaves no trace; one that is ``broken`` could not be read.
    """

    def __init__(self, stored: SessionData | None = None, *, kept: bool = True, broken: bool = False) -> None:
        self.stored = stored or SessionData()
        self.kept = kept
        self.broken = broken
        self.old_token: str | None = None
        super().__init__(deepcopy(self.stored.data))

    @property
    def user(self) -> User | None:
        """The user who is logged in here."""
        return self.stored.user

    def place_in(self, portal_key: str) -> Membership | None:
        """The user's place in a portal, if the session was read along with it."""
        place = self.stored.place
        return place if place is not None and place.portal.key == portal_key else None

    @property
    def changed(self) -> bool:
        """Whether it differs from what is stored."""
        return dict(self) != self.stored.data

    def renew(self, user: User | None, *, stay: bool = False) -> None:
        """Start over under a new id, for a user or for nobody."""
        self.old_token = self.stored.token or self.old_token
        self.stored = SessionData(user=user, stay=stay)


class ServerSessions(SessionInterface):
    """Opens and saves the session of each request."""

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """Find the session of the cookie, or begin a new one."""
        if request.path.startswith(SESSIONLESS):
            return ServerSession(kept=False)
        token = request.cookies.get(self.get_cookie_name(app), "")
        try:
            return ServerSession(sessions.find(token, _portal_key(request)) if token else None)
        except SQLAlchemyError:
            log.error("session_unreadable", exc_info=True)
            return ServerSession(kept=False, broken=True)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session back if there is something to write, and tell the browser a new id."""
        assert isinstance(session, ServerSession)
        if not session.kept:
            return
        if session.old_token:
            sessions.forget(session.old_token)
        if session.changed or session.stored.is_stale:
            known = session.stored.token
            session.stored.data = dict(session)
            session.stored.token = sessions.keep(session.stored)
            if session.stored.token != known:
                self._set_cookie(app, session.stored, response)
        elif session.old_token:
            response.delete_cookie(self.get_cookie_name(app), secure=self.get_cookie_secure(app))

    def _set_cookie(self, app: Flask, stored: SessionData, response: Response) -> None:
        response.set_cookie(
            self.get_cookie_name(app),
            stored.token or "",
            max_age=ABSOLUTE if stored.stay else None,
            path="/",
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite="Lax",
        )


def _portal_key(request: Request) -> str:
    """The portal an address names: a session is found before the address is understood in full."""
    root, _, rest = request.path.removeprefix("/").partition("/")
    key = rest.partition("/")[0]
    # PostgreSQL cannot be asked about NUL.
    return key if root == "p" and "\0" not in key else ""


def current_session() -> ServerSession:
    """The session of this request."""
    current = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(current, ServerSession)
    return current


def session_digest() -> str:
    """What names this session without giving it away: a trip to a provider is bound to it."""
    token = current_session().stored.token
    return sessions.digest_of(token) if token else ""
