"""Fixtures: a whole Tandem for the tests of a session, with the practice Zoho it is connected to."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest

from sandbox.server import SandboxServer
from tests.databases import temporary_database
from tests.system.place import Place
from tests.system.whole import Tandem
from webapp.embedded import EmbeddedValkey

RUNNING = pytest.StashKey[ExitStack]()
"""What runs, to be closed."""

LAST = pytest.StashKey[str]()
"""Which test is the last that wants it."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have a test that failed say what the processes of its Tandem logged: they are gone when it is read."""
    report = yield
    tandem = getattr(item, "funcargs", {}).get("tandem")
    if report.failed and isinstance(tandem, Tandem):
        report.sections.append(("What Tandem logged", tandem.last_words()))
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    """Know the last test that wants the running Tandem: whoever runs one of them runs it, too."""
    wanting = [item for item in session.items if "running_tandem" in getattr(item, "fixturenames", ())]
    session.config.stash[LAST] = wanting[-1].nodeid if wanting else ""


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Stop it after that test: it would go on looking for what is due beside all the others."""
    if item.nodeid == item.config.stash[LAST] and RUNNING in item.config.stash:
        item.config.stash[RUNNING].close()


@pytest.fixture(scope="session")
def running_tandem(
    postgres_url: str,
    migrated_template: str,
    application_login: str,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[Tandem]:
    """A Tandem that is started once; its Valkey is its own, since tests wipe it."""
    folder = tmp_path_factory.mktemp("tandem")
    copied = temporary_database(postgres_url, migrated_template, login=application_login)
    with ExitStack() as running:
        database_url = running.enter_context(copied)
        valkey = running.enter_context(EmbeddedValkey(folder / "valkey", durable=False))
        sandbox = running.enter_context(SandboxServer())
        tandem = running.enter_context(Tandem(database_url, valkey.url, sandbox.url, folder))
        pytestconfig.stash[RUNNING] = running
        yield tandem


@pytest.fixture
def tandem(running_tandem: Tandem) -> Tandem:
    """A Tandem whose sandbox has 60 customers, no faults and an empty log."""
    running_tandem.begin(seed=1, customers=60, contacts_per_customer=2.5)
    return running_tandem


@pytest.fixture
def place(tandem: Tandem) -> Place:
    """A portal that nobody else uses."""
    return Place.new(tandem)
