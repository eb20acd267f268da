"""A portal linked to the sandbox over HTTP, with real tables, as the machine plays it: people and passes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from sandbox.hand_edits import carry_out
from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from tests.mirror_world import Place, set_connection, until_done
from tests.services.real_sides import RealSides
from tests.services.real_witness import RealWitness
from webapp.extensions import db
from webapp.services import brakes, context, imports
from webapp.services.look import look
from webapp.store import brake_list
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.store.problems import Problem
from webapp.store.runs import Selection
from webapp.walls import across_portals, inside

HOUR, DAY = timedelta(hours=1), timedelta(days=2)


class RealHouse:
    """One portal with one connection to a sandbox that has nobody else."""

    def __init__(self, server: SandboxServer, seed: int) -> None:
        server.state.reset(Sample(customers=0))
        _forget_calls()
        self.server = server
        self.chance = random.Random(seed)
        self.place = Place.new()
        self.connection_id = self.place.connect_sandbox(server)
        self.sides = RealSides(server, self.place, self.connection_id)
        self.witness = RealWitness(self.sides)
        self._count = 0
        with inside(self.place.portal_id):
            self.work()
            for _ in range(4):
                self.bring(4)

    def bring(self, people: int) -> None:
        """Make a customer at the provider and import it."""
        name = self.new()
        persons = [self.person() for _ in range(people)]
        fields = {"contact_name": name, "website": f"{name}.example", "contact_persons": persons}
        made = self.order("create_contact", fields=fields)["contact"]
        self.census()
        ids = frozenset({made["contact_id"]})
        place = self.place.portal_id, self.connection_id, self.place.user_id
        imports.start(*place, Selection(ids=ids), duplicates="clone")
        self.work()
        self.work()

    def person(self) -> dict[str, str]:
        """Return a new person as the sandbox takes it; the department is its tag."""
        tag = self.new()
        self.witness.tags.add(tag)
        return {"first_name": tag, "email": f"{tag}@x.example", "department": tag}

    def new(self) -> str:
        """Return a text nobody wrote before."""
        self._count += 1
        return f"v{self._count}"

    def order(self, action: str, **order: Any) -> dict[str, Any]:
        """Let somebody at the provider do something."""
        return carry_out(self.server.state, {"action": action, **order})

    def poll(self) -> None:
        """Let the next poll be due, and work until nothing is."""
        set_connection(self.connection_id, refreshed_at=now() - HOUR, next_look_at=now())
        self.work()

    def census(self) -> None:
        """Let the next census be due, and work until nothing is."""
        set_connection(self.connection_id, census_started_at=now() - DAY, next_look_at=now())
        self.work()

    def work(self) -> None:
        """Look as workers do whose bells ring again and again."""
        until_done(lambda: look(self.connection_id, interactive=True, seconds=600))
        until_done(lambda: look(self.connection_id, interactive=False, seconds=600))
        db.session.rollback()

    def wake(self) -> None:
        """Let time pass until nothing is paused, and what failed is tried again."""
        _forget_calls()
        set_connection(self.connection_id, paused_until=None, bulk_paused_until=None)
        mine = self.connection_id
        failed = update(Problem).where(Problem.connection_id == mine, Problem.next_try_at.is_not(None))
        db.session.execute(failed.values(next_try_at=now()))
        due = update(Link).where(Link.connection_id == mine, Link.due_at.is_not(None))
        db.session.execute(due.values(due_at=now()))
        db.session.commit()
        self.server.state.advance(2)

    def release(self, *, keep: bool = False) -> None:
        """Let somebody look at what the brake holds, and let it go on, or keep it."""
        place = self.place.portal_id, self.connection_id
        if count := brake_list.count(*place):
            self.witness.released = True
            decide = brakes.keep if keep else brakes.let_go_on
            decide(*place, self.place.user_id, count=count)
        db.session.rollback()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Let the witness see what happens, which no person does."""
        self.witness.begin()
        yield
        self.witness.check()

    def settle(self) -> None:
        """Let it come to rest, and check what must be true then."""
        self.server.state.faults.clear()
        for _ in range(4):
            self.wake()
            with self.watched():
                self.census()
            self.release()
            with self.watched():
                self.poll()
        self.witness.check_rest(self.poll)


def _forget_calls() -> None:
    """Let nobody remember which calls went out: the portals of earlier histories do, which share them."""
    context.valkey().flushdb()
    with across_portals(), db.engine.begin() as side:
        side.execute(update(Connection).values(calls={}))
