"""What is due: which connections have work, computed from the tables alone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    any_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from webapp.extensions import db
from webapp.store import brake_list, undone
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.store.mirror import Mirror, MirrorCustomer, detail_is_old
from webapp.store.runs import UNDER_WAY, Run, RunItem

RING_AGAIN = timedelta(seconds=4)
"""A connection that was rung for is left alone for so long, however many sweeps there are."""

RUNG_AT_ONCE = 5_000
"""For so many a sweep rings, at most: far more than are answered before the next one."""

RESTORED = "restored"
"""Why the sync of a connection is held whose database is older than what was done with it."""


@dataclass(frozen=True, slots=True)
class Due:
    """A connection with work for a queue: for people's, for bulk work, or for both."""

    connection_id: uuid.UUID
    interactive: bool
    bulk: bool


def due_connections(moment: datetime, *, limit: int = RUNG_AT_ONCE) -> list[Due]:
    """List the connections that have work and nobody at it, and claim them until the transaction ends.

    First come those that people wait for, then whatever has waited longest: polls and imports alike. Those
    that another sweep holds are skipped.
    """
    # Null would come before true.
    person = func.coalesce(_person_waits(moment), false()).label("interactive")
    bulk = _bulk_due(moment).label("bulk")
    idle = or_(Connection.lease_until.is_(None), Connection.lease_until < moment)
    quiet = or_(Connection.rung_at.is_(None), Connection.rung_at < moment - RING_AGAIN)
    found = db.session.execute(
        select(Connection.id, person, bulk)
        .where(or_(Connection.state.in_(("authorizing", "connected")), _anyhow()))
        .where(idle, quiet, or_(person, bulk))
        .order_by(person.desc(), _since(moment), Connection.next_look_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Connection)
    )
    return [Due(*row) for row in found]


def next_poll(moment: datetime) -> datetime | None:
    """Return when the next connection is to be asked what changed; None if none is, after a moment."""
    soonest = select(func.min(Connection.next_look_at))
    return db.session.scalar(soonest.where(Connection.state == "connected", Connection.next_look_at > moment))


def bulk_is_due(connection_id: uuid.UUID, moment: datetime) -> bool:
    """Tell whether a connection has bulk work."""
    asked = select(Connection.id).where(Connection.id == connection_id, _bulk_due(moment))
    return db.session.scalar(asked) is not None


def unattended(moment: datetime) -> Select[int, Any, int, Any]:
    """Ask how many connections have work and nobody at it, for each queue, and for how long in seconds."""
    person, bulk = _person_waits(moment), _bulk_due(moment)
    # Neither a pause that is over nor somebody's work is waiting.
    began = func.greatest(
        _since(moment), Connection.paused_until, Connection.bulk_paused_until, Connection.lease_until
    )
    asked = func.least(Connection.refresh_wanted_at, Connection.hint_due_at)
    wished = func.greatest(asked, Connection.paused_until, Connection.lease_until)
    idle = or_(Connection.lease_until.is_(None), Connection.lease_until < moment)
    return select(
        func.count().filter(person).label("push"),
        func.extract("epoch", literal(moment) - func.min(wished).filter(person)).label("push_age"),
        func.count().filter(bulk).label("bulk"),
        func.extract("epoch", literal(moment) - func.min(began).filter(bulk)).label("bulk_age"),
    ).where(Connection.state.in_(("authorizing", "connected")), idle)


def mark_rung(connection_ids: list[uuid.UUID], moment: datetime) -> None:
    """Note that a sweep rang for these connections."""
    db.session.execute(
        update(Connection)
        .where(Connection.id == any_(literal(connection_ids, ARRAY(Uuid))))
        .values(rung_at=moment)
        .execution_options(synchronize_session=False)
    )


def runs_to_carry_out(connection_id: uuid.UUID) -> list[uuid.UUID]:
    """List the imports of a connection that are confirmed and not over, the oldest first.

    None while an older database waits for a person: it may have forgotten what they did.
    """
    return list(
        db.session.scalars(
            select(Run.id)
            .join(Connection, and_(Connection.portal_id == Run.portal_id, Connection.id == Run.connection_id))
            .where(Run.connection_id == connection_id, Run.kind == "import", Run.state.in_(UNDER_WAY))
            .where(_remembers())
            .order_by(Run.created_at)
        )
    )


def pause_runs(connection_id: uuid.UUID, words: str) -> None:
    """Say on the runs of a connection why they wait; blank when they go on."""
    db.session.execute(
        update(Run)
        .where(Run.connection_id == connection_id, Run.state.in_(UNDER_WAY), Run.pause != words)
        .values(pause=words)
        .execution_options(synchronize_session=False)
    )


def details_awaited(mirror: Mirror, *, limit: int) -> list[str]:
    """List customers that somebody opened, or a review is to merge, whose newest version was not read."""
    opened = select(MirrorCustomer.their_id).where(*mirror.customers, *_opened())
    reviewed = select(MirrorCustomer.their_id).join(RunItem, _item_of_mirror()).join(Run, _run_of_item())
    asked = union(opened, reviewed.where(*mirror.customers, *_awaited())).order_by("their_id")
    return list(db.session.scalars(asked.limit(limit)))


def _person_waits(moment: datetime) -> ColumnElement[bool]:
    awake = or_(Connection.paused_until.is_(None), Connection.paused_until <= moment)
    reviewed = (
        select(RunItem.position)
        .join(Run, _run_of_item())
        .join(MirrorCustomer, _item_of_mirror())
        .where(Run.portal_id == Connection.portal_id, Run.connection_id == Connection.id, *_awaited())
        .correlate(Connection)
    )
    opened = select(MirrorCustomer.their_id).where(
        MirrorCustomer.portal_id == Connection.portal_id,
        MirrorCustomer.connection_id == Connection.id,
        *_opened(),
    )
    wished = or_(
        Connection.refresh_wanted_at.is_not(None),
        _hinted(moment),
        exists(reviewed),
        exists(opened.correlate(Connection)),
    )
    edited = and_(
        Connection.state == "connected", _dirty(moment, Link.edited_here.is_(True), Link.brake != "held")
    )
    return and_(awake, case((Connection.state == "authorizing", True), else_=or_(wished, edited)))


def _hinted(moment: datetime) -> ColumnElement[bool]:
    resting = Connection.bulk_paused_until
    return and_(Connection.hint_due_at <= moment, or_(resting.is_(None), resting <= moment))


def _since(moment: datetime) -> ColumnElement[datetime | None]:
    """Since when polls and runs are due; null for what else is."""
    confirmed = select(func.min(Run.confirmed_at)).where(
        Run.connection_id == Connection.id, Run.state.in_(UNDER_WAY)
    )
    looked = case((Connection.next_look_at <= moment, Connection.next_look_at))
    return func.least(looked, confirmed.correlate(Connection).scalar_subquery())


def _bulk_due(moment: datetime) -> ColumnElement[bool]:
    pauses = func.greatest(Connection.paused_until, Connection.bulk_paused_until)
    queued = select(Run.id).where(
        Run.connection_id == Connection.id, Run.kind == "import", Run.state.in_(UNDER_WAY)
    )
    imports = and_(_remembers(), exists(queued.correlate(Connection)))
    outside = and_(
        Connection.state == "connected",
        or_(pauses.is_(None), pauses <= moment),
        or_(Connection.next_look_at <= moment, imports, _dirty(moment)),
    )
    return or_(outside, _anyhow())


def _anyhow() -> ColumnElement[bool]:
    """The condition that there is work of which nothing goes outside, whatever state a connection is in."""
    return or_(undone.waits(), brake_list.waits_to_keep())


def _remembers() -> ColumnElement[bool]:
    """The condition that this database is not an older one: that may have forgotten what an import did."""
    return func.coalesce(Connection.held["why"].astext, "") != RESTORED


def _dirty(moment: datetime, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a linked customer is to be looked at, and that the connection may be written."""
    link = select(Link.our_id).where(
        Link.portal_id == Connection.portal_id,
        Link.connection_id == Connection.id,
        Link.kind == "customer",
        Link.due_at <= moment,
        *more,
    )
    return and_(
        Connection.sync_paused_at.is_(None),
        Connection.held == literal({}, JSONB),
        exists(link.correlate(Connection)),
    )


def _opened() -> tuple[ColumnElement[bool], ...]:
    return MirrorCustomer.detail_wanted_at.is_not(None), detail_is_old()


def _awaited() -> tuple[ColumnElement[bool], ...]:
    return (
        Run.state == "review",
        RunItem.action == "merge",
        RunItem.state == "pending",
        MirrorCustomer.connection_id == Run.connection_id,
        detail_is_old(),
    )


def _run_of_item() -> ColumnElement[bool]:
    return and_(RunItem.portal_id == Run.portal_id, RunItem.run_id == Run.id)


def _item_of_mirror() -> ColumnElement[bool]:
    return and_(MirrorCustomer.portal_id == RunItem.portal_id, MirrorCustomer.their_id == RunItem.their_id)
