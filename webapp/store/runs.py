"""Runs: one pass over one connection, and the items of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import (
    PORTAL,
    Created,
    GivenId,
    Id,
    Json,
    JsonOrNone,
    PortalId,
    Str,
    StrOrNone,
    Time,
    new_id,
)
from webapp.store.portals import Portal

STATES = ("draft", "review", "queued", "running", "done", "cancelled", "failed")
UNDER_WAY = ("queued", "running")
"""The states of a run that is to be carried out, or is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search and a filter of the picker, of which everything found is ticked."""

    q: str = ""
    state: str = ""
    inactive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is ticked in a picker: single customers, and all that queries find but for exceptions."""

    ids: frozenset[str] = frozenset()
    queries: tuple[Query, ...] = ()
    exceptions: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Selection:
        """Read a selection as a run keeps it."""
        return cls(
            ids=frozenset(kept.get("ids", ())),
            queries=tuple(Query(**query) for query in kept.get("queries", ())),
            exceptions=frozenset(kept.get("except", ())),
        )

    def to_json(self) -> dict[str, Any]:
        """Write a selection as a run keeps it."""
        return {
            "ids": sorted(self.ids),
            "queries": [
                {"q": each.q, "state": each.state, "inactive": each.inactive} for each in self.queries
            ],
            "except": sorted(self.exceptions),
        }


class Run(Model):
    """An import or a sync.

    ``cause`` says what set a sync off: edit, poll, webhook, person or command. An import with a
    ``project_id`` adds its customers to that project too.

    A draft is a selection in the picker; a review has its items; then it is carried out. ``selection`` is a
    ``Selection`` as JSON. ``answers`` remembers the answer for all duplicates (``all``) and single answers
    by their id (``by_id``) while the person goes back to choosing. ``unattended`` runs answer for
    themselves (command line) and are not held to a fingerprint. ``pause`` says, for people, why it waits.
    A run of the kind ``undo`` takes back the import that ``undoes`` names.
    """

    __tablename__ = "run"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["portal_id", "project_id"],
            ["project.portal_id", "project.id"],
            ondelete="SET NULL (project_id)",
        ),
        UniqueConstraint("portal_id", "number"),
        Index("ix_run_list", "portal_id", "created_at"),
        Index(
            "ix_run_passes",
            "portal_id",
            "connection_id",
            "created_at",
            postgresql_where=text("kind = 'sync'"),
        ),
        Index(
            "uq_run_draft",
            "portal_id",
            "connection_id",
            "started_by",
            "project_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("kind = 'import' AND state = 'draft'"),
        ),
        Index(
            "ix_run_due",
            "connection_id",
            "created_at",
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_run_undoes", "portal_id", "undoes", postgresql_where=text("undoes IS NOT NULL")),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    number: Mapped[int | None]
    connection_id: Mapped[uuid.UUID]
    project_id: Mapped[uuid.UUID | None]
    kind: Mapped[Str]
    cause: Mapped[Str]
    state: Mapped[str] = mapped_column(Text, default="draft")
    selection: Mapped[Json]
    answers: Mapped[Json]
    unattended: Mapped[bool] = mapped_column(default=False)
    undoes: Mapped[uuid.UUID | None]
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[Json]
    current_name: Mapped[Str]
    pause: Mapped[Str]
    error: Mapped[Str]
    started_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[Created]
    confirmed_at: Mapped[Time | None]
    started_at: Mapped[Time | None]
    finished_at: Mapped[Time | None]
    cancel_requested_at: Mapped[Time | None]
    dismissed_at: Mapped[Time | None]


class RunItem(Model):
    """One customer of a run: what is to be done with it, what was seen when confirmed, what came of it.

    ``action`` is create, merge, clone, skip, blocked, or ask while an answer is missing; ``answer`` is what
    the person said. ``namesakes`` customers here have its name, ``candidates`` of them could be merged
    with, and ``twins`` others of the run have it too. ``our_id`` is the customer to merge with, or the only
    candidate, later the one it became. The ``seen_*`` columns are the fingerprint: an item whose world
    moved since is not carried out but comes back; ``seen`` holds what was shown of it then, to tell what
    changed. ``attempts`` counts how often it was begun at the provider.

    ``basis`` says why it is brought together with ``our_id`` where that is not for the name: they were linked
    ``before``, or a person saw that they are ``similar``. ``choices`` says who wins which field of a merge.
    ``before`` is what a merge found here, to be put back by who undoes it. An item of an undo has the
    action undo, and is ``kept`` where something speaks against it.
    """

    __tablename__ = "run_item"
    __table_args__ = (
        ForeignKeyConstraint(["portal_id", "run_id"], ["run.portal_id", "run.id"], ondelete="CASCADE"),
        Index(
            "ix_run_item_state",
            "portal_id",
            "run_id",
            "state",
            "position",
            postgresql_include=["action", "contacts"],
        ),
        UniqueConstraint("portal_id", "their_id", "run_id"),
    )

    portal_id: Mapped[PortalId]
    run_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    their_id: Mapped[Str]
    name: Mapped[Str]
    name_key: Mapped[Str]
    sort_key: Mapped[Str]
    action: Mapped[Str]
    answer: Mapped[Str]
    state: Mapped[str] = mapped_column(Text, default="pending")
    our_id: Mapped[uuid.UUID | None]
    seen_theirs: Mapped[Str]
    seen_contacts: Mapped[StrOrNone]
    seen_ours: Mapped[Str]
    seen: Mapped[Json]
    namesakes: Mapped[int] = mapped_column(default=0)
    candidates: Mapped[int] = mapped_column(default=0)
    twins: Mapped[int] = mapped_column(default=0)
    contacts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Str]
    basis: Mapped[Str]
    choices: Mapped[Json]
    before: Mapped[JsonOrNone]
    attempts: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[Time | None]
    finished_at: Mapped[Time | None]


def run_by_id(run_id: uuid.UUID) -> Run | None:
    """Read a run anew, and keep others from changing it until the transaction ends."""
    query = select(Run).where(Run.id == run_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_run(portal_id: uuid.UUID, run_id: uuid.UUID) -> Run | None:
    """Find a run of a portal."""
    return db.session.get(Run, (portal_id, run_id))


def locked_run(portal_id: uuid.UUID, run_id: uuid.UUID) -> Run | None:
    """Read a run anew and keep others from changing it until the transaction ends."""
    query = select(Run).where(Run.portal_id == portal_id, Run.id == run_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def open_choice(
    portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID, project_id: uuid.UUID | None = None
) -> Run | None:
    """Find what a person is choosing, for a project or not: their draft, else their newest review."""
    asked = {"portal_id": portal_id, "connection_id": connection_id, "user_id": user_id}
    return db.session.scalar(_open_choice(), asked | {"project_id": project_id})


@cache
def _open_choice() -> Select[Run]:
    connection, person, project = (
        bindparam(name, type_=Uuid) for name in ("connection_id", "user_id", "project_id")
    )
    query = (
        select(Run)
        .where(Run.portal_id == PORTAL, Run.connection_id == connection, Run.started_by == person)
        .where(Run.project_id.is_not_distinct_from(project))
        .where(Run.kind == "import", Run.state.in_(("draft", "review")))
        .order_by(Run.state, Run.created_at.desc())
    )
    return query.limit(1)


def add_draft(
    portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID, project_id: uuid.UUID | None = None
) -> None:
    """Begin a draft unless the person has one for this connection and where it goes."""
    row = {"portal_id": portal_id, "id": new_id(), "connection_id": connection_id, "started_by": user_id}
    row["project_id"] = project_id  # type: ignore[assignment]
    made = insert(Run).values(**row, kind="import", state="draft", selection=Selection().to_json())
    db.session.execute(made.on_conflict_do_nothing())


def end_choices(portal_id: uuid.UUID, project_id: uuid.UUID) -> bool:
    """Close what people choose for a project; tell whether no import goes there any more.

    The caller holds the project, so that none begins meanwhile.
    """
    there = select(Run).where(Run.portal_id == portal_id, Run.project_id == project_id)
    there = there.where(Run.state.in_(("draft", "review", *UNDER_WAY))).order_by(Run.id).with_for_update()
    found = list(db.session.scalars(there.execution_options(populate_existing=True)))
    for run in found:
        run.state = run.state if run.state in UNDER_WAY else "cancelled"
    db.session.flush()
    return all(run.state == "cancelled" for run in found)


def drop_items(run: Run) -> None:
    """Take all items off a run."""
    db.session.execute(
        delete(RunItem).where(RunItem.portal_id == run.portal_id, RunItem.run_id == run.id),
        execution_options={"synchronize_session": False},
    )


def answered_items(run: Run) -> list[RunItem]:
    """List the items that a person answered for."""
    query = select(RunItem).where(
        RunItem.portal_id == run.portal_id, RunItem.run_id == run.id, RunItem.answer != ""
    )
    return list(db.session.scalars(query))


def next_number(portal_id: uuid.UUID) -> int:
    """Return the next free number for a run, and keep others from taking one until the transaction ends."""
    db.session.execute(select(Portal.id).where(Portal.id == portal_id).with_for_update(key_share=True))
    newest = db.session.scalar(select(func.max(Run.number)).where(Run.portal_id == portal_id))
    return (newest or 0) + 1


def newest_finished(
    portal_id: uuid.UUID, user_id: uuid.UUID, *, project_id: uuid.UUID | None = None
) -> Run | None:
    """Find the newest import of a person, into the portal or into a project, that ended."""
    asked = {"portal_id": portal_id, "user_id": user_id, "project_id": project_id}
    return db.session.scalar(_newest_finished(), asked)


@cache
def _newest_finished() -> Select[Run]:
    project, person = (bindparam(name, type_=Uuid) for name in ("project_id", "user_id"))
    query = newest_ended(PORTAL, Run).where(Run.project_id.is_not_distinct_from(project))
    return query.where(Run.started_by == person)


def newest_ended(portal_id: GivenId, *columns: Any) -> Select[Any]:
    """Query the newest import that ended."""
    ended = select(*columns).where(
        Run.portal_id == portal_id,
        Run.kind == "import",
        Run.number.is_not(None),
        Run.state.in_(("done", "cancelled")),
    )
    return ended.order_by(Run.number.desc()).limit(1)
