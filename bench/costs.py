"""What looks and sweeps really cost: the seconds processors work for them, and what the database is asked.

How long a provider takes to answer is the one thing that cannot be measured here: the sandbox does at once.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import func, select, text, update

from bench.ground import Ground, connected_site, finish, ground, sandbox
from bench.population import Population
from bench.timing import rows, statements, worked_seconds
from tests.system.waiting import until
from webapp.demo.run import tandem
from webapp.extensions import db
from webapp.services import context
from webapp.services.look import look
from webapp.services.sweep import seconds_to_next_poll, sweep
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.supervisor import Process, Supervisor
from webapp.worker.queue import BULK, ring
from webapp.worker.schedule import EVERY

SWEEPS = 10
LOOKS = 100
POLLS = 20
CUSTOMERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the database is asked for a sweep and for a look with nothing to do: the same on every machine.

    ``sweep_seconds`` are those that processors work for a sweep.
    """

    connections: int
    sweep_seconds: float
    sweep_statements: int
    sweep_rows: int
    look_statements: int
    look_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The seconds that processors work for a worker's look with nothing to do, and what a poll adds to it."""

    look: float
    poll: float
    statements: int
    calls: int


def counts(reading: psycopg.Connection, population: Population, *, poll_seconds: float) -> Counts:
    """Count for a sweep, 5 seconds after another, and for a look; needs an application's context."""
    moment = time.time()
    later = iter(datetime.fromtimestamp(moment + EVERY * number, UTC) for number in range(SWEEPS + 2))
    population.rest(moment, poll_seconds)
    [someone] = population.polled(1)
    # The first of each notes what lasts.
    _sweep(next(later))
    look(someone, interactive=False)
    with _asked(reading) as swept:
        _sweep(next(later))
    with _asked(reading) as looked:
        look(someone, interactive=False)
    seconds = worked_seconds(lambda: [_sweep(moment) for moment in later]) / SWEEPS
    return Counts(
        connections=len(population.ids),
        sweep_seconds=round(seconds, 5),
        sweep_statements=swept.statements,
        sweep_rows=swept.rows,
        look_statements=looked.statements,
        look_rows=looked.rows,
    )


def costs(place: Ground, population: Population) -> Costs:
    """Measure looks of a worker among these connections, and polls of a sandbox elsewhere."""
    first, *others = population.polled(LOOKS + 1)
    worker = Process("worker", tandem("worker", "--queue", BULK), os.environ | place.environment)
    with Supervisor(place.folder) as supervisor:
        supervisor.start(worker)
        # A ring that nobody hears in time is over: the worker has to be there before the first.
        until(lambda: context.valkey().keys("rq:worker:*"), what="a worker")
        _looked_at([first])
        look_seconds = worked_seconds(lambda: _looked_at(others)) / len(others)
    with (
        sandbox(CUSTOMERS, 1) as practice,
        ground(sandbox_url=practice.url) as other,
        other.app.app_context(),
    ):
        there = connected_site(practice).connection_id
        finish(there)
        quiet, asked_quiet = _looks(there, polling=False)
        practice.clear_log()
        polling, asked_polling = _looks(there, polling=True)
        return Costs(
            look=round(look_seconds, 4),
            poll=round(max(0.0, polling - quiet), 4),
            statements=asked_polling - asked_quiet,
            calls=len(practice.calls()) // POLLS,
        )


def _sweep(moment: datetime) -> None:
    """Sweep and ask when to sweep next, as the scheduler does."""
    sweep(moment)
    seconds_to_next_poll(moment)


def _looks(connection_id: uuid.UUID, *, polling: bool) -> tuple[float, int]:
    """Look so often, with or without a poll due; return the seconds of a look, and its statements."""
    seconds, asked = 0.0, 0
    for _ in range(POLLS):
        if polling:
            _let_be_due(connection_id)
        with statements(db.engine) as seen:
            seconds += worked_seconds(lambda: look(connection_id, interactive=False))
        asked = len(seen.texts)
    return seconds / POLLS, asked


def _let_be_due(connection_id: uuid.UUID) -> None:
    stale = {"refreshed_at": now() - timedelta(hours=1), "next_look_at": now()}
    db.session.execute(update(Connection).where(Connection.id == connection_id).values(**stale))
    db.session.commit()


def _looked_at(ids: list[uuid.UUID]) -> None:
    """Ring for connections, and wait until a worker has looked at all: each time the fence is raised."""
    raised = select(func.sum(Connection.fence)).where(Connection.id.in_(ids))
    before = db.session.scalar(raised)
    db.session.rollback()
    for each in ids:
        ring(each, interactive=False)
    until(lambda: not context.valkey().keys("rq:job:*"), what="looks of a worker")
    if db.session.scalar(raised) - before != len(ids):
        raise RuntimeError("Not all connections were looked at: the worker was too slow for its rings.")
    db.session.rollback()


@dataclass(slots=True)
class _Asked:
    statements: int = 0
    rows: int = 0


@contextmanager
def _asked(reading: psycopg.Connection) -> Iterator[_Asked]:
    """Count the statements that are asked meanwhile, and the rows the database reads for them."""
    seen = _Asked()
    _report()
    before, _ = rows(reading)
    with statements(db.engine) as asked:
        yield seen
    _report()
    seen.statements, seen.rows = len(asked.texts), rows(reading)[0] - before


def _report() -> None:
    """Have the database count now what the session's connection did: it would when that closes."""
    db.session.rollback()
    db.session.execute(text("SELECT pg_stat_force_next_flush()"))
    db.session.commit()
