"""Reminders: telling people what has waited for them, and noting when nothing does any more."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from webapp.extensions import db
from webapp.services import notices
from webapp.store import waiting as store
from webapp.store.connections import connection_by_id
from webapp.walls import across_portals, inside

CONFLICTS, PROBLEMS = "sync.conflict", "sync.problems"
PATIENCE = timedelta(days=1)
"""How old a conflict gets before anybody is told."""

AFRESH = timedelta(hours=6)
"""How old the count in a notice may be."""


@across_portals()
def remind(moment: datetime) -> None:
    """Tell of conflicts older than a day, and of what is parked or asked; one notice a connection and kind.

    Notices of what was settled since come to their end. Cheap while nothing waits, so every sweep may ask.
    """
    for portal_id, connection_id, kind in [tuple(row) for row in store.over((CONFLICTS, PROBLEMS))]:
        with inside(portal_id):
            connection = connection_by_id(connection_id, portal_id=portal_id)
            if connection is not None:
                notices.waits_no_more(connection, (kind,))
            db.session.commit()
    for portal_id, connection_id, kind, records, since in _to_tell(moment):
        with inside(portal_id):
            connection = connection_by_id(connection_id, portal_id=portal_id)
            if connection is not None and connection.state != "disconnected":
                notices.tell_waiting(connection, kind, records, since)
            db.session.commit()


def _to_tell(moment: datetime) -> Iterator[tuple[uuid.UUID, uuid.UUID, str, int, datetime]]:
    waiting = [(CONFLICTS, row) for row in store.conflicts_since(moment - PATIENCE)]
    waiting += [(PROBLEMS, row) for row in store.problems_of_all()]
    lately = store.told_lately((CONFLICTS, PROBLEMS), moment - AFRESH) if waiting else set()
    db.session.rollback()
    for kind, row in waiting:
        if (row.connection_id, kind) not in lately:
            yield row.portal_id, row.connection_id, kind, row.records, row.since
