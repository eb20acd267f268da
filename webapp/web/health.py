"""Whether this process lives, and whether it can serve: asked by supervisors and load balancers."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp.services import health
from webapp.web.permissions import public

blueprint = Blueprint("health", __name__)


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
