"""The failures of a run, put together by their reason, and which of them are still to be had."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, and_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from webapp.extensions import db
from webapp.store.links import Link
from webapp.store.problems import Problem
from webapp.store.review_items import in_run
from webapp.store.run_data import AnyRun
from webapp.store.run_items import PARTLY
from webapp.store.runs import Run, RunItem

VARYING = r"“[^”]*”|\"[^\"]*\"|\m[0-9a-f]{6,}\M|\d+"
"""What differs between reasons that are the same to a person: quoted values, references, numbers."""

NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Failures for the same reason.

    ``position`` stands for the group: it is that of its first item, whose words ``reason`` has. ``names`` are
    the first few; ``left`` of the ``items`` have not come along by another import since.
    """

    position: int
    reason: str
    items: int
    left: int
    names: tuple[str, ...]


def failure_groups(run: AnyRun, limit: int) -> list[FailureGroup]:
    """List the reasons for which items failed, the most frequent first."""
    names = func.array_agg(aggregate_order_by(RunItem.name, RunItem.position), type_=ARRAY(Text))
    reasons = func.array_agg(aggregate_order_by(RunItem.reason, RunItem.position), type_=ARRAY(Text))
    query = (
        select(
            func.min(RunItem.position).label("position"),
            reasons[1].label("reason"),
            func.count().label("items"),
            func.count().filter(Link.their_id.is_(None)).label("left"),
            names[1:NAMED].label("names"),
        )
        .select_from(RunItem)
        .join(Run, and_(Run.portal_id == RunItem.portal_id, Run.id == RunItem.run_id))
        .outerjoin(Link, _linked_since())
        .where(in_run(run), RunItem.state == "failed")
        .group_by(_sort_of(RunItem.reason))
        .order_by(func.count().desc(), func.min(RunItem.position))
    )
    return [
        FailureGroup(
            position=row.position, reason=row.reason, items=row.items, left=row.left, names=tuple(row.names)
        )
        for row in db.session.execute(query.limit(limit))
    ]


def retryable(run: AnyRun, alike: int | None = None) -> Sequence[RunItem]:
    """List the items that failed and did not come along since: all, or those failed like a certain one."""
    query = (
        select(RunItem)
        .join(Run, and_(Run.portal_id == RunItem.portal_id, Run.id == RunItem.run_id))
        .outerjoin(Link, _linked_since())
        .where(in_run(run), RunItem.state == "failed", Link.their_id.is_(None))
        .order_by(RunItem.position)
    )
    if alike is not None:
        query = query.where(failed_like(run, alike))
    return list(db.session.scalars(query))


def count_retryable(run: AnyRun) -> int:
    """Count the items that failed and did not come along since."""
    query = (
        select(func.count())
        .select_from(RunItem)
        .join(Run, and_(Run.portal_id == RunItem.portal_id, Run.id == RunItem.run_id))
        .outerjoin(Link, _linked_since())
        .where(in_run(run), RunItem.state == "failed", Link.their_id.is_(None))
    )
    return db.session.scalar(query) or 0


def failing_parts(run: AnyRun) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """List what still fails of the customers that came only partly, as (problem, customer).

    Since they are linked the sync tries it; what it could not write is a problem.
    """
    query = (
        select(Problem.id, Problem.customer_id)
        .select_from(RunItem)
        .join(Run, and_(Run.portal_id == RunItem.portal_id, Run.id == RunItem.run_id))
        .join(Link, and_(_linked_since(), Link.our_id == RunItem.our_id))
        .join(
            Problem,
            and_(
                Problem.portal_id == Link.portal_id,
                Problem.connection_id == Link.connection_id,
                Problem.customer_id == Link.our_id,
            ),
        )
        .where(in_run(run), PARTLY, Problem.question == "failed")
        .order_by(RunItem.position, Problem.id)
    )
    return [(row.id, row.customer_id) for row in db.session.execute(query)]


def failed_like(run: AnyRun, position: int) -> ColumnElement[bool]:
    """Put the condition that an item failed for the reason of a certain one."""
    one = select(RunItem.reason).where(in_run(run), RunItem.position == position)
    reason = db.session.scalar(one) or ""
    return _sort_of(RunItem.reason) == _sort_of(literal(reason))


def _sort_of(reason: SQLColumnExpression[str]) -> ColumnElement[str]:
    return func.regexp_replace(reason, VARYING, "…", "g")


def _linked_since() -> ColumnElement[bool]:
    return and_(
        Link.portal_id == RunItem.portal_id,
        Link.connection_id == Run.connection_id,
        Link.kind == "customer",
        Link.their_id == RunItem.their_id,
    )
