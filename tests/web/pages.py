"""The portal's application as tests of pages want it: quick to make, and quick to empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from tests.settings import make_settings
from webapp.app import create_app
from webapp.extensions import db, limiter, security
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


OF_THE_LATEST = (limiter, security)
TAKEN_OVER: WeakKeyDictionary[Flask, list[dict[str, Any]]] = WeakKeyDictionary()
"""The extensions that serve the application which was made last, and how they were as one was made."""


def serve_again(app: Flask) -> None:
    """Have what serves the application that was made last serve this one."""
    for extension, as_made in zip(OF_THE_LATEST, TAKEN_OVER[app], strict=True):
        vars(extension).update(as_made)


@contextmanager
def pages_app(
    database_url: str, redis_url: str, *, registry: Registry | None = None, **environment: object
) -> Iterator[Flask]:
    """Make the portal's application with the providers given, or with those that are installed."""
    settings = make_settings(DATABASE_URL=database_url, REDIS_URL=redis_url, **environment)
    app = create_app(settings, registry=registry)
    TAKEN_OVER[app] = [dict(vars(each)) for each in OF_THE_LATEST]
    app.jinja_env.bytecode_cache = COMPILED
    # What makes a hash slow to guess makes tests slow too.
    app.extensions["security"].pwd_context.update(
        argon2__rounds=1, argon2__memory_cost=64, argon2__parallelism=1
    )
    yield app
    with app.app_context():
        db.engine.dispose()
