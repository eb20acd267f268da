"""What a request leaves behind: an id on all its lines of the log and on its answer, a line, and counts."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from webapp import logs
from webapp.services import context
from webapp.services.tally import tally

HEADER = "X-Request-Id"
QUIET = ("static", "health")
"""Asked all the time, by every page or by machines: their lines are written at the level debug."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")

log = structlog.get_logger(__name__)


def bind(app: Flask) -> None:
    """Follow an application's requests; stands before every other part, so that nothing goes unseen."""
    app.before_request(begin)
    app.after_request(end)


def begin() -> None:
    """Give the request its id, and name on its lines what its address is about."""
    g.began = time.perf_counter()
    named = request.view_args or {}
    logs.begin(
        request=_given() or uuid.uuid4().hex,
        run=str(named.get("run_id", "")),
        connection=str(named.get("connection_id", "")),
    )


def end(response: Response) -> Response:
    """Write the request's line, and hand its id on."""
    seconds = time.perf_counter() - g.began
    route = request.url_rule.rule if request.url_rule else ""
    say = log.debug if request.blueprint in QUIET or request.endpoint in QUIET else log.info
    say(
        "request",
        method=request.method,
        route=route,
        portal=g.portal.key if "portal" in g else None,
        status=response.status_code,
        ms=round(seconds * 1000),
    )
    if request.endpoint != "static":
        _count(seconds, response)
    response.headers[HEADER] = logs.about("request")
    return response


def _count(seconds: float, response: Response) -> None:
    """Count the request once its answer is sent, so that nobody waits for the counting."""
    counts, endpoint = tally(), request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    counts.count("requests", method, endpoint, str(response.status_code))
    counts.time("request_seconds", endpoint, seconds=seconds)
    response.call_on_close(counts.flush)


def _given() -> str:
    """Return the id a proxy of ours gave; anybody else's is not taken."""
    given = request.headers.get(HEADER, "")
    return given if context.settings().proxies and _GIVEN.fullmatch(given) else ""
