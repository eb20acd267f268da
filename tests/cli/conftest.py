"""Commands run in this process, on an empty database, with a practice Zoho and somebody who works."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from sandbox.server import SandboxServer
from tests.databases import end_connections
from tests.settings import ENVIRONMENT
from webapp import logs
from webapp.app import create_app
from webapp.cli import application
from webapp.cli.root import tandem
from webapp.config import Settings
from webapp.extensions import db
from webapp.services.look import look
from webapp.store.connections import Connection
from webapp.walls import across_portals

Run = Callable[..., Result]
OWN = ("TANDEM_", "DATABASE_URL", "REDIS_URL")
MADE: dict[frozenset[tuple[str, str]], Flask] = {}
"""The applications that were made, by the settings that begin like this."""


@pytest.fixture(scope="module")
def practice() -> Iterator[SandboxServer]:
    """A practice Zoho."""
    with SandboxServer() as server:
        yield server


@pytest.fixture(scope="module")
def module_database_url(emptied_database_url: str) -> str:
    """The shared database, in which nothing of other modules is left."""
    return emptied_database_url


@pytest.fixture
def environment(
    emptied_afterwards: str, clean_redis_url: str, practice: SandboxServer
) -> Iterator[dict[str, str]]:
    """The environment of an installation that may use the practice Zoho."""
    addresses = {"DATABASE_URL": emptied_afterwards, "REDIS_URL": clean_redis_url}
    yield ENVIRONMENT | addresses | {"TANDEM_SANDBOX_URL": practice.url}
    # Each command left the connections of its application to whoever takes out the garbage.
    end_connections(emptied_afterwards, urlsplit(emptied_afterwards).path.removeprefix("/"))


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command: ``run("portal", "list")``; those with the same settings share an application.

    What a person types, or what comes in by standard input, is ``typed``.
    """
    monkeypatch.setattr(application, "create_app", lambda: made_once(os.environ))
    return lambda *words, typed=None: CliRunner().invoke(
        tandem, words, input=typed, env=environment, prog_name="tandem"
    )


def made_once(environment: Mapping[str, str]) -> Flask:
    """Make the application of an environment, or take the one that was made of the same settings before."""
    settings = Settings.from_environment(environment)
    # Making it would have done so: what a command writes goes where that command's words go.
    logs.configure(settings.log_format, settings.log_level)
    own = frozenset((name, value) for name, value in environment.items() if name.startswith(OWN))
    if own not in MADE:
        MADE[own] = create_app(settings)
    return MADE[own]


@pytest.fixture
def connected(run: Run, practice: SandboxServer) -> None:
    """The portal ``nordlicht``, connected to the practice Zoho by a command."""
    run("portal", "add", "nordlicht", "Nordlicht Studio")
    asked = Request(f"{practice.url}/_sandbox/token", b"{}", {"Content-Type": "application/json"})
    with urlopen(asked) as answer:
        made = json.load(answer)
    words = ["connection", "add", "--portal", "nordlicht", "--provider", "books", "--region", "sandbox"]
    for option in ("client_id", "client_secret", "refresh_token"):
        words += [f"--{option.replace('_', '-')}", made[option]]
    result = run(*words, "--organization", made["organization_id"])
    assert result.exit_code == 0, result.output


@pytest.fixture
def somebody_works(environment: dict[str, str]) -> Iterator[None]:
    """Somebody who does what workers do, until the test is over."""
    app = made_once(environment)
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            with app.app_context():
                with across_portals():
                    known = db.session.scalars(db.select(Connection.id)).all()
                for connection_id in known:
                    look(connection_id, interactive=True)
                    look(connection_id, interactive=False)

    worker = threading.Thread(target=work)
    worker.start()
    yield
    over.set()
    worker.join()
