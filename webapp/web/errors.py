"""Errors as people read them: one table, and the same words as a page or as a fragment."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from webapp import read_only
from webapp.extensions import db
from webapp.services.errors import Conflict, Invalid, NotFound, Refused, ServiceError
from webapp.web.render import wants_fragment

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, and what to do about it."""

    title: str
    text: str


SERVICE_ERRORS: dict[type[ServiceError], tuple[int, str]] = {
    NotFound: (404, "This is not here"),
    Refused: (409, "This cannot be done"),
    Conflict: (409, "Somebody was quicker"),
    Invalid: (422, "This cannot be taken as it is"),
}
"""What a service said, as a status and a title; the text is the service's own."""

STATUSES: dict[int, Words] = {
    400: Words("This could not be read", "Nothing was changed. Go back, reload the page and try again."),
    401: Words("You are logged out", "Log in to go on."),
    403: Words(
        "This is not yours to do",
        "Your profile in this portal does not allow it. Ask an owner of the portal if you need it.",
    ),
    404: Words("This is not here", "It may have been removed, or the address is not quite right."),
    405: Words("This address does something else", "Go back, reload the page and try again."),
    409: Words("This cannot be done", "Somebody was quicker. Reload the page and look again."),
    413: Words("This is too much at once", "Nothing was changed. Send less at a time."),
    415: Words("This could not be read", "Nothing was changed. Go back, reload the page and try again."),
    421: Words(
        "This is not the portal's address",
        "Open it at the address you were given. Whoever runs it: TANDEM_BASE_URL has to be that address, "
        "and a proxy has to pass its host on.",
    ),
    422: Words("This cannot be taken as it is", "Nothing was changed. Go back and correct it."),
    429: Words("Too many attempts", "Wait a few minutes, then try again."),
    500: Words(
        "Something broke here", "Nothing you did is lost. Try again; if it stays, tell us the reference."
    ),
    503: Words("Tandem cannot reach its database", "Nothing you did is lost. Try again in a moment."),
}

GIVEN_WAY = (DeadlockDetected, SerializationFailure, LockNotAvailable, ObjectDeletedError, StaleDataError)
"""What is said where one of two had to end who were in each other's way, or took a row away meanwhile."""

GAVE_WAY = Words(
    "Two wrote this at once",
    "What you sent was undone, so that nothing is half done. Reload the page, look, and send it again.",
)

READ_ONLY = Words(
    "Nothing is changed for now", f"{read_only.WORDS} What you asked for was not done: try again later."
)

STALE_PAGE = Words(
    "This page is out of date",
    "Nothing was changed. It was open for long, or you logged in anew. Go back, reload it and try again.",
)


def bind(app: Flask) -> None:
    """Turn every error of an application into words."""
    app.register_error_handler(ServiceError, refuse)
    app.register_error_handler(CSRFError, lambda error: answer(400, STALE_PAGE))
    app.register_error_handler(RateLimitExceeded, slow_down)
    app.register_error_handler(HTTPException, explain)
    app.register_error_handler(Exception, meet)


def refuse(error: ServiceError) -> Response:
    """Say what a service refused, in its own words."""
    kind = next(kind for kind in type(error).__mro__ if kind in SERVICE_ERRORS or kind is ServiceError)
    status, title = SERVICE_ERRORS.get(kind, (409, "This cannot be done"))
    return answer(status, Words(title, error.reason))


def explain(error: HTTPException) -> Response:
    """Say what an HTTP error means."""
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, Exception):
        # It broke after the page was made, as when its session was saved.
        return meet(error.original_exception)
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())
    status = error.code
    words = STATUSES.get(status) or Words(HTTPStatus(status).phrase, "Go back and try again.")
    return answer(status, words)


def slow_down(error: RateLimitExceeded) -> Response:
    """Say how long to wait."""
    minutes = max(1, round(error.limit.limit.get_expiry() / 60)) if error.limit else 1
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    response = answer(429, Words("Too many attempts", f"Wait {wait}, then try again."))
    response.headers["Retry-After"] = str(minutes * 60)
    return response


def meet(error: Exception) -> Response:
    """Say what an error means that nobody expected: somebody else may only have been quicker."""
    if isinstance(error, DBAPIError) and read_only.refused(error):
        db.session.rollback()
        return answer(503, READ_ONLY)
    why = error.orig if isinstance(error, DBAPIError) else error
    return give_way(error, why) if isinstance(why, GIVEN_WAY) else admit_fault(error)


def give_way(error: Exception, why: Exception) -> Response:
    """Say that this was undone for another's sake, who held what it needed or took it away meanwhile."""
    db.session.rollback()
    log.warning(
        "page_gave_way",
        method=request.method,
        endpoint=request.endpoint,
        why=type(why).__name__,
        exc_info=error,
    )
    return answer(409, GAVE_WAY)


def admit_fault(error: Exception) -> Response:
    """Say that something broke, with a reference that the log names too."""
    reference = secrets.token_hex(4)
    # What failed may have left a broken transaction behind, and the session is still to be saved.
    db.session.rollback()
    log.error(
        "page_failed", reference=reference, method=request.method, endpoint=request.endpoint, exc_info=error
    )
    return answer(500, STATUSES[500], reference=reference)


def answer(status: int, words: Words, *, reference: str = "") -> Response:
    """Put words on a page, or into the place every page keeps for trouble."""
    if wants_fragment():
        response = make_response(
            render_template("errors/fragment.html", words=words, reference=reference), status
        )
        response.headers["HX-Retarget"] = "#trouble"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    # What is broken may be what the full page needs, so a fault is shown on a bare one.
    frame = "layout.html" if status < 500 and "portal" in g else "door.html"
    body = render_template(
        "errors/page.html", frame=frame, words=words, reference=reference, back=_way_back()
    )
    return make_response(body, status)


def _way_back() -> str:
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) and referrer != request.url else ""
