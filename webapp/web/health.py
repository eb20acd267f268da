"""How this process and the installation fare: asked by supervisors, load balancers and Prometheus."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from webapp.config import is_loopback
from webapp.services import context, health, metrics
from webapp.web.permissions import public

blueprint = Blueprint("health", __name__)

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


@blueprint.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Say whether database, migrations and Valkey are there."""
    problems = health.problems()
    return {"status": "not ready" if problems else "ok", "problems": problems}, 503 if problems else 200


@blueprint.get("/metrics")
@public
def measured() -> ResponseReturnValue:
    """Say how the installation fares, to who holds the token; without a token set, to this machine alone."""
    token = context.settings().metrics_token
    if token and not _holds(token):
        return Response(
            "The token is missing or wrong: send TANDEM_METRICS_TOKEN as a bearer token.\n",
            401,
            {"WWW-Authenticate": "Bearer"},
            mimetype="text/plain",
        )
    if not token and not _is_this_machine():
        abort(404)
    body, content_type = metrics.exposition(request.headers.get("Accept", ""))
    return Response(body, content_type=content_type)


def _holds(token: str) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _is_this_machine() -> bool:
    """Tell whether the one who asks is on this machine, and nobody else's proxy for somebody who is not."""
    return is_loopback(request.remote_addr) and not any(name in request.headers for name in FORWARDED)
