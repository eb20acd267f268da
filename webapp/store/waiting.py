"""What waits for a person: conflicts, and the problems that no further try will solve, counted."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select, union

from webapp.extensions import db
from webapp.store.columns import GivenId
from webapp.store.conflicts import Conflict
from webapp.store.notices import Notice
from webapp.store.problems import Problem

MOST_COUNTED = 1000
"""What is more than that is not counted on every page."""

needs_somebody: ColumnElement[bool] = or_(Problem.question != "failed", Problem.parked)
"""A problem that no further try will solve by itself."""


def counted(portal_id: GivenId) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Count a portal's conflicts, and its problems that need somebody, as columns of another query.

    More than ``MOST_COUNTED`` are one more than that.
    """
    conflicts = select(literal(1)).where(Conflict.portal_id == portal_id)
    problems = select(literal(1)).where(Problem.portal_id == portal_id, needs_somebody)
    return _count(conflicts).label("conflicts"), _count(problems).label("problems")


def conflicts_since(before: datetime) -> list[Row[Any]]:
    """Tell of every connection with a conflict found before a moment: how many it has, and since when."""
    query = _by_connection(Conflict).having(func.min(Conflict.found_at) < before)
    return list(db.session.execute(query))


def problems_of_all() -> list[Row[Any]]:
    """Tell of every connection with problems that need somebody: how many, and since when."""
    return list(db.session.execute(_by_connection(Problem).where(needs_somebody)))


def over(kinds: tuple[str, str]) -> list[Row[Any]]:
    """List notices, of conflicts and of problems, that still stand though nothing waits any more."""
    conflicts, problems = kinds
    standing = select(Notice.portal_id, Notice.subject_id, Notice.kind).where(Notice.resolved_at.is_(None))
    query = union(
        standing.where(Notice.kind == conflicts, ~_any(Conflict)),
        standing.where(Notice.kind == problems, ~_any(Problem, needs_somebody)),
    )
    return list(db.session.execute(query))


def told_lately(kinds: tuple[str, str], since: datetime) -> set[tuple[uuid.UUID, str]]:
    """List by connection and kind the notices that were brought up to date since a moment."""
    query = select(Notice.subject_id, Notice.kind).where(
        Notice.kind.in_(kinds), Notice.resolved_at.is_(None), Notice.last_at >= since
    )
    return {(row.subject_id, row.kind) for row in db.session.execute(query)}


def _count(rows: Select[Any]) -> ColumnElement[int]:
    few = rows.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def _by_connection(model: Any) -> Select[Any]:
    found = func.min(model.found_at).label("since")
    query = select(model.portal_id, model.connection_id, func.count().label("records"), found)
    return query.group_by(model.portal_id, model.connection_id)


def _any(model: Any, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    of_it = and_(model.portal_id == Notice.portal_id, model.connection_id == Notice.subject_id)
    return select(literal(1)).where(of_it, *where).exists()
