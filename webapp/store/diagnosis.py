"""What a diagnosis asks of all tables: how large they are, and the references of what went wrong."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, literal, select, text, union_all

from webapp.extensions import db
from webapp.store.connections import Connection
from webapp.store.problems import Problem
from webapp.store.runs import Run, RunItem

MOST = 200
_REFERENCE = r"\(reference ([0-9a-f]{8})\)"
_TABLES = text(
    "SELECT relname, n_live_tup, pg_total_relation_size(relid) FROM pg_stat_user_tables ORDER BY relname"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: about how many rows it has, and its size with its indexes."""

    name: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What people were told when something unexpected happened: of what, and when, where that is known."""

    reference: str
    of: str
    connection_id: uuid.UUID
    at: datetime | None


def tables() -> list[Table]:
    """List the tables by name; rows are those PostgreSQL last counted."""
    return [Table(name=name, rows=rows, bytes=size) for name, rows, size in db.session.execute(_TABLES)]


def references() -> list[Reference]:
    """List the references that still stand somewhere, the newest first."""
    failed = select(
        _reference(RunItem.reason), literal("item of a run"), Run.connection_id, RunItem.finished_at
    ).join(Run, Run.id == RunItem.run_id)
    told = union_all(
        _with(failed, RunItem.reason),
        _with(
            select(_reference(Problem.reason), literal("problem"), Problem.connection_id, Problem.last_at),
            Problem.reason,
        ),
        _with(
            select(
                _reference(Connection.pause_reason), literal("pause"), Connection.id, Connection.paused_until
            ),
            Connection.pause_reason,
        ),
    ).subquery()
    newest = select(told).order_by(told.c[3].desc().nulls_last()).limit(MOST)
    return [
        Reference(reference=reference, of=of, connection_id=connection_id, at=at)
        for reference, of, connection_id, at in db.session.execute(newest)
    ]


def _reference(reason: SQLColumnExpression[str]) -> ColumnElement[str]:
    return func.substring(reason, _REFERENCE)


def _with(query: Select, reason: SQLColumnExpression[str]) -> Select:
    return query.where(reason.op("~")(_REFERENCE))
