"""The page of plugins: which are installed, what each brings and who uses it, and what would help."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp.hooks import AFTER_RUN, BEFORE_WRITE
from webapp.services import plugins
from webapp.web.frame import frame
from webapp.web.permissions import needs
from webapp.web.render import page

blueprint = Blueprint("plugins", __name__, url_prefix="/p/<portal_key>/connections/plugins")

HOOKS = {BEFORE_WRITE: "Asked before a record is written", AFTER_RUN: "Told when a run ends"}
"""What each hook is, for people."""


@blueprint.get("")
@needs("connections")
def index() -> ResponseReturnValue:
    """List the installation's plugins, with the portal's connections that use them."""
    return page("plugins/index.html", views=plugins.views(frame().connections), hooks=HOOKS)
