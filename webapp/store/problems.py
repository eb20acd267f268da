"""Problems: records that a sync could not bring to agreement, each with what it needs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Text, delete, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, Id, PortalId, Str, Time, new_id, now

QUESTIONS = ("failed", "held", "gone there", "merged there", "cannot be deleted there", "restored")
"""What is asked: why it failed; whether an unclear create arrived; and the open items of a plan.

``restored``: a customer came back out of the bin after its deletion had travelled, and is not linked.
"""


class Problem(Model):
    """One record that needs another try, or a person.

    A ``failed`` one is tried again at ``next_try_at``, and ``parked`` after ``attempts`` without success;
    then it waits for a person, or for a change of it on either side. ``side`` is where it could not be
    written. ``survivors`` are ids there: of customers that may have taken this one in, or of contacts that
    may be what an unclear create made.
    """

    __tablename__ = "problem"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        Index(
            "uq_problem",
            "portal_id",
            "connection_id",
            "kind",
            "our_id",
            "their_id",
            "question",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_problem_list", "portal_id", "found_at"),
        Index("ix_problem_customer", "portal_id", "connection_id", "customer_id"),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    connection_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text)
    our_id: Mapped[uuid.UUID | None]
    their_id: Mapped[Str]
    customer_id: Mapped[uuid.UUID | None]
    their_customer_id: Mapped[Str]
    question: Mapped[Str]
    side: Mapped[Str]
    field: Mapped[Str]
    reason: Mapped[Str]
    survivors: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    parked: Mapped[bool] = mapped_column(default=False)
    next_try_at: Mapped[Time | None]
    found_at: Mapped[Created]
    last_at: Mapped[Created]
    run_id: Mapped[uuid.UUID | None]


RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
"""How long what failed is left alone, after the first try and each further one."""

MOST_ATTEMPTS = len(RETRY_AFTER) + 1
"""What failed so often is parked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something about a customer that a look could not bring to agreement.

    ``final``: no further try can go otherwise, until something about the record changes.
    """

    kind: str
    our_id: uuid.UUID | None
    their_id: str
    customer_id: uuid.UUID
    their_customer_id: str
    question: str
    reason: str
    side: str = ""
    field: str = ""
    survivors: tuple[str, ...] = ()
    final: bool = False

    @property
    def key(self) -> tuple[str, uuid.UUID | None, str, str]:
        """What tells one problem of a connection from another."""
        return self.kind, self.our_id, self.their_id, self.question


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of the problems of some customers: how many are new, and when each is tried again."""

    new: int
    next_try_at: dict[uuid.UUID, datetime]


def replace(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    customer_ids: Collection[uuid.UUID],
    found: Sequence[Found],
    *,
    run_id: uuid.UUID | None,
) -> Kept:
    """Let these be the problems of some customers and no others, but for customers that were restored.

    What failed for the same reason before has failed once more.
    """
    place = (Problem.portal_id == portal_id, Problem.connection_id == connection_id)
    query = select(Problem).where(
        *place, Problem.customer_id.in_(customer_ids), Problem.question != "restored"
    )
    present = {_key(row): row for row in db.session.scalars(query.with_for_update())}
    found = list({each.key: each for each in found}.values())
    over = [row.id for key, row in present.items() if key not in {each.key for each in found}]
    if over:
        gone = delete(Problem).where(*place, Problem.id.in_(over))
        db.session.execute(gone.execution_options(synchronize_session=False))
    tries: dict[uuid.UUID, datetime] = {}
    for each in found:
        row = present.get(each.key) or _new(portal_id, connection_id, each, run_id)
        _update(row, each)
        if row.next_try_at is not None:
            tries[each.customer_id] = min(tries.get(each.customer_id, row.next_try_at), row.next_try_at)
    db.session.flush()
    return Kept(new=sum(each.key not in present for each in found), next_try_at=tries)


def attempts(portal_id: uuid.UUID, connection_id: uuid.UUID, customer_id: uuid.UUID) -> int:
    """Tell how often a customer as such has failed by now."""
    query = select(Problem.attempts).where(
        Problem.portal_id == portal_id,
        Problem.connection_id == connection_id,
        Problem.kind == "customer",
        Problem.our_id == customer_id,
        Problem.question == "failed",
    )
    return db.session.scalar(query) or 0


def _update(row: Problem, found: Found) -> None:
    moment = now()
    row.last_at = moment
    if found.question == "failed":
        row.attempts = row.attempts + 1 if _cause(row.reason) == _cause(found.reason) else 1
        row.parked = found.final or row.attempts >= MOST_ATTEMPTS
        row.next_try_at = None if row.parked else moment + RETRY_AFTER[row.attempts - 1]
    row.side, row.field, row.reason = found.side, found.field, found.reason
    row.survivors = list(found.survivors)
    row.their_customer_id = found.their_customer_id


def _cause(reason: str) -> str:
    """Return why something failed, without what names the single time."""
    return reason.partition(" (reference ")[0]


def _new(portal_id: uuid.UUID, connection_id: uuid.UUID, found: Found, run_id: uuid.UUID | None) -> Problem:
    kind, our_id, their_id, question = found.key
    named: dict[str, Any] = {"kind": kind, "our_id": our_id, "their_id": their_id, "question": question}
    row = Problem(
        portal_id=portal_id,
        id=new_id(),
        connection_id=connection_id,
        customer_id=found.customer_id,
        their_customer_id=found.their_customer_id,
        attempts=0,
        reason="",
        run_id=run_id,
        **named,
    )
    db.session.add(row)
    return row


def _key(row: Problem) -> tuple[str, uuid.UUID | None, str, str]:
    return row.kind, row.our_id, row.their_id, row.question
