"""What every test may ask for: databases, Valkey and Chromium; nothing of it starts before it is asked for.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` name servers to use instead of embedded ones. The role of the first
needs CREATEDB; the second is emptied.
"""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from hypothesis import settings
from psycopg import sql

from tests.chromium import find_chromium, why_missing
from webapp.embedded import EmbeddedPostgres, EmbeddedValkey

ROOT = Path(__file__).resolve().parent.parent

pytest_plugins = ("tests.dealing", "tests.system.running")

# What passes once must pass on every machine, however busy; more is tried with --hypothesis-profile=default.
settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("steady")


def pytest_configure() -> None:
    """Let what tests start hear Ctrl-C, which a script's background processes ignore."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of a PostgreSQL server in which databases can be made."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    else:
        with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
            yield server.url


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
def migrated_template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated database that is only copied from."""
    with temporary_database(postgres_url) as url:
        subprocess.run(
            [sys.executable, "-m", "webapp.cli", "db", "upgrade"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url},
            check=True,
        )
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database without any table, for one test."""
    with temporary_database(postgres_url) as url:
        yield url


@pytest.fixture
def database_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """A migrated database without any row, for one test."""
    with temporary_database(postgres_url, migrated_template) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """A migrated database without any row, for the tests of one module together."""
    with temporary_database(postgres_url, migrated_template) as url:
        yield url


@contextmanager
def temporary_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Make a database as a copy of `template`, and drop it afterwards with whoever is still connected."""
    name = f"tandem_test_{secrets.token_hex(6)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    # FORCE would be refused while the server itself is at work there, of which a plain DROP knows to wait.
    others = "FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield with_path(server_url, f"/{name}")
        finally:
            server.execute(f"SELECT pg_terminate_backend(pid) {others}", [name])
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def with_path(url: str, path: str) -> str:
    """Return `url` pointing to another database of its server."""
    return urlunsplit(urlsplit(url)._replace(path=path))


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
