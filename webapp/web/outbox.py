"""The demo's outbox: what would have been sent by mail. Where mails are sent there is no such page."""

from __future__ import annotations

from flask import Blueprint, Flask, abort
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import outbox
from webapp.web.permissions import public, return_to_portal
from webapp.web.render import page

blueprint = Blueprint("outbox", __name__, url_prefix="/outbox")


def bind(app: Flask) -> None:
    """Let an application's templates ask whether there is an outbox."""
    app.jinja_env.globals["has_outbox"] = outbox.is_open


@blueprint.before_request
def only_in_the_demo() -> None:
    """Be there only where mails are laid into a folder; keep the portal one came from around it."""
    if not outbox.is_open():
        abort(404)
    if current_user.is_authenticated:
        return_to_portal()


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    """List the mails, the newest first."""
    return page("outbox/index.html", mails=outbox.mails(), frame=_frame())


@blueprint.get("/<key>")
@public
def show(key: str) -> ResponseReturnValue:
    """Show one mail."""
    return page("outbox/show.html", mail=outbox.mail(key), frame=_frame())


def _frame() -> str:
    return "layout.html" if current_user.is_authenticated else "door.html"
