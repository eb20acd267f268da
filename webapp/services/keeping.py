"""Keeping: what every ledger commits of one customer's writes at the provider, behind the fence."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from webapp.extensions import db
from webapp.services import audit
from webapp.services.entries import entries
from webapp.services.leases import Lease
from webapp.store import bin, history, intents, links, mirror_answers
from webapp.store.customers import locked_customer
from webapp.store.history import EntryData, HistoryEntry
from webapp.store.inserts import Rows, insert_rows
from webapp.store.links import Link
from webapp.store.mirror import Mirror
from webapp.sync.ledger import Done, Failure, Intent, Written
from webapp.sync.link import Kind, fields_of
from webapp.sync.link import Link as LinkValue
from webapp.sync.steps import Create, Delete, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who is behind a write there, as the history names them and as the audit does."""

    actor: str
    auditor: str


class Tally(Protocol):
    """Counts what a run does; what was counted is kept in the transaction that did it, after the fence."""

    def count(self, **counts: int) -> None:
        """Count."""
        ...

    def keep(self) -> None:
        """Write down what was counted in the caller's transaction."""
        ...


class Uncounted:
    """Counts nothing: an import counts its items."""

    def count(self, **counts: int) -> None:
        """Count nothing."""

    def keep(self) -> None:
        """Write down nothing."""


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Keeps the writes of one customer: links, history, audit, intents, and the mirror of what was answered.

    ``our_id`` is blank while there is no customer here. ``author_of`` is asked with the kind and the id of a
    record here, and the fields that are written.
    """

    mirror: Mirror
    lease: Lease
    run_id: uuid.UUID | None
    our_id: str
    their_id: str
    author_of: Callable[[Kind, uuid.UUID | None, Sequence[str]], Author]
    tally: Tally = field(default_factory=Uncounted)
    _author: Author | None = field(default=None, init=False)
    """Who is behind the write that was intended last."""
    _to_audit: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list, init=False)

    @property
    def place(self) -> tuple[uuid.UUID, uuid.UUID]:
        """The portal and the connection."""
        return self.mirror.portal_id, self.mirror.connection_id

    def intend(self, intent: Intent, step: Create) -> None:
        """Commit that a contact is about to be created at the provider."""
        author = self._author_of("contact", intent.our_id, [])
        intents.add(
            *self.place,
            intent,
            told=entries([Done(step=step, side="theirs", record=None)], self.our_id),
            actor=author.actor,
            auditor=author.auditor,
            fence=self.lease.fence,
            run_id=self.run_id,
        )
        self.commit()

    def intend_change(self, step: Update | Delete, their_id: str) -> None:
        """Commit that a record is about to be updated or deleted there."""
        done = Done(step=step, side="theirs", record=None)
        author = self._author_of(step.ref.kind, step.ref.our_id, _fields(done))
        intents.add_change(
            *self.place,
            step,
            their_customer_id=self.their_id,
            their_id=their_id,
            told=entries([done], self.our_id),
            actor=author.actor,
            auditor=author.auditor,
            fence=self.lease.fence,
            run_id=self.run_id,
        )
        self.commit()

    def written(self, written: Written, failures: Iterable[Failure], *, here: Rows) -> None:
        """Commit one write at the provider, with rows of the portal's that wait to be written."""
        if self._author is None:
            raise RuntimeError("Nothing is written there that was not intended.")
        done, author = written.done, self._author
        self.keep(written.links, written.unlinked, (done,), self.our_id, actor=author.actor, here=here)
        if written.intent is not None:
            intents.fulfil(*self.place, uuid.UUID(written.intent.our_id))
        self.forget_void(failures)
        self._mirror(done)
        self._audit(done, author)
        self.tally.count(there=1)
        self.commit()

    def keep(
        self,
        kept: Iterable[LinkValue],
        ended: Iterable[LinkValue],
        done: Iterable[Done],
        our_id: str | None,
        *,
        actor: str,
        here: Rows,
        alone: Collection[str] = (),
    ) -> None:
        """Write links and what the history tells of steps, together with rows of the portal's."""
        links.end(*self.place, ended)
        rows = rows_of(self.mirror, self.run_id, kept, entries(done, our_id), actor=actor)
        insert_rows({**here, **rows}, replace=links.REPLACE, alone=alone)

    def ask_if_restored(self, customer_id: uuid.UUID) -> None:
        """Leave an open item if a person took a customer out of the bin while it was deleted there."""
        portal_id, connection_id = self.place
        row = locked_customer(portal_id, customer_id)
        if row is not None and row.deleted_at is None:
            bin.note_restored(portal_id, [(row.id, connection_id)])

    def forget_void(self, failures: Iterable[Failure], *, begun: bool = True) -> None:
        """Drop what was intended and is settled: the provider answered all that was sent by now."""
        if begun:
            intents.forget_changes(*self.place, self.their_id)
        for failure in failures:
            if failure.intent is not None:
                intents.forget(*self.place, uuid.UUID(failure.intent.our_id))

    def tell(
        self,
        told: list[EntryData],
        author: Author,
        action: str,
        their_id: str,
        fields: list[str],
    ) -> None:
        """Write the history of a write that turned out to have arrived; it is audited with the commit."""
        self.tally.count(there=1)
        history.add(self.mirror.portal_id, told, actor=author.actor, run_id=self.run_id)
        self._to_audit.append((author.auditor, action, their_id, self._details(fields)))

    def commit(self) -> None:
        """Commit, with what was counted, if the fence still stands."""
        for entry in self._to_audit:
            audit.record(self.mirror.portal_id, *entry)
        self._to_audit.clear()
        self.lease.assert_held()
        self.tally.keep()
        db.session.commit()

    def _author_of(self, kind: Kind, our_id: str | None, fields: Sequence[str]) -> Author:
        """Ask, before a write, who is behind it: whoever edits the record while it lasts is not."""
        self._author = self.author_of(kind, uuid.UUID(our_id) if our_id else None, fields)
        return self._author

    def _mirror(self, done: Done) -> None:
        """Keep in the mirror what the provider answered; nothing where it was gone already."""
        step = done.step
        if done.record is not None:
            mirror_answers.keep_answer(self.mirror, self.their_id, done.record)
        elif isinstance(step, Delete):
            contact_id = step.link.their_id if step.ref.kind == "contact" else None
            mirror_answers.forget(self.mirror, self.their_id, contact_id)

    def _audit(self, done: Done, author: Author) -> None:
        step = done.step
        verb = "created" if isinstance(step, Create) else "deleted" if isinstance(step, Delete) else "updated"
        their_id = done.record.id if done.record else step.ref.their_id or ""
        action = f"provider.{step.ref.kind}_{verb}"
        audit.record(self.mirror.portal_id, author.auditor, action, their_id, self._details(_given(done)))

    def _details(self, fields: list[str]) -> dict[str, Any]:
        run = str(self.run_id) if self.run_id else ""
        return {"connection": str(self.mirror.connection_id), "run": run, "fields": fields}


def rows_of(
    mirror: Mirror,
    run_id: uuid.UUID | None,
    kept: Iterable[LinkValue],
    told: Sequence[EntryData],
    *,
    actor: str,
) -> Rows:
    """Return links, and what the history tells, as their tables have them."""
    return {
        Link: links.rows(mirror.portal_id, mirror.connection_id, kept, run_id),
        HistoryEntry: history.rows(mirror.portal_id, told, actor=actor, run_id=run_id),
    }


def _given(done: Done) -> list[str]:
    """Name what was written: of a new record all that it was given."""
    if isinstance(done.step, Create):
        return sorted(name for name, value in fields_of(done.step.data).items() if value not in (None, ""))
    return _fields(done)


def _fields(done: Done) -> list[str]:
    return sorted(done.step.changes) if isinstance(done.step, Update) else []
