"""Retention: what came of the past is kept for the time the installation says, and then taken out."""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp.extensions import db
from webapp.services import context
from webapp.services.portals import portals
from webapp.store import retention as store
from webapp.walls import inside

AT_ONCE = 500
"""So many rows of a kind a portal loses at a time."""

OFTEN = timedelta(minutes=1)
"""How often something is taken out; a sweep asks every few seconds."""

SWEPT = timedelta(seconds=5)
LOGIN_MAILS = timedelta(days=30)


def is_time(moment: datetime) -> bool:
    """Tell whether this sweep is the one of its minute that takes something out."""
    return timedelta(seconds=moment.second) < SWEPT


def retain(moment: datetime) -> int:
    """Take out of every portal, in batches, what was kept for long enough; tell how many rows."""
    settings = context.settings()
    runs, history, mirror, notices = (
        moment - timedelta(days=days)
        for days in (
            settings.keep_runs_days,
            settings.keep_history_days,
            settings.keep_mirror_days,
            settings.keep_notices_days,
        )
    )
    steps = (
        (store.old_runs, runs),
        (store.old_intents, runs),
        (store.old_history, history),
        (store.old_mirrors, mirror),
        (store.old_notices, notices),
        (store.old_invitations, notices),
    )
    gone = store.old_login_mails(moment - LOGIN_MAILS)
    db.session.commit()
    for portal_id in [portal.id for portal in portals()]:
        for take, before in steps:
            with inside(portal_id):
                gone += take(portal_id, before, AT_ONCE)
                db.session.commit()
    return gone
