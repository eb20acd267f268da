"""Commands run in this process, on a database of their own, with a practice Zoho and somebody who works."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result

from sandbox.server import SandboxServer
from tests.settings import ENVIRONMENT, make_settings
from webapp.app import create_app
from webapp.cli.root import tandem
from webapp.extensions import db
from webapp.services.look import look
from webapp.store.connections import Connection
from webapp.walls import across_portals

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def practice() -> Iterator[SandboxServer]:
    """A practice Zoho."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def environment(database_url: str, clean_redis_url: str, practice: SandboxServer) -> dict[str, str]:
    """The environment of an installation that may use the practice Zoho."""
    own = {"DATABASE_URL": database_url, "REDIS_URL": clean_redis_url, "TANDEM_SANDBOX_URL": practice.url}
    return ENVIRONMENT | own


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run a command: ``run("portal", "list")``."""
    return lambda *words: CliRunner().invoke(tandem, words, env=environment, prog_name="tandem")


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
    app = create_app(make_settings(**environment))
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
    with app.app_context():
        db.engine.dispose()
