"""The portal's application as tests of pages want it: quick to make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from tests.settings import make_settings
from webapp.app import create_app
from webapp.extensions import db
from webapp.providers import Registry


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


@contextmanager
def pages_app(
    database_url: str, redis_url: str, *, registry: Registry | None = None, **environment: object
) -> Iterator[Flask]:
    """Make the portal's application with the providers given, or with those that are installed."""
    settings = make_settings(DATABASE_URL=database_url, REDIS_URL=redis_url, **environment)
    app = create_app(settings, registry=registry)
    app.jinja_env.bytecode_cache = COMPILED
    # What makes a hash slow to guess makes tests slow too.
    app.extensions["security"].pwd_context.update(argon2__rounds=1, argon2__memory_cost=64)
    yield app
    with app.app_context():
        db.engine.dispose()
