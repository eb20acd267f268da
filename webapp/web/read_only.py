"""Read-only mode as people meet it: pages show what is there; what would change it says that it may not."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, g, request

from webapp.extensions import db
from webapp.read_only import writing
from webapp.web.errors import READ_ONLY, answer
from webapp.web.headers import SAFE_METHODS

COMING_AND_GOING = ("auth.try_login", "auth.logout", "two_factor.check")
"""What is done all the same: else nobody could come to read."""


def bind(app: Flask) -> None:
    """Keep an application's requests from writing, if it is to be read only."""
    if app.config["TANDEM"].read_only:
        app.before_request(refuse_to_write)
        app.teardown_request(stop_writing)


def refuse_to_write() -> Response | None:
    """Answer what would write; let people come and go."""
    if request.method in SAFE_METHODS:
        return None
    if request.endpoint not in COMING_AND_GOING:
        return answer(503, READ_ONLY)
    # What was read so far was read in a transaction that may not write.
    db.session.rollback()
    g.writing = ExitStack()
    g.writing.enter_context(writing())
    return None


def stop_writing(error: BaseException | None) -> None:
    """End what was let through."""
    if "writing" in g:
        g.pop("writing").close()
