"""Measures the main job: reading an organization for the first time, and importing all of it.

Calls are counted by the sandbox's own log. Times are only worth comparing within one run: the calibration,
plain commits of one row, says how quick the machine was meanwhile.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import click
import psycopg
import requests
from sqlalchemy import text

from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.state import State
from tests.settings import make_settings
from webapp.app import create_app
from webapp.embedded import EmbeddedPostgres, EmbeddedValkey
from webapp.extensions import db
from webapp.services import connecting, imports, portals, runs
from webapp.services.look import look
from webapp.store import schema
from webapp.store.runs import Query, Selection
from webapp.walls import across_portals

RESULTS = Path(__file__).parent / "results.json"
COMMITS = 2_000


@click.command()
@click.option("--customers", default=10_000, show_default=True, type=click.IntRange(1))
@click.option("--contacts-per-customer", default=2.5, show_default=True, type=float)
def bench(customers: int, contacts_per_customer: float) -> None:
    """Read and import an organization of this size, and print how it went."""
    state = State(Sample(seed=1, customers=customers, contacts_per_customer=contacts_per_customer))
    with ExitStack() as running:
        server = running.enter_context(SandboxServer(state))
        running.enter_context(whole_portal(server.url))
        figures = measure(server.url, customers, round(customers * contacts_per_customer))
    for name, figure in figures.items():
        goal = f"goal {figure['goal']:,}: {'ok' if figure['ok'] else 'MISSED'}" if figure["goal"] else ""
        click.echo(f"{name:42}{figure['value']:>10,} {figure['unit']:12}{goal}")
    RESULTS.write_text(json.dumps(figures, indent=1))


def measure(sandbox: str, customers: int, contacts: int) -> dict[str, dict[str, object]]:
    """Carry the main job out and return its figures by name."""
    calibration = commits_per_second()
    portal = portals.add_portal("bench", "Bench")
    began = time.perf_counter()
    connection_id = connect(sandbox, portal.id)
    finish(connection_id)
    reading = time.perf_counter() - began
    reading_calls = calls(sandbox)
    began = time.perf_counter()
    run = imports.start(portal.id, connection_id, None, Selection(queries=(Query(inactive=True),)), "clone")
    finish(connection_id)
    importing = time.perf_counter() - began
    done = runs.progress(runs.run(portal.id, run.id))
    goal = int(1.02 * (customers + contacts) / 200 + 15)
    return {
        "calibration: commits of one row": figure(round(calibration), "a second", 0),
        "calls of the first reading and import": figure(calls(sandbox), "calls", -goal),
        "of these for the first reading": figure(reading_calls, "calls", -goal),
        "customers read with their contacts": figure(round(customers / reading), "a second", 0),
        "customers imported": figure(round(done.done / importing), "a second", 200),
    }


def figure(value: int, unit: str, goal: int) -> dict[str, object]:
    """Hold a value against its goal: at least that much, or with a minus at most."""
    return {
        "value": value,
        "unit": unit,
        "goal": abs(goal),
        "ok": value <= -goal if goal < 0 else value >= goal,
    }


@contextmanager
def whole_portal(sandbox: str) -> Iterator[None]:
    """Run an application on servers of its own, in a folder that is gone afterwards."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        postgres = running.enter_context(EmbeddedPostgres(folder / "postgres", durable=True))
        valkey = running.enter_context(EmbeddedValkey(folder / "valkey", durable=False))
        settings = make_settings(DATABASE_URL=postgres.url, REDIS_URL=valkey.url, TANDEM_SANDBOX_URL=sandbox)
        role = urlsplit(postgres.url).username or ""
        schema.upgrade(postgres.owner_url.replace("://", "+psycopg://"), application_role=role)
        with psycopg.connect(postgres.owner_url) as owner:
            owner.execute(f"CREATE TABLE calibration (number integer); GRANT INSERT ON calibration TO {role}")
        with create_app(settings).app_context(), across_portals():
            yield
            db.session.remove()
            db.engine.dispose()


def connect(sandbox: str, portal_id: uuid.UUID) -> uuid.UUID:
    """Connect to the sandbox's main organization with a token it gives away."""
    token = requests.post(f"{sandbox}/_sandbox/token", json={}, timeout=10).json()
    names = ("client_id", "client_secret", "refresh_token")
    return connecting.add(
        portal_id,
        provider="books",
        region="sandbox",
        credentials={name: token[name] for name in names},
        organization_id=token["organization_id"],
    )


def finish(connection_id: uuid.UUID) -> None:
    """Look until nothing is due any more."""
    while look(connection_id, interactive=False):
        pass


def calls(sandbox: str) -> int:
    """Count the calls the sandbox got so far, tokens included."""
    log = requests.get(f"{sandbox}/_sandbox/log", timeout=60).json()
    return sum(not call["path"].startswith("/_sandbox") for call in log)


def commits_per_second() -> float:
    """Tell how quick this machine commits one row right now."""
    began = time.perf_counter()
    for number in range(COMMITS):
        db.session.execute(text("INSERT INTO calibration VALUES (:number)"), {"number": number})
        db.session.commit()
    return COMMITS / (time.perf_counter() - began)


if __name__ == "__main__":
    bench()
