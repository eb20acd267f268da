"""Telling plugins that a run ended: announced after the commit, and told in a job of its own."""

from __future__ import annotations

import uuid
from typing import Any

from webapp.extensions import db
from webapp.sdk import RunEnd
from webapp.services import context, hook_faults
from webapp.services.signals import announce_run_end
from webapp.store import runs
from webapp.store.connections import known_connection
from webapp.store.runs import UNDER_WAY, Run
from webapp.walls import inside


def announce(portal_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Say that a run is over, if anybody wants to know; called after that was committed."""
    if context.registry().hooks.hear:
        announce_run_end(portal_id, run_id)


def tell(portal_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Tell all plugins of a run that ended; nothing is held meanwhile."""
    with inside(portal_id):
        run = runs.find_run(portal_id, run_id)
        ended = _as_told(run) if run is not None and run.state not in UNDER_WAY else None
        db.session.rollback()
    if ended is None:
        return
    for fault in context.registry().hooks.after_run(ended):
        hook_faults.note(fault)


def _as_told(run: Run) -> RunEnd:
    connection = known_connection(run.portal_id, run.connection_id)
    kind: Any = run.kind
    state: Any = run.state
    return RunEnd(
        id=str(run.id),
        portal=str(run.portal_id),
        connection=str(run.connection_id),
        provider=connection.provider if connection is not None else "",
        kind=kind,
        state=state,
        number=run.number,
        cause=run.cause,
        started_at=run.started_at,
        finished_at=run.finished_at,
        counts={name: count for name, count in run.counts.items() if isinstance(count, int)},
    )
