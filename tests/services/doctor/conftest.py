"""An installation with nothing in its database and its Valkey, and what the doctor finds there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask

from tests.settings import make_settings
from webapp.app import create_app
from webapp.extensions import db
from webapp.services.doctor import Finding, examine

Found = dict[str, Finding]


@pytest.fixture
def installation(emptied_afterwards: str, clean_redis_url: str) -> Iterator[Callable[..., Flask]]:
    """Make an installation with these settings, and be in it until the test is over."""
    with ExitStack() as stack:

        def make(**environment: Any) -> Flask:
            given = {"DATABASE_URL": emptied_afterwards, "REDIS_URL": clean_redis_url, **environment}
            app = create_app(make_settings(**given))
            stack.enter_context(app.app_context())
            stack.callback(db.engine.dispose)
            stack.callback(db.session.remove)
            return app

        yield make


@pytest.fixture
def app(installed: Flask) -> Flask:
    """The installation as tests have it, empty and with the plugins that are installed; the test is in it."""
    return installed


@pytest.fixture
def found() -> Callable[..., Found]:
    """Let the doctor look, and return what was found in an area by its subject."""

    def look(area: str, **options: Any) -> Found:
        return {each.subject: each for each in examine(**options) if each.area == area}

    return look
