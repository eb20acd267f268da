"""What a sync has before it and behind it: what is due of a connection, and its last passes in figures."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Row, Select, case, cast, func, literal, select, update

from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.conflicts import Conflict
from webapp.store.links import Link
from webapp.store.mirror import MirrorCustomer
from webapp.store.problems import Problem
from webapp.store.runs import UNDER_WAY, Run

COUNTED = ("looked", "here", "there", "conflicts", "failed", "open", "calls")
"""What is counted of each pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits of a connection: customers by where they were edited, and what needs a person.

    ``to_send`` were edited here and ``to_bring`` changed there; ``later`` are tried again at a later time.
    ``edited_at`` is since when the oldest edit waits. ``braked`` customers are held by the brake, ``parked``
    problems failed too often; ``linked`` of ``there`` customers are linked. ``under_way``: a pass is.
    """

    to_send: int
    to_bring: int
    later: int
    edited_at: datetime | None
    braked: int
    conflicts: int
    oldest_conflict: datetime | None
    problems: int
    retrying: int
    there: int
    linked: int
    under_way: bool


def standing(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Standing:
    """Count what waits, by one query over indexes."""
    moment = now()
    mine = (Link.portal_id == portal_id, Link.connection_id == connection_id)
    due = func.count().filter(Link.due_at <= moment, Link.edited_here)
    links = select(
        due.label("to_send"),
        func.count().filter(Link.due_at <= moment, ~Link.edited_here).label("to_bring"),
        func.count().filter(Link.due_at > moment).label("later"),
        func.min(case((Link.edited_here, Link.due_at))).label("edited_at"),
    ).where(*mine, Link.due_at.is_not(None), Link.brake != "held")
    found = db.session.execute(
        select(
            *links.subquery().c,
            _count(Link, *mine, Link.brake == "held").label("braked"),
            _count(Conflict, *_of(Conflict, portal_id, connection_id)).label("conflicts"),
            _oldest(portal_id, connection_id).label("oldest_conflict"),
            _count(Problem, *_of(Problem, portal_id, connection_id), ~_retried()).label("problems"),
            _count(Problem, *_of(Problem, portal_id, connection_id), _retried()).label("retrying"),
            _count(
                MirrorCustomer,
                *_of(MirrorCustomer, portal_id, connection_id),
                MirrorCustomer.gone_at.is_(None),
            ).label("there"),
            _count(Link, *mine, Link.kind == "customer").label("linked"),
            _passing(portal_id, connection_id).label("under_way"),
        )
    ).one()
    return Standing(**found._asdict())


def recent(portal_id: uuid.UUID, connection_id: uuid.UUID, *, limit: int) -> list[Run]:
    """List the last passes, newest first."""
    query = _passes(portal_id, connection_id, Run).order_by(Run.created_at.desc()).limit(limit)
    return list(db.session.scalars(query))


def days(portal_id: uuid.UUID, connection_id: uuid.UUID, *, since: datetime, zone: str) -> Sequence[Row[Any]]:
    """Sum up the passes of each day in a time zone: ``day``, ``passes`` and what is counted, oldest first."""
    day = cast(func.timezone(zone, Run.created_at), Date).label("day")
    sums = [_sum(name).label(name) for name in COUNTED]
    query = _passes(portal_id, connection_id, day, func.count().label("passes"), *sums)
    return db.session.execute(query.where(Run.created_at >= since).group_by(day).order_by(day)).all()


def conflicts_waiting(portal_id: uuid.UUID, connection_id: uuid.UUID) -> int:
    """Count the conflicts of a connection."""
    return db.session.scalar(select(_count(Conflict, *_of(Conflict, portal_id, connection_id)))) or 0


def look_at_conflicts_again(portal_id: uuid.UUID, connection_id: uuid.UUID) -> int:
    """Have every customer that has a conflict looked at anew, by another rule; return how many conflicts."""
    waiting = _of(Conflict, portal_id, connection_id)
    db.session.execute(
        update(Link)
        .where(Link.portal_id == portal_id, Link.connection_id == connection_id, Link.kind == "customer")
        .where(Link.our_id.in_(select(Conflict.customer_id).where(*waiting)))
        .values(due_at=now(), looked_ours="", looked_theirs="")
        .execution_options(synchronize_session=False)
    )
    return conflicts_waiting(portal_id, connection_id)


def _passes(portal_id: uuid.UUID, connection_id: uuid.UUID, *columns: Any) -> Select[Any]:
    return select(*columns).where(
        Run.portal_id == portal_id, Run.connection_id == connection_id, Run.kind == "sync"
    )


def _passing(portal_id: uuid.UUID, connection_id: uuid.UUID) -> ColumnElement[bool]:
    return _passes(portal_id, connection_id, literal(1)).where(Run.state.in_(UNDER_WAY)).exists()


def _sum(name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(Run.counts[name].astext, BigInteger)), 0)


def _retried() -> ColumnElement[bool]:
    """What failed is tried again by itself, and needs nobody yet."""
    return (Problem.question == "failed") & ~Problem.parked


def _count(model: Any, *where: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(model).where(*where).scalar_subquery()


def _oldest(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Any:
    waiting = _of(Conflict, portal_id, connection_id)
    return select(func.min(Conflict.found_at)).where(*waiting).scalar_subquery()


def _of(model: Any, portal_id: uuid.UUID, connection_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return model.portal_id == portal_id, model.connection_id == connection_id
