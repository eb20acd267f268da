"""The control side for people: a small page at /_sandbox/."""

from __future__ import annotations

from flask import Blueprint

from sandbox.control import CONTROL

page = Blueprint("page", __name__, url_prefix=CONTROL)
