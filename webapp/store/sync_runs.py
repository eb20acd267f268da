"""Runs of a sync: there is one only while a pass has something to do, one at a time for each connection."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp.extensions import db
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.passes import COUNTED
from webapp.store.runs import UNDER_WAY, Run, next_number
from webapp.store.webhooks import Webhook

ASKED_FOR = ("person", "command")
"""The causes of a pass that somebody waits for, whether or not it finds anything."""


def is_any_open(connection_id: uuid.UUID) -> bool:
    """Tell whether a connection has a sync run that is not over, without keeping anybody waiting."""
    query = select(Run.id).where(
        Run.connection_id == connection_id, Run.kind == "sync", Run.state.in_(UNDER_WAY)
    )
    return db.session.scalar(query.limit(1)) is not None


def open_run(connection_id: uuid.UUID) -> Run | None:
    """Find the sync run of a connection that is not over, and keep others from changing it."""
    query = (
        select(Run)
        .where(Run.connection_id == connection_id, Run.kind == "sync", Run.state.in_(UNDER_WAY))
        .order_by(Run.created_at)
    )
    found = query.limit(1).with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(found)


def begin(
    connection: Connection, *, cause: str, user_id: uuid.UUID | None = None, state: str = "running"
) -> Run:
    """Begin a sync run; the caller has made sure that none is open."""
    moment = now()
    run = Run(
        portal_id=connection.portal_id,
        id=new_id(),
        number=next_number(connection.portal_id),
        connection_id=connection.id,
        kind="sync",
        cause=cause,
        state=state,
        unattended=True,
        started_by=user_id,
        counts=dict.fromkeys(COUNTED, 0),
        confirmed_at=moment,
        started_at=moment if state == "running" else None,
    )
    db.session.add(run)
    db.session.flush()
    return run


def count(run: Run, counts: dict[str, int]) -> None:
    """Add to what a run has counted."""
    before: dict[str, Any] = run.counts
    run.counts = {name: before.get(name, 0) + counts.get(name, 0) for name in COUNTED}
    run.total = run.counts["looked"]
    run.state, run.started_at, run.pause = "running", run.started_at or now(), ""


def did_anything(run: Run) -> bool:
    """Tell whether a run has written or found anything; else it has only looked."""
    return any(run.counts.get(name) for name in ("here", "there", "conflicts", "failed", "open"))


def close(run: Run) -> None:
    """End a run."""
    run.state, run.finished_at, run.pause = "done", now(), ""
    run.started_at = run.started_at or run.finished_at


def was_hinted_at(portal_id: uuid.UUID, connection_id: uuid.UUID, since: datetime) -> bool:
    """Tell whether the provider itself said after a moment that something had changed."""
    query = select(Webhook.arrived_at).where(
        Webhook.portal_id == portal_id, Webhook.connection_id == connection_id, Webhook.arrived_at > since
    )
    return db.session.scalar(query) is not None
