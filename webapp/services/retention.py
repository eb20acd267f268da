"""Retention: what came of the past is kept for the time the installation says, and then taken out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from webapp.extensions import db
from webapp.services import context
from webapp.store import retention as store
from webapp.walls import across_portals, inside

Take = Callable[[uuid.UUID, datetime, int], int]

AT_ONCE = 500
"""So many rows of a kind a portal loses at a time."""

BATCHES = 100
"""So many times in a row, at most: what is left then goes a day later."""

SWEPT = timedelta(seconds=5)
LOGIN_MAILS = timedelta(days=30)


def is_time(moment: datetime) -> bool:
    """Tell whether this sweep is the one of its minute that takes something out."""
    return timedelta(seconds=moment.second) < SWEPT


def retain_in_turn(moment: datetime) -> int:
    """Take out what was kept for long enough of the portals whose minute of the day it is; tell how much.

    Each has one: asking all of them every minute would keep a sweep with very many from ringing.
    """
    with across_portals():
        turn = store.portals_in_turn(moment)
        db.session.rollback()
    return retain(moment, turn)


def retain(moment: datetime, portal_ids: Iterable[uuid.UUID]) -> int:
    """Take out of portals, in batches, what was kept for long enough; tell how many rows."""
    gone = store.old_login_mails(moment - LOGIN_MAILS)
    db.session.commit()
    for portal_id in portal_ids:
        with inside(portal_id):
            gone += sum(_take_out(portal_id, take, before) for take, before in _steps(moment))
    return gone


def _steps(moment: datetime) -> Iterator[tuple[Take, datetime]]:
    settings = context.settings()
    kept = {
        store.old_runs: settings.keep_runs_days,
        store.old_intents: settings.keep_runs_days,
        store.old_history: settings.keep_history_days,
        store.old_mirrors: settings.keep_mirror_days,
        store.old_notices: settings.keep_notices_days,
        store.old_invitations: settings.keep_notices_days,
    }
    for take, days in kept.items():
        yield take, moment - timedelta(days=days)


def _take_out(portal_id: uuid.UUID, take: Take, before: datetime) -> int:
    gone = 0
    for _ in range(BATCHES):
        went = take(portal_id, before, AT_ONCE)
        db.session.commit()
        gone += went
        if went < AT_ONCE:
            break
    return gone
