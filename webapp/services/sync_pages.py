"""The sync of a connection as people see it: what waits and for whom, and what the last passes came to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services import drift
from webapp.services.connections import known
from webapp.services.drift import Report
from webapp.services.refresh import poll_interval
from webapp.services.witness import lost_since
from webapp.store import passes as store
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.passes import COUNTED, Standing
from webapp.store.portals import User
from webapp.store.runs import UNDER_WAY, Run

PASSES = 24
DAYS = 14
"""How many passes, and days, the charts show."""

NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a pass, or a day of passes, came to; of a day ``run_id`` is None."""

    at: datetime
    passes: int
    run_id: uuid.UUID | None
    number: int | None
    cause: str
    state: str
    looked: int
    here: int
    there: int
    conflicts: int
    failed: int
    open: int
    calls: int

    @property
    def moved(self) -> int:
        """How many records were written, on both sides."""
        return self.here + self.there


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why nothing is written until a person has looked: ``restored`` or ``reconnected``, and since when.

    Of a database that was restored: what it ``remembers`` last, and until when work is ``known`` to have
    gone on since, as far as that is known.
    """

    why: str
    since: str
    at: datetime
    remembers: datetime | None
    known: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """How the sync of a connection stands.

    ``moving`` while a pass or a reading is under way, so that a page looks again. ``paused_by`` is the name
    of who paused it. ``spacing`` is how far apart polls really are, which the day's calls may stretch.
    """

    standing: Standing
    hold: Hold | None
    brakes: tuple[Mapping[str, Any], ...]
    paused_at: datetime | None
    paused_by: str
    rule: str
    spacing: timedelta
    moving: bool
    report: Report | None

    @property
    def on_its_way(self) -> int:
        """How many customers have changes that travel by themselves."""
        return self.standing.to_send + self.standing.to_bring

    @property
    def for_people(self) -> int:
        """How many things wait for a person."""
        return self.standing.conflicts + self.standing.problems

    @property
    def writes(self) -> bool:
        """Whether passes write at all."""
        return self.hold is None and self.paused_at is None


def view(portal_id: uuid.UUID, connection_id: uuid.UUID) -> SyncView:
    """Tell how the sync of a connection stands; raises NotFound."""
    connection = known(portal_id, connection_id)
    standing = store.standing(portal_id, connection_id)
    person = db.session.get(User, connection.sync_paused_by) if connection.sync_paused_by else None
    held = hold_of(connection)
    writes = held is None and connection.sync_paused_at is None
    waits = writes and bool(standing.to_send or standing.to_bring)
    return SyncView(
        standing=standing,
        hold=held,
        brakes=tuple(connection.brakes),
        paused_at=connection.sync_paused_at,
        paused_by=(person.name or person.email) if person else "",
        rule=connection.rule,
        spacing=poll_interval(connection),
        moving=connection.state == "connected" and (standing.under_way or waits),
        report=drift.report(portal_id, connection_id),
    )


def hold(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Hold | None:
    """Return why the sync of a connection waits for a person, if it does; raises NotFound."""
    return hold_of(known(portal_id, connection_id))


def is_paused(portal_id: uuid.UUID, connection_id: uuid.UUID) -> bool:
    """Tell whether somebody paused the sync of a connection; raises NotFound."""
    return known(portal_id, connection_id).sync_paused_at is not None


def hold_of(connection: Connection) -> Hold | None:
    """Return why a connection's sync waits for a person; what is not connected waits for that first."""
    held = connection.held
    if not held or connection.state == "disconnected":
        return None
    remembers, until = lost_since(held)
    return Hold(
        why=held["why"],
        since=held["at"],
        at=datetime.fromisoformat(held["at"]),
        remembers=remembers,
        known=until,
    )


def last_passes(portal_id: uuid.UUID, connection_id: uuid.UUID) -> list[Figures]:
    """Return what the last passes came to, newest first."""
    return [figures_of(run) for run in store.recent(portal_id, connection_id, limit=PASSES)]


def last_days(portal_id: uuid.UUID, connection_id: uuid.UUID, *, zone: tzinfo) -> list[Figures]:
    """Return what the passes of the last days came to in a time zone, newest first."""
    first = now() - timedelta(days=DAYS)
    rows = store.days(portal_id, connection_id, since=first, zone=str(zone))
    return [_day(row, zone) for row in reversed(rows)]


def figures_of(run: Run) -> Figures:
    """Return what a pass came to, or has come to by now."""
    counted = {name: int(run.counts.get(name, 0)) for name in COUNTED}
    state = "running" if run.state in UNDER_WAY else run.state
    return Figures(
        at=run.started_at or run.created_at,
        passes=1,
        run_id=run.id,
        number=run.number,
        cause=run.cause,
        state=state,
        **counted,
    )


def _day(row: Row[Any], zone: tzinfo) -> Figures:
    counted = {name: int(getattr(row, name)) for name in COUNTED}
    return Figures(
        at=datetime.combine(row.day, NOON, zone),
        passes=row.passes,
        run_id=None,
        number=None,
        cause="",
        state="",
        **counted,
    )
