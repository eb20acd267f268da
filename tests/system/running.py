"""Fixtures: a whole Tandem for the tests of a session, with the practice Zoho it is connected to."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from sandbox.server import SandboxServer
from tests.databases import temporary_database
from tests.system.place import Place
from tests.system.whole import Tandem
from webapp.embedded import EmbeddedValkey


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have a test that failed say what the processes of its Tandem logged: they are gone when it is read."""
    report = yield
    tandem = getattr(item, "funcargs", {}).get("tandem")
    if report.failed and isinstance(tandem, Tandem):
        report.sections.append(("What Tandem logged", tandem.last_words()))
    return report


@pytest.fixture(scope="session")
def running_tandem(
    postgres_url: str,
    migrated_template: str,
    application_login: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tandem]:
    """A Tandem that is started once; its Valkey is its own, since tests wipe it."""
    folder = tmp_path_factory.mktemp("tandem")
    with (
        temporary_database(postgres_url, migrated_template, login=application_login) as database_url,
        EmbeddedValkey(folder / "valkey", durable=False) as valkey,
        SandboxServer() as sandbox,
        Tandem(database_url, valkey.url, sandbox.url, folder) as tandem,
    ):
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
