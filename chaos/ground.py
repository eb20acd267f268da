"""A whole Tandem with two of everything, on a PostgreSQL, a Valkey and a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sandbox.server import SandboxServer
from tests.system.whole import Tandem
from webapp.config import DatabaseOwner
from webapp.demo.run import answers, port_of, portal, tandem
from webapp.embedded import EmbeddedPostgres, EmbeddedValkey
from webapp.embedded.folder import port_near
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
    first = portal(environment)
    second = [replace(process, name=f"{process.name}-2") for process in first if process.name != "web"]
    url = f"http://127.0.0.1:{port_near(int(port_of(environment['TANDEM_BASE_URL'])) + 1)}"
    web = Process("web-2", tandem("serve", "--port", port_of(url)), environment, answers(f"{url}/healthz"))
    return [*first, *second, web]
