"""Applications with a database and no pages, taken again by whoever comes next.

Making one is quick, but each has an engine of its own, which compiles every statement anew, and connections
for which the database plans each anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from tests.unchanged import as_it_was
from webapp.extensions import db

_RESTING: dict[str, list[Flask]] = {}
"""Those nobody is in, by the address of their database."""


@contextmanager
def bare_app(address: str) -> Iterator[Flask]:
    """Push an application that has this database and nothing else."""
    resting = _RESTING.setdefault(address, [])
    app = resting.pop() if resting else _made(address)
    with as_it_was(app), app.app_context():
        yield app
        db.session.remove()
    resting.append(app)


def _made(address: str) -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = address
    db.init_app(app)
    return app
