"""What is kept for a time only: taken out in batches, the oldest first, and never what is at work."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Text, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from webapp.extensions import Model, db
from webapp.store.connections import Connection
from webapp.store.drift import DriftItem, DriftReport
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.invitations import Invitation
from webapp.store.mails import LoginMail
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.notices import Notice
from webapp.store.portals import Portal
from webapp.store.runs import Run

ENDED = ("done", "failed", "cancelled")
"""The states of runs that nothing happens to any more."""


MINUTES = 24 * 60


def portals_in_turn(moment: datetime) -> list[uuid.UUID]:
    """List the portals whose minute of the day it is: each has one, by its id."""
    own = func.abs(func.hashtext(Portal.id.cast(Text)) % MINUTES)
    return list(db.session.scalars(select(Portal.id).where(own == moment.hour * 60 + moment.minute)))


def old_runs(portal_id: uuid.UUID, before: datetime, limit: int) -> int:
    """Take out runs that ended before a moment, with their items; the newest number of the portal stays."""
    Later = aliased(Run)
    newer = select(Later.id).where(Later.portal_id == portal_id, Later.number > Run.number).exists()
    old = select(Run.portal_id, Run.id).where(
        Run.portal_id == portal_id, Run.created_at < before, Run.finished_at < before, Run.state.in_(ENDED)
    )
    return _take(Run, old.where(or_(Run.number.is_(None), newer)).order_by(Run.created_at), limit)


def old_history(portal_id: uuid.UUID, before: datetime, limit: int) -> int:
    """Take out entries of the history that were made before a moment: ids sort by that."""
    old = select(HistoryEntry.portal_id, HistoryEntry.id).where(
        HistoryEntry.portal_id == portal_id, HistoryEntry.id < _first_id(before), HistoryEntry.at < before
    )
    return _take(HistoryEntry, old.order_by(HistoryEntry.id), limit)


def old_notices(portal_id: uuid.UUID, before: datetime, limit: int) -> int:
    """Take out notices, with their mails, that nobody was told of since a moment."""
    old = select(Notice.portal_id, Notice.id).where(Notice.portal_id == portal_id, Notice.told_at < before)
    return _take(Notice, old.order_by(Notice.told_at), limit)


def old_invitations(portal_id: uuid.UUID, before: datetime, limit: int) -> int:
    """Take out invitations nobody came by, that were withdrawn or ran out before a moment."""
    over = or_(Invitation.withdrawn_at < before, Invitation.expires_at < before)
    old = select(Invitation.portal_id, Invitation.id).where(
        Invitation.portal_id == portal_id, Invitation.accepted_at.is_(None), over
    )
    return _take(Invitation, old, limit)


def old_intents(portal_id: uuid.UUID, before: datetime, limit: int) -> int:
    """Take out what was written down of writes that were over before a moment."""
    old = select(Intent.portal_id, Intent.id).where(
        Intent.portal_id == portal_id, Intent.state == "done", Intent.closed_at < before
    )
    return _take(Intent, old, limit)


def old_mirrors(portal_id: uuid.UUID, before: datetime, limit: int) -> int:
    """Take out what is mirrored of connections that were ended before a moment; links stay.

    Where something went, everything is read anew should the connection come back.
    """
    ended = select(Connection.id).where(
        Connection.portal_id == portal_id,
        Connection.state == "disconnected",
        Connection.disconnected_at < before,
    )
    gone = 0
    for connection_id in db.session.scalars(ended).all():
        went = sum(_of_connection(model, portal_id, connection_id, limit) for model in _MIRRORED)
        if went:
            unread = update(Connection).where(
                Connection.portal_id == portal_id, Connection.id == connection_id
            )
            values: dict[str, Any] = {"cursor": None, "poll": {}, "census": {}}
            values |= dict.fromkeys(_READ, None)
            db.session.execute(unread.values(values).execution_options(synchronize_session=False))
        gone += went
    return gone


def old_login_mails(before: datetime) -> int:
    """Take out what was noted of mails about logins that were asked for before a moment."""
    old = delete(LoginMail).where(LoginMail.asked_at < before, LoginMail.due_at.is_(None))
    return _count(db.session.execute(old.execution_options(synchronize_session=False)))


_MIRRORED: tuple[type[Model], ...] = (MirrorContact, MirrorCustomer, DriftItem, DriftReport)
_READ = ("census_started_at", "census_finished_at", "contacts_started_at", "refreshed_at")


def _of_connection(model: type[Model], portal_id: uuid.UUID, connection_id: uuid.UUID, limit: int) -> int:
    table = cast(Any, model)
    keys = list(table.__mapper__.primary_key)
    old = select(*keys).where(table.portal_id == portal_id, table.connection_id == connection_id)
    return _take(model, old, limit)


def _take(model: type[Model], old: Select[*tuple[Any, ...]], limit: int) -> int:
    keys = list(cast(Any, model).__mapper__.primary_key)
    # What somebody else holds is passed over: it is taken the next time. Chosen once: PostgreSQL may look a
    # subquery up for each row, and would choose others each time.
    locked = old.limit(limit).with_for_update(of=model, skip_locked=True)
    chosen = locked.cte("chosen").prefix_with("MATERIALIZED")
    gone = delete(model).where(tuple_(*keys).in_(select(*(chosen.c[key.name] for key in keys))))
    return _count(db.session.execute(gone.execution_options(synchronize_session=False)))


def _first_id(moment: datetime) -> uuid.UUID:
    """Return the smallest id that can have been made at a moment (UUIDv7)."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def _count(done: Any) -> int:
    return cast(int, done.rowcount)
