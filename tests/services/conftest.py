"""What the tests of connections and mirrors share."""

import pytest

from tests.import_world import ImportWorld
from tests.lock_order import locks_in_order, locks_watched  # noqa: F401
from tests.mirror_world import MemoryProvider, Place, portal_app, refresh_all
from tests.plugged import install
from tests.services import ledgerly
from tests.unchanged import as_it_was
from tests.web.pages import pages_app, serve_again
from webapp.extensions import db
from webapp.providers import Registry
from webapp.services import context, hook_faults


@pytest.fixture(scope="module")
def module_database_url(emptied_database_url):
    """The shared database, in which nothing of other modules is left."""
    return emptied_database_url


@pytest.fixture(scope="session")
def installed_app(shared_database_url, redis_url):
    """The portal's application with the plugins that are installed."""
    with pages_app(shared_database_url, redis_url) as made:
        yield made


@pytest.fixture
def installed(installed_app, emptied_afterwards, clean_redis_url):
    """That application without anything in its database and its Valkey; the test is in it."""
    serve_again(installed_app)
    with as_it_was(installed_app), installed_app.app_context():
        yield installed_app
        db.session.remove()


@pytest.fixture(scope="module")
def mirror_app(module_database_url, redis_url):
    """An application on a database and a Valkey, for the tests of one module together."""
    with portal_app(module_database_url, redis_url) as made:
        yield made


@pytest.fixture
def there(mirror_app):
    """The provider, kept in memory; nothing is known of its budget."""
    provider = MemoryProvider()
    mirror_app.extensions["tandem_providers"] = Registry([provider.provider()])
    context.valkey().flushdb()
    return provider


@pytest.fixture
def place(there):
    """A portal of its own, and somebody in it."""
    yield Place.new()
    db.session.rollback()


@pytest.fixture(scope="module")
def new_world(module_database_url, redis_url):
    """Make portals to import into, one at a time: each connected to books of its own."""
    provider = MemoryProvider()
    with portal_app(module_database_url, redis_url, provider.provider()):
        yield lambda: ImportWorld.new(provider)


@pytest.fixture
def world(new_world):
    """A portal to import into."""
    yield new_world()
    db.session.rollback()


@pytest.fixture
def plug(monkeypatch, world):
    """Install a plugin that answers hooks."""

    def plugged(plugin):
        install(monkeypatch, plugin)
        return plugin

    yield plugged
    context.valkey().delete(hook_faults.REMEMBERED)


@pytest.fixture
def books(there):
    """The provider's directory, with 25 customers of two people each."""
    there.directory = ledgerly.directory()
    return there.directory


@pytest.fixture
def connection_id(place, books):
    """A connection to it whose mirror is empty."""
    return place.connect()


@pytest.fixture
def filled(connection_id, books):
    """The same, when the mirror is filled."""
    refresh_all(connection_id)
    books.calls.clear()
    return connection_id
