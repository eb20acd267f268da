"""The application is put together from its settings, in one place."""

from __future__ import annotations

import uuid

import pytest
from flask import request
from redis import Redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.settings import ENVIRONMENT, make_settings
from webapp.app import create_app
from webapp.config import SettingsError
from webapp.extensions import db
from webapp.providers import Registry
from webapp.services import context, signals
from webapp.web.permissions import declared, public

NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "REDIS_URL": "redis://127.0.0.1:1/0"}


def visitor_of(app, **headers):
    """The address and host a view sees, for a request with these headers."""
    app.add_url_rule("/visitor", "visitor", public(lambda: [request.remote_addr, request.url_root]))
    return app.test_client().get("/visitor", headers=headers).json


def test_it_is_made_from_the_environment(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with create_app().app_context():
        assert context.settings() == make_settings()


def test_an_environment_that_is_wrong_is_said_at_once(monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        create_app()


def test_it_needs_no_server_to_be_made():
    assert create_app(make_settings(**NOWHERE)).test_client().get("/healthz").status_code == 200


def test_services_find_what_they_were_given():
    registry = Registry([])
    with create_app(make_settings(), registry=registry).app_context():
        assert context.registry() is registry


def test_every_view_declares_who_may_use_it():
    app = create_app(make_settings())
    for endpoint in app.view_functions:
        declared(app, endpoint)


@pytest.mark.parametrize(("interactive", "queue"), [(True, "push"), (False, "bulk")])
def test_what_services_announce_rings_the_queue(clean_redis_url, interactive, queue):
    app = create_app(make_settings(REDIS_URL=clean_redis_url))
    with app.app_context():
        signals.announce_due(uuid.uuid4(), interactive=interactive)
    assert Redis.from_url(clean_redis_url).llen(f"rq:queue:{queue}") == 1


def test_a_visitors_word_on_their_address_is_not_taken():
    seen = visitor_of(
        create_app(make_settings()), **{"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example"}
    )
    assert seen == ["127.0.0.1", "http://localhost/"]


def test_a_trusted_proxys_word_is_taken_and_no_further_one():
    app = create_app(make_settings(TANDEM_PROXIES=1))
    seen = visitor_of(app, **{"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https"})
    assert seen == ["203.0.113.9", "https://localhost/"]


def test_an_error_of_the_database_tells_nothing_of_the_data(database_url):
    app = create_app(make_settings(DATABASE_URL=database_url))
    with app.app_context():
        with pytest.raises(SQLAlchemyError) as failed:
            db.session.execute(text("SELECT 1 / 0 WHERE :name <> ''"), {"name": "Anna Møller"})
        db.engine.dispose()
    assert "Anna" not in str(failed.value)
