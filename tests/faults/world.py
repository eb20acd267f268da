"""A portal connected to the sandbox over HTTP, laid down once for each scene and taken up for each fault."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import func, null, select, update

import webapp.store.tables  # noqa: F401 - makes every table known
from sandbox import snapshot
from sandbox.hand_edits import carry_out
from sandbox.register import Register
from sandbox.server import SandboxServer
from tests.mirror_world import Place, connection
from webapp.extensions import Model, db
from webapp.sdk import ContactData, CustomerData
from webapp.services import context, picker, reviews
from webapp.services.look import look
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.directory import PortalDirectory
from webapp.store.links import Link
from webapp.store.runs import Run, RunItem

SLICE = 10.0
"""Seconds of a look, as a worker's."""

Row = TypeVar("Row", bound=Model)

A_DAY = timedelta(days=1, minutes=1)

LOOKS = 5
"""So many find nothing more to do, unless something is due for ever."""

_TABLES = [sql.Identifier(table.name) for table in Model.metadata.sorted_tables]
_EMPTY = sql.SQL(";").join(sql.SQL("DELETE FROM public.{}").format(table) for table in reversed(_TABLES))
_FILL = sql.SQL(";").join(
    sql.SQL("INSERT INTO public.{0} SELECT * FROM kept.{0}").format(table) for table in _TABLES
)


@dataclass
class World:
    """One portal, one connection, one organization at the sandbox; `save` and `restore` lay them down."""

    app: Flask
    server: SandboxServer
    owner: psycopg.Connection
    """A connection to the database as its owner, who sees across portals."""
    place: Place | None = None
    connection_id: uuid.UUID = field(default_factory=uuid.uuid4)
    run_id: uuid.UUID | None = None
    subject: str = ""
    """The customer at Zoho that the scene is about."""
    calls_before: int = 0
    _books: list[str] = field(default_factory=list)
    _saved_run: uuid.UUID | None = None

    def begin(self, **sample: Any) -> None:
        """Make a portal of its own and connect it to a sandbox with these customers."""
        self.server.state.reset(self.server.state.sample.__class__(**sample))
        self.server.state.tokens.revoke_all()
        self.run_id = None
        context.valkey().flushdb()
        self.place = Place.new()
        self.connection_id = self.place.connect_sandbox(self.server)

    @property
    def register(self) -> Register:
        """The records at Zoho."""
        return self.server.state.registers[self.server.state.default_organization.id]

    def save(self) -> None:
        """Lay down everything there is, on both sides."""
        state = self.server.state
        lines = [
            snapshot.contact_line(register, contact_id)
            for register in state.registers.values()
            for contact_id in register.contacts
        ]
        self._books = [snapshot.head_line(state.sample), *lines, snapshot.rest_line(state)]
        self._saved_run = self.run_id
        db.session.rollback()
        with self.owner.transaction():
            self.owner.execute("DROP SCHEMA IF EXISTS kept CASCADE")
            self.owner.execute("CREATE SCHEMA kept")
            for table in _TABLES:
                self.owner.execute(sql.SQL("CREATE TABLE kept.{0} AS TABLE public.{0}").format(table))

    def restore(self) -> None:
        """Take up what was laid down, with nothing waiting to go wrong."""
        state = self.server.state
        state.outage.end()
        state.faults.clear()
        state.calls.clear()
        self.calls_before = 0
        self.run_id = self._saved_run
        snapshot.take_over(state, self._books)
        self.pause_is_over()
        with self.owner.transaction():
            self.owner.execute(_EMPTY)
            self.owner.execute(_FILL)
        db.session.expire_all()

    def look(self, *, interactive: bool) -> None:
        """Do, as a worker does, what is due now."""
        self.calls_before = len(self.server.state.calls.since())
        for _ in range(LOOKS):
            if not look(self.connection_id, interactive=interactive, seconds=SLICE):
                return
        raise AssertionError("A look finds something due for ever.")

    def calls(self) -> list[tuple[str, str]]:
        """Return method and path of the calls since the last look began."""
        return [(one["method"], one["path"]) for one in self.server.state.calls.since()[self.calls_before :]]

    def pause_is_over(self) -> None:
        """Let the time pass that a pause lasts, whoever keeps it."""
        self.server.state.limits.reset()
        self.change(paused_until=null(), bulk_paused_until=null())
        db.session.execute(update(Connection).values(calls={}))
        db.session.commit()
        context.valkey().flushdb()

    def put_off_is_over(self) -> None:
        """Let the time pass for which linked customers were put off."""
        later = update(Link).where(Link.connection_id == self.connection_id, Link.due_at.is_not(None))
        db.session.execute(later.values(due_at=now()))
        db.session.commit()

    def change(self, **values: Any) -> None:
        """Change the connection behind everyone's back."""
        db.session.rollback()
        db.session.execute(update(Connection).where(Connection.id == self.connection_id).values(**values))
        db.session.commit()

    def reconnect(self) -> None:
        """Connect again, as a person does when a connection needs attention."""
        db.session.rollback()
        assert self.place is not None
        assert self.place.connect_sandbox(self.server) == self.connection_id

    def edit(self, action: str, **order: Any) -> Any:
        """Change records as someone at Zoho would."""
        return carry_out(self.server.state, {"action": action, **order})["contact"]

    def refresh_is_wanted(self) -> None:
        """Let a person ask for what changed."""
        self.change(refresh_wanted_at=func.now())

    def census_is_due(self) -> None:
        """Let a day pass since the last census."""
        self.change(census_started_at=func.now() - A_DAY, next_look_at=func.now())

    def here(self, name: str, *people: ContactData, **fields: Any) -> uuid.UUID:
        """Put a customer with its people into the portal."""
        assert self.place is not None
        directory = PortalDirectory(self.place.portal_id)
        made = directory.create_customer(CustomerData(name=name, currency="USD", **fields))
        for person in people:
            directory.create_contact(made.id, person)
        directory.flush()
        db.session.commit()
        return uuid.UUID(made.id)

    def confirm(self, their_ids: Iterable[str]) -> None:
        """Choose customers, merge those of the same name, and confirm the review."""
        assert self.place is not None
        draft = picker.draft(self.place.portal_id, self.connection_id, self.place.user_id)
        picker.tick(draft, list(their_ids))
        review = reviews.open_review(draft)
        reviews.answer_all(review, "merge")
        self.run_id = review.id
        look(self.connection_id, interactive=True, seconds=SLICE)
        confirmed = reviews.confirm(self.run(), self.place.user_id)
        assert confirmed.state == "queued", confirmed.state

    @property
    def user_id(self) -> uuid.UUID:
        """Somebody in the portal."""
        assert self.place is not None
        return self.place.user_id

    def rows(self, table: type[Row]) -> list[Row]:
        """Read the portal's rows of a table."""
        assert self.place is not None
        return list(db.session.scalars(select(table).filter_by(portal_id=self.place.portal_id)))

    def connection(self) -> Connection:
        """Read the connection anew."""
        return connection(self.connection_id)

    def mark(self) -> str:
        """Return up to when changes were seen."""
        return str(json.loads(self.connection().cursor or "{}").get("mark", ""))

    def rest(self) -> float:
        """Return for how many seconds the connection rests from now on."""
        connection = self.connection()
        pauses = [until for until in (connection.paused_until, connection.bulk_paused_until) if until]
        return max([0.0, *((until - now()).total_seconds() for until in pauses)])

    def run(self) -> Run:
        """Read the run anew."""
        db.session.rollback()
        return db.session.scalars(
            select(Run).where(Run.id == self.run_id).execution_options(populate_existing=True)
        ).one()

    def items(self) -> dict[str, RunItem]:
        """Read the run's items anew, by name."""
        db.session.rollback()
        query = select(RunItem).where(RunItem.run_id == self.run_id)
        found = db.session.scalars(query.execution_options(populate_existing=True))
        return {item.name: item for item in found}


@contextmanager
def world_at(app: Flask, server: SandboxServer, owner: psycopg.Connection) -> Iterator[World]:
    """Make a world, and leave no open transaction behind."""
    yield World(app, server, owner)
    db.session.rollback()
