"""What a look at customers has found, written down: conflicts, problems, and when to look again."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.extensions import db
from webapp.sdk import Directory
from webapp.services.accounts import open_directory
from webapp.services.census import mirror_of
from webapp.services.labels import name_of
from webapp.services.leases import Lease
from webapp.services.sync_plans import Planned, planner
from webapp.services.sync_runs import PassRun
from webapp.services.vetting import vet_of
from webapp.store import conflicts, dirty, intents, links, problems
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.customers import locked_customers
from webapp.store.dirty import Looked
from webapp.store.mirror import Mirror
from webapp.sync.agree import Planner
from webapp.sync.ledger import Failure
from webapp.sync.link import Kind
from webapp.sync.steps import OpenItem, Ref

LATER = timedelta(hours=2)
"""When a customer is looked at again at the latest of which something is still to be done."""


@dataclass(slots=True)
class PassWork:
    """What all customers of one slice of a pass share; ``connection`` is as it was when the slice began."""

    connection: Connection
    lease: Lease
    interactive: bool
    run: PassRun
    plan: Planner
    tries: Counter[uuid.UUID] = field(default_factory=Counter)
    _directory: Directory | None = field(default=None, repr=False)

    @classmethod
    def of(cls, connection: Connection, lease: Lease, *, interactive: bool) -> PassWork:
        """Begin a slice."""
        run = PassRun(connection, lease)
        plan = planner(connection, vet=vet_of(connection))
        return cls(connection, lease, interactive=interactive, run=run, plan=plan)

    @property
    def place(self) -> tuple[uuid.UUID, uuid.UUID]:
        """The portal and the connection."""
        return self.connection.portal_id, self.connection.id

    @property
    def mirror(self) -> Mirror:
        """What the provider held when last seen."""
        return mirror_of(self.connection)

    @property
    def label(self) -> str:
        """What people call the provider."""
        return name_of(self.connection)

    def directory(self) -> Directory:
        """Return the provider's directory, opened once it is needed."""
        if self._directory is None:
            self._directory = open_directory(self.connection, interactive=self.interactive, lease=self.lease)
            db.session.rollback()
        return self._directory

    def commit(self) -> None:
        """Commit, with what was counted, if the fence still stands."""
        self.lease.assert_held()
        self.run.keep()
        db.session.commit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A customer as it was planned last, and what could not be done of the plan."""

    planned: Planned
    failures: tuple[Failure, ...] = ()
    open_items: tuple[OpenItem, ...] = ()


def close(work: PassWork, looks: Sequence[Look]) -> None:
    """Write down what was found of customers, in the caller's transaction; they are due no more.

    Those that moved since they were planned stay due. Call `begin_run` before, where something was found.
    """
    run_id, ids = work.run.id_if_begun, [look.planned.our_id for look in looks]
    if not ids:
        return
    contested = [found for look in looks for found in _conflicts(look)]
    open_ = [found for look in looks for found in (*_problems(look), *_held(work, look))]
    planned = [look.planned.our_id for look in looks if look.planned.plan is not None]
    new = conflicts.replace(*work.place, planned, contested, run_id=run_id) if planned else 0
    kept = problems.replace(*work.place, ids, open_, run_id=run_id)
    failed = sum(each.question == "failed" for each in open_)
    work.run.count(conflicts=new, failed=failed, open=len(open_) - failed)
    dirty.looked(work.connection, [_looked(look, kept.next_try_at) for look in looks])


def begin_run(work: PassWork, looks: Sequence[Look]) -> None:
    """Make sure of a run if something was found that belongs to one; ends the session's transaction."""
    if any((*_conflicts(look), *_problems(look)) for look in looks):
        work.run.id(edited_here=any(look.planned.dirty.edited_here for look in looks))


def failed(work: PassWork, planned: Planned, reason: str) -> None:
    """Commit that a customer as such failed, and look at it again later whatever has changed of it."""
    ref = Ref(kind="customer", our_id=str(planned.our_id), their_id=planned.dirty.their_id)
    look = Look(planned=planned, failures=(Failure(ref=ref, side="theirs", reason=reason),))
    begin_run(work, [look])
    locked_customers(work.connection.portal_id, [planned.our_id])
    close(work, [look])
    attempts = problems.attempts(*work.place, planned.our_id)
    waits = problems.RETRY_AFTER[attempts - 1] if 0 < attempts < problems.MOST_ATTEMPTS else LATER
    dirty.put_off(work.connection, [planned.our_id], now() + waits)
    work.commit()


def unlinked(work: PassWork, our_id: uuid.UUID) -> None:
    """Commit that a customer is linked no more: what waited of it waits no longer."""
    # Locked first, as by whoever settles or unlinks it.
    locked_customers(work.connection.portal_id, [our_id])
    conflicts.replace(*work.place, [our_id], [], run_id=None)
    problems.replace(*work.place, [our_id], [], run_id=None)
    left = links.of_customer_and_contacts(work.connection.portal_id, our_id, work.connection.id)
    links.end(*work.place, [links.as_value(row) for row in left])
    work.commit()


def _looked(look: Look, next_try_at: dict[uuid.UUID, datetime]) -> Looked:
    return Looked(known=look.planned.dirty, due_at=next_try_at.get(look.planned.our_id))


def _conflicts(look: Look) -> Iterator[conflicts.Found]:
    plan, theirs = look.planned.plan, look.planned.theirs
    for conflict in plan.conflicts if plan else ():
        yield conflicts.Found(
            conflict=conflict,
            customer_id=look.planned.our_id,
            their_customer_id=look.planned.dirty.their_id,
            theirs_at=theirs.customer.modified_at if theirs and theirs.customer else None,
        )


def _problems(look: Look) -> Iterator[problems.Found]:
    yield from (_failure(look, each) for each in look.failures)
    yield from (_open_item(look, each) for each in look.open_items)


def _held(work: PassWork, look: Look) -> Iterator[problems.Found]:
    """Tell of contacts here of which it is not known whether they are there by now."""
    ours = look.planned.ours
    if ours is None or not ours.held:
        return
    people = [uuid.UUID(contact.id) for contact in ours.contacts]
    for our_id, found in sorted(intents.held_ids(*work.place, people).items()):
        yield _found(
            look,
            Ref(kind="contact", our_id=str(our_id), their_id=None),
            question="held",
            reason="It cannot be told whether it arrived there before an interruption: say which one it is.",
            survivors=tuple(found),
        )


def _failure(look: Look, failure: Failure) -> problems.Found:
    return _found(
        look,
        failure.ref,
        question="failed",
        reason=failure.reason,
        side=failure.side,
        field=failure.field,
        final=failure.final,
    )


def _open_item(look: Look, item: OpenItem) -> problems.Found:
    return _found(look, item.ref, question=item.question, reason=item.reason, survivors=item.survivors)


def _found(look: Look, ref: Ref, *, question: str, reason: str, **more: object) -> problems.Found:
    kind: Kind = ref.kind
    their_id = ref.their_id or (look.planned.dirty.their_id if kind == "customer" else "")
    return problems.Found(
        kind=kind,
        our_id=uuid.UUID(ref.our_id) if ref.our_id else None,
        their_id=their_id,
        customer_id=look.planned.our_id,
        their_customer_id=look.planned.dirty.their_id,
        question=question,
        reason=reason,
        **more,  # type: ignore[arg-type]
    )
