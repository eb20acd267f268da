"""Problems: records that a sync could not bring to agreement, each with what it needs."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, Id, PortalId, Str, Time

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
