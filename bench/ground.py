"""What is measured on: servers in a folder that is gone afterwards, an application and a sandbox."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from flask import Flask

from tests.settings import ENVIRONMENT
from tests.system.practice import Practice
from webapp.app import create_app
from webapp.config import DatabaseOwner, Settings
from webapp.demo.run import answers
from webapp.embedded import EmbeddedPostgres, EmbeddedValkey
from webapp.embedded.folder import port_near
from webapp.extensions import db
from webapp.services import connecting, portals
from webapp.services.look import look
from webapp.store import schema
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.supervisor import Process, Supervisor
from webapp.walls import inside

PASSWORD = "a passphrase for measuring"


@dataclass(frozen=True, slots=True)
class Ground:
    """Servers, a folder, and the environment of the processes that run on them."""

    folder: Path
    postgres: EmbeddedPostgres
    environment: dict[str, str]
    app: Flask

    @property
    def url(self) -> str:
        """Where the web server listens, once one is started."""
        return self.environment["TANDEM_BASE_URL"]

    def fill(self) -> psycopg.Connection:
        """Connect to fill tables past the application."""
        return psycopg.connect(self.postgres.owner_url, autocommit=True, options="-c tandem.portal=*")


@dataclass(frozen=True, slots=True)
class Site:
    """A portal with an owner and a connection."""

    key: str
    portal_id: uuid.UUID
    user_id: uuid.UUID
    email: str
    connection_id: uuid.UUID


@contextmanager
def ground(*, sandbox_url: str = "") -> Iterator[Ground]:
    """Start servers and make an application on them; its context is for the measures to enter."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        postgres = running.enter_context(EmbeddedPostgres(folder / "postgres", durable=True))
        valkey = running.enter_context(EmbeddedValkey(folder / "valkey", durable=False))
        environment = (
            os.environ
            | ENVIRONMENT
            | {
                "DATABASE_URL": postgres.url,
                "REDIS_URL": valkey.url,
                "TANDEM_BASE_URL": f"http://127.0.0.1:{port_near(0)}",
                "TANDEM_SANDBOX_URL": sandbox_url or "http://127.0.0.1:1",
                "PYTHONUNBUFFERED": "1",
                "TANDEM_LOG_LEVEL": "error",
            }
        )
        settings = Settings.from_environment(environment)
        addresses = environment | {"TANDEM_OWNER_DATABASE_URL": postgres.owner_url}
        owner = DatabaseOwner.from_environment(addresses)
        schema.upgrade(owner.url, application_role=owner.application_role)
        app = create_app(settings)
        yield Ground(folder, postgres, environment, app)
        with app.app_context():
            db.engine.dispose()


@contextmanager
def sandbox(customers: int, contacts_per_customer: float = 2.5, **options: int) -> Iterator[Practice]:
    """Start a sandbox in a process of its own; ``options`` are those of its command."""
    url = f"http://127.0.0.1:{port_near(0)}"
    given = {"customers": customers, "contacts-per-customer": contacts_per_customer, "calls-per-day": 0}
    given |= {name.replace("_", "-"): value for name, value in options.items()}
    argv = [sys.executable, "-m", "sandbox", "--port", url.rsplit(":", 1)[1]]
    argv += [f"--{name}={value}" for name, value in given.items()]
    with TemporaryDirectory() as logs, Supervisor(Path(logs)) as supervisor:
        supervisor.start(Process("sandbox", argv, os.environ, answers(f"{url}/_sandbox/settings")))
        yield Practice(url)


def site() -> Site:
    """Make a portal whose connection has read everything and leads nowhere."""
    key, portal_id, user_id, email = _portal()
    connection_id = new_id()
    read = dict.fromkeys(("probed_at", "refreshed_at", "census_finished_at", "next_look_at"), now())
    with inside(portal_id):
        db.session.add(
            Connection(
                portal_id=portal_id,
                id=connection_id,
                provider="books",
                region="sandbox",
                state="connected",
                organization_id="1",
                organization_key=f"books:{key}",
                organization_name="Nordlicht GmbH",
                connected_by=user_id,
                **read,
            )
        )
        db.session.commit()
    return Site(key, portal_id, user_id, email, connection_id)


def connected_site(practice: Practice) -> Site:
    """Make a portal and connect it to the sandbox's main organization."""
    key, portal_id, user_id, email = _portal()
    token = practice.token()
    names = ("client_id", "client_secret", "refresh_token")
    with inside(portal_id):
        connection_id = connecting.add(
            portal_id,
            provider="books",
            region="sandbox",
            credentials={name: token[name] for name in names},
            organization_id=token["organization_id"],
            user_id=user_id,
        )
    return Site(key, portal_id, user_id, email, connection_id)


def finish(connection_id: uuid.UUID) -> None:
    """Look until nothing is due any more."""
    while look(connection_id, interactive=False):
        pass


def _portal() -> tuple[str, uuid.UUID, uuid.UUID, str]:
    key = f"p{uuid.uuid4().hex[:10]}"
    email = f"owner@{key}.example"
    portal = portals.add_portal(key, "Nordlicht Studio")
    with inside(portal.id):
        owner = portals.add_user(portal.id, email, "Ada Owner", password=PASSWORD, profile="Owner")
        return key, portal.id, owner.id, email
