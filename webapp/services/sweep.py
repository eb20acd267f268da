"""The sweep: rings for whatever is due, so that no ring that got lost matters."""

from __future__ import annotations

import math
import uuid
from datetime import datetime

from webapp.extensions import db
from webapp.services import bin, context, erasing, leases, mails, portal_deletions, reminders, retention
from webapp.services.signals import announce_due, announce_mail
from webapp.store import due
from webapp.walls import across_portals


@across_portals()
def due_connections(moment: datetime) -> list[tuple[uuid.UUID, bool]]:
    """Return which connections have work and nobody at it, each with whether a person waits for it.

    Computed by SQL alone. Each is returned to one of all sweeps, and not again within 4 seconds.
    """
    found = due.due_connections(moment)
    due.mark_rung([one.connection_id for one in found], moment)
    db.session.commit()
    waiting = [(one.connection_id, True) for one in found if one.interactive]
    return waiting + [(one.connection_id, False) for one in found if one.bulk]


def sweep(moment: datetime) -> int:
    """Announce what is due, and return how much that was; in read-only mode nothing is.

    Gives back what killed workers held, empties the bin of what lay in it long enough, reminds people of
    what has waited for them, and takes out who and what is not to be kept any more.
    """
    if context.settings().read_only:
        return 0
    leases.give_back_abandoned()
    found = due_connections(moment)
    for connection_id, interactive in found:
        announce_due(connection_id, interactive=interactive)
    bin.purge(moment)
    reminders.remind(moment)
    erasing.erase_ready()
    portal_deletions.carry_out()
    if retention.is_time(moment):
        retention.retain_in_turn(moment)
    if mails.are_due():
        announce_mail()
    return len(found)


@across_portals()
def seconds_to_next_poll(moment: datetime) -> float:
    """Tell how long it is until a connection is to be polled that is not due yet; infinite if none is."""
    soonest = due.next_poll(moment)
    db.session.rollback()
    return math.inf if soonest is None else (soonest - moment).total_seconds()
