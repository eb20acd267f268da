"""Ask another portal for its data at length: ``python -m tests.walls.long --requests 5000 --seed 1``.

Each thousand of requests has two portals of its own. What told or changed anything is printed, with what
repeats it; the exit code is 1 then.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import psycopg
from flask import Flask

from tests.portal_world import PROVIDER
from tests.walls.asking import Findings, ask_around
from tests.walls.places import digest_of, furnished
from tests.web.pages import pages_app
from webapp.config import DatabaseOwner
from webapp.embedded import EmbeddedPostgres, EmbeddedValkey
from webapp.providers import Registry
from webapp.store import schema

AT_ONCE = 1_000


@click.command()
@click.option("--requests", default=5_000, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True, type=int)
def main(requests: int, seed: int) -> None:
    """Ask so often, and say what came of it."""
    broken = 0
    with running() as (app, owner):
        for turn, done in enumerate(range(0, requests, AT_ONCE)):
            number = min(AT_ONCE, requests - done)
            found, changed = asked(app, owner, seed + turn, number)
            broken += len(found.leaks) + len(found.faults) + len(changed)
            click.echo(
                f"seed {seed + turn}: {number} requests, answers {dict(sorted(found.statuses.items()))}"
            )
            for kind, what in (("told", found.leaks), ("broke", found.faults), ("changed", changed)):
                for each in what:
                    click.echo(f"  {kind}: {each}")
    sys.exit(1 if broken else 0)


def asked(app: Flask, owner: psycopg.Connection, seed: int, number: int) -> tuple[Findings, list[str]]:
    """Ask in two portals made for it; return the findings and the tables that changed."""
    own, other = (furnished(app, f"p{secrets.token_hex(4)}", f"q{secrets.token_hex(6)}") for _ in range(2))
    before = digest_of(owner, other)
    found = ask_around(app, own, other, seed=seed, requests=number)
    after = digest_of(owner, other)
    return found, [name for name in before if before[name] != after[name]]


@contextmanager
def running() -> Iterator[tuple[Flask, psycopg.Connection]]:
    """Run an application on servers of its own, which are gone afterwards."""
    with (
        TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder) / "postgres", durable=False) as postgres,
        EmbeddedValkey(Path(folder) / "valkey", durable=False) as valkey,
    ):
        addresses = {"TANDEM_OWNER_DATABASE_URL": postgres.owner_url, "DATABASE_URL": postgres.url}
        owner = DatabaseOwner.from_environment(addresses)
        schema.upgrade(owner.url, application_role=owner.application_role)
        with (
            pages_app(postgres.url, valkey.url, registry=Registry([PROVIDER])) as app,
            psycopg.connect(postgres.owner_url, autocommit=True, options="-c tandem.portal=*") as connection,
        ):
            yield app, connection


if __name__ == "__main__":
    main()
