"""The run of a pass: begun once there is something to do, counted while it goes on, and closed."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

from webapp.extensions import db
from webapp.services import run_ends
from webapp.services.leases import Lease
from webapp.store import dirty
from webapp.store import sync_runs as store
from webapp.store.columns import now
from webapp.store.connections import Connection, connection_by_id

HINT_AGE = timedelta(minutes=1)
"""A change found so soon after a webhook was heard of by it."""


class PassRun:
    """The sync run of a connection, as one slice of a pass sees it."""

    def __init__(self, connection: Connection, lease: Lease) -> None:
        self._connection = connection
        self._lease = lease
        self._counts: Counter[str] = Counter()
        self._looked: set[uuid.UUID] = set()
        self._id: uuid.UUID | None = None

    def id(self, *, edited_here: bool) -> uuid.UUID:
        """Return the run, begun if there is none; ends the session's transaction."""
        if self._id is None:
            # Asked first: it keeps out whoever asks for a pass meanwhile, so that there is one run.
            self._lease.assert_held()
            found = store.open_run(self._connection.id)
            if found is None:
                found = store.begin(self._connection, cause=self._cause(edited_here=edited_here))
            self._id = found.id
            db.session.commit()
        return self._id

    @property
    def id_if_begun(self) -> uuid.UUID | None:
        """The run, if this slice has something to do with it."""
        return self._id

    def looked(self, our_id: uuid.UUID) -> None:
        """Count a customer as looked at, once."""
        if our_id not in self._looked:
            self._looked.add(our_id)
            self._counts["looked"] += 1

    def count(self, **counts: int) -> None:
        """Count; ``keep`` writes it down."""
        self._counts.update(counts)

    def keep(self) -> None:
        """Write down what was counted in the caller's transaction; nothing while there is no run."""
        if self._id is None:
            return
        found = store.open_run(self._connection.id)
        if found is not None:
            store.count(found, dict(self._counts))
        self._counts.clear()

    def _cause(self, *, edited_here: bool) -> str:
        if edited_here:
            return "edit"
        since = (self._connection.refreshed_at or now()) - HINT_AGE
        hinted = store.was_hinted_at(self._connection.portal_id, self._connection.id, since)
        return "webhook" if hinted else "poll"


def close_if_over(connection_id: uuid.UUID, lease: Lease) -> None:
    """Close the run of a connection if nothing is due; one that was asked for lasts until all is read.

    Ends the session's transaction.
    """
    if not store.is_any_open(connection_id):
        return db.session.rollback()
    # Asked first: whoever locks a connection and its runs does so in this order.
    lease.assert_held()
    found = store.open_run(connection_id)
    connection = connection_by_id(connection_id) if found is not None else None
    if found is None or connection is None:
        return db.session.rollback()
    reading = connection.refresh_wanted_at is not None or (connection.next_look_at or now()) <= now()
    asked_for = found.cause in store.ASKED_FOR and writes(connection)
    if (asked_for and reading) or (writes(connection) and dirty.any_due(connection, now())):
        return db.session.rollback()
    store.close(found)
    over = found.portal_id, found.id
    idle = found.cause not in store.ASKED_FOR and not store.did_anything(found)
    if idle:
        db.session.delete(found)
    db.session.commit()
    if not idle:
        run_ends.announce(*over)


def writes(connection: Connection) -> bool:
    """Tell whether a connection may be written by a sync, on either side."""
    return connection.state == "connected" and not connection.held and connection.sync_paused_at is None
