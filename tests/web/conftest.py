"""What the tests of pages share: an application on a database of its own, and people who are logged in.

No application context stays open: a request would share its ``g`` with the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from tests.settings import make_settings
from tests.web.people import Cast, browser_of, cast_of_people
from webapp.app import create_app
from webapp.extensions import db


class CompiledTemplates(BytecodeCache):
    """Templates that were compiled once are not compiled again for the next test's application."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled before."""
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


@pytest.fixture
def app(database_url: str, clean_redis_url: str) -> Iterator[Flask]:
    """The portal's application on a database and a Valkey of its own."""
    app = create_app(make_settings(DATABASE_URL=database_url, REDIS_URL=clean_redis_url))
    app.jinja_env.bytecode_cache = COMPILED
    # What makes a hash slow to guess makes tests slow too.
    app.extensions["security"].pwd_context.update(argon2__rounds=1, argon2__memory_cost=64)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody is logged in with."""
    return app.test_client()


@pytest.fixture
def people(app: Flask) -> Cast:
    """A portal, and somebody of every profile in it."""
    with app.app_context():
        return cast_of_people()


@pytest.fixture
def log_in(app: Flask, people: Cast) -> Callable[[str], FlaskClient]:
    """Log somebody in by profile: ``log_in("Owner")`` is a browser with that person's session."""
    return lambda profile: browser_of(app, people.users[profile])
