"""What the tests of pages share: an application that is empty, and people who are logged in.

No application context stays open: a request would share its ``g`` with the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.databases import empty
from tests.laid import lay
from tests.lock_order import locks_in_order, locks_watched  # noqa: F401
from tests.portal_world import PROVIDER, World
from tests.unchanged import as_it_was
from tests.web.import_world import connected
from tests.web.pages import pages_app, serve_again
from tests.web.people import Cast, browser_of, cast_of_people
from webapp.providers import Registry


@pytest.fixture(scope="session")
def shared_app(shared_database_url: str, redis_url: str) -> Iterator[Flask]:
    """The portal's application with one provider."""
    with pages_app(shared_database_url, redis_url, registry=Registry([PROVIDER])) as made:
        yield made


@pytest.fixture(scope="module")
def module_database_url(emptied_database_url: str) -> str:
    """The shared database, in which nothing of other modules is left."""
    return emptied_database_url


@pytest.fixture(scope="module")
def module_app(shared_app: Flask, module_database_url: str) -> Iterator[Flask]:
    """The shared application, for the tests of one module together; what they change in it does not stay."""
    with as_it_was(shared_app):
        yield shared_app


@pytest.fixture(scope="module")
def module_owner(
    as_owner: Callable[[str], psycopg.Connection], module_database_url: str
) -> Iterator[psycopg.Connection]:
    """The module's database as its owner sees it, who may take out what the application may not."""
    with as_owner(module_database_url) as owner:
        yield owner


@pytest.fixture
def app(module_app: Flask, module_owner: psycopg.Connection) -> Iterator[Flask]:
    """The module's application, without anything in its database and its Valkey."""
    serve_again(module_app)
    module_app.extensions["tandem_redis"].flushdb()
    yield module_app
    empty(module_owner)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody is logged in with."""
    return app.test_client()


@pytest.fixture(scope="session")
def cast(
    shared_app: Flask, shared_database_url: str, as_owner: Callable[[str], psycopg.Connection]
) -> tuple[Cast, str]:
    """A portal with somebody of every profile, and the statements that put them into an empty database."""
    serve_again(shared_app)
    with shared_app.app_context():
        made = cast_of_people()
    with as_owner(shared_database_url) as owner:
        laid = lay(owner)
        empty(owner)
    return made, laid


@pytest.fixture
def people(cast: tuple[Cast, str], app: Flask, module_owner: psycopg.Connection) -> Cast:
    """A portal, and somebody of every profile in it: the same ones in every test."""
    made, laid = cast
    module_owner.execute(laid)
    return made


@pytest.fixture
def log_in(app: Flask, people: Cast) -> Callable[[str], FlaskClient]:
    """Log somebody in by profile: ``log_in("Owner")`` is a browser with that person's session."""
    return lambda profile: browser_of(app, people.users[profile])


@pytest.fixture
def browser(log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """The owner's browser."""
    return log_in("Owner")


@pytest.fixture
def world(app: Flask, people: Cast) -> World:
    """The people's portal, connected to the provider."""
    with app.app_context():
        return connected(people)
