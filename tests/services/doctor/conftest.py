"""An installation on a database and a Valkey of its own, and what the doctor finds there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.databases import empty
from tests.settings import make_settings
from webapp.app import create_app
from webapp.extensions import db
from webapp.services.doctor import Finding, examine

Found = dict[str, Finding]


@pytest.fixture
def installation(database_url: str, clean_redis_url: str) -> Iterator[Callable[..., Flask]]:
    """Make an installation with these settings, and be in it until the test is over."""
    with ExitStack() as stack:

        def make(**environment: Any) -> Flask:
            given = {"DATABASE_URL": database_url, "REDIS_URL": clean_redis_url, **environment}
            app = create_app(make_settings(**given))
            stack.enter_context(app.app_context())
            stack.callback(db.engine.dispose)
            stack.callback(db.session.remove)
            return app

        yield make


@pytest.fixture(scope="module")
def module_app(module_database_url: str, redis_url: str) -> Iterator[Flask]:
    """An installation as tests have it, for the tests of one module together."""
    app = create_app(make_settings(DATABASE_URL=module_database_url, REDIS_URL=redis_url))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(
    module_app: Flask,
    module_database_url: str,
    clean_redis_url: str,
    as_owner: Callable[[str], psycopg.Connection],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """The module's installation, empty and with the plugins that are installed; the test is in it."""
    monkeypatch.setitem(module_app.extensions, "tandem_providers", module_app.extensions["tandem_providers"])
    with module_app.app_context():
        yield module_app
        db.session.remove()
    with as_owner(module_database_url) as owner:
        empty(owner)


@pytest.fixture
def found() -> Callable[..., Found]:
    """Let the doctor look, and return what was found in an area by its subject."""

    def look(area: str, **options: Any) -> Found:
        return {each.subject: each for each in examine(**options) if each.area == area}

    return look
