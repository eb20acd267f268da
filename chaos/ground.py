"""A whole Tandem with two of everything, on a PostgreSQL, a Valkey and a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sandbox.server import SandboxServer
from tests.system.whole import Tandem, second_of_everything
from webapp.config import DatabaseOwner
from webapp.demo.run import portal
from webapp.embedded import EmbeddedPostgres, EmbeddedValkey
from webapp.extensions import db
from webapp.store import schema
from webapp.supervisor import Process
from webapp.walls import across_portals


@contextmanager
def ground(folder: Path) -> Iterator[Tandem]:
    """Run it in a folder; its servers are revived when they die."""
    with (
        EmbeddedPostgres(folder / "postgres", durable=True) as postgres,
        EmbeddedValkey(folder / "valkey", durable=False) as valkey,
        SandboxServer() as sandbox,
    ):
        owner = DatabaseOwner.from_environment(
            {"TANDEM_OWNER_DATABASE_URL": postgres.owner_url, "DATABASE_URL": postgres.url}
        )
        schema.upgrade(owner.url, application_role=owner.application_role)
        whole = Tandem(postgres.url, valkey.url, sandbox.url, folder, processes=two_of_everything)
        whole.keep("postgres", postgres)
        whole.keep("valkey", valkey)
        with whole, across_portals():
            yield whole
            with whole.app.app_context():
                db.engine.dispose()


def two_of_everything(environment: Mapping[str, str]) -> list[Process]:
    """Return the processes of a portal, each of them twice."""
    return [*portal(environment), *second_of_everything(environment)]
