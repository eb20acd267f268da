"""What every test may ask for: databases, Valkey and Chromium; nothing of it starts before it is asked for.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` name servers to use instead of embedded ones. The role of the first
needs CREATEDB and CREATEROLE; the second is emptied.

Tests themselves see across portals. What they ask, pages, looks and commands, sees what it does elsewhere.
"""

import gc
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from hypothesis import settings
from psycopg import sql

from tests import soaking
from tests.chromium import find_chromium, why_missing
from tests.databases import empty, end_transactions, temporary_database, with_login, with_path
from webapp.config import DatabaseOwner
from webapp.embedded import EmbeddedPostgres, EmbeddedValkey
from webapp.store import schema
from webapp.walls import across_portals

pytest_plugins = ("tests.dealing", "tests.system.running")

# Tests keep little of what they make: looking for garbage as often as Python does costs more than it frees.
gc.set_threshold(50_000, 20, 20)

# What passes once must pass on every machine, however busy; more is tried with --hypothesis-profile=default.
settings.register_profile("steady", derandomize=not soaking.NUMBER, deadline=None, print_blob=True)
settings.load_profile("steady")


def pytest_configure() -> None:
    """Let what tests start hear Ctrl-C, which a script's background processes ignore."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Keep what thousands of collected tests are made of out of every search for garbage to come."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def tests_see_across_portals() -> Iterator[None]:
    """Let tests look at whatever they made."""
    with across_portals():
        yield


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of a PostgreSQL server in which databases can be made: its address as its owner."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    else:
        with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
            yield server.owner_url


@pytest.fixture(scope="session")
def application_login(postgres_url: str) -> Iterator[str]:
    """Name and password of a role as the application has it: it owns nothing."""
    name, password = f"tandem_test_{secrets.token_hex(6)}", secrets.token_hex(16)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        server.execute(made.format(sql.Identifier(name), sql.Literal(password)))
        yield f"{name}:{password}"
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of this session's own; ask for `clean_redis_url` to find it empty."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield with_path(url, f"/{worker_number()}")
    else:
        with EmbeddedValkey(tmp_path_factory.mktemp("valkey"), durable=False) as server:
            yield server.url


@pytest.fixture
def clean_redis_url(redis_url: str) -> Iterator[str]:
    """The session's Valkey, empty."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        yield redis_url
        client.flushdb()


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str, application_login: str) -> Iterator[str]:
    """The name of a migrated database that is only copied from."""
    with temporary_database(postgres_url) as url:
        addresses = {"TANDEM_OWNER_DATABASE_URL": url, "DATABASE_URL": with_login(url, application_login)}
        owner = DatabaseOwner.from_environment(addresses)
        schema.upgrade(owner.url, application_role=owner.application_role)
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database without any table, for one test."""
    with temporary_database(postgres_url) as url:
        yield url


@pytest.fixture
def database_url(postgres_url: str, migrated_template: str, application_login: str) -> Iterator[str]:
    """A migrated database without any row, for one test."""
    with temporary_database(postgres_url, migrated_template, login=application_login) as url:
        yield url


@pytest.fixture(scope="module")
def own_database_url(postgres_url: str, migrated_template: str, application_login: str) -> Iterator[str]:
    """A migrated database of one module's own, for what changes more than rows or makes very many."""
    with temporary_database(postgres_url, migrated_template, login=application_login) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(own_database_url: str) -> str:
    """A migrated database without any row, for the tests of one module together."""
    return own_database_url


@pytest.fixture(scope="session")
def shared_database_url(postgres_url: str, migrated_template: str, application_login: str) -> Iterator[str]:
    """A migrated database for all modules that leave nothing but rows in it, one after the other."""
    with temporary_database(postgres_url, migrated_template, login=application_login) as url:
        yield url


@pytest.fixture(scope="module")
def emptied_database_url(
    shared_database_url: str, as_owner: Callable[[str], psycopg.Connection]
) -> Iterator[str]:
    """The shared database, without any row, for the tests of one module together.

    That is far quicker to have than a database of its own, which a module asks for that does more to it.
    """
    yield shared_database_url
    with as_owner(shared_database_url) as owner:
        end_transactions(shared_database_url)
        empty(owner)


@pytest.fixture
def emptied_afterwards(
    module_database_url: str, as_owner: Callable[[str], psycopg.Connection]
) -> Iterator[str]:
    """The module's database, from which all rows are taken after the test."""
    yield module_database_url
    with as_owner(module_database_url) as owner:
        empty(owner)


@pytest.fixture(scope="module")
def outbox_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the mails of one module's tests are laid instead of being sent."""
    return tmp_path_factory.mktemp("mail") / "outbox"


@pytest.fixture(scope="session")
def as_owner(postgres_url: str) -> Callable[[str], psycopg.Connection]:
    """Connect to the database of an address as its owner, who may do what the application may not."""

    def connect(url: str) -> psycopg.Connection:
        address = with_path(postgres_url, urlsplit(url).path)
        return psycopg.connect(address, autocommit=True, options="-c tandem.portal=*")

    return connect


def worker_number() -> int:
    """Return which of the parallel test processes this is."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that browser tests drive; tests that ask for it are skipped, loudly, without one."""
    path = find_chromium()
    if not path:
        pytest.skip(why_missing())
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly at the end when browser tests could not run."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if why_missing() in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("BROWSER TESTS DID NOT RUN", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests: {why_missing()}")
