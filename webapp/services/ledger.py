"""The ledger of a run: commits what the sync does for one item, with the fence asserted each time."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from webapp.extensions import db
from webapp.sdk import CustomerData
from webapp.services import admitting, audit
from webapp.services.keeping import Author, Keeper
from webapp.services.leases import LeaseLost
from webapp.store import run_items
from webapp.store.closing import Closing, DoneItem, close
from webapp.store.customers import locked_customers, name_lock
from webapp.store.directory import PortalDirectory
from webapp.store.run_data import ItemData, RunData
from webapp.sync.ledger import Agreed, Failure, Intent, Written
from webapp.sync.link import Link
from webapp.sync.normal import name_key
from webapp.sync.steps import Create, Delete, Update


class Cancelled(Exception):
    """The item was closed while it was in hand: nothing of it is written here."""


class NameTaken(Exception):
    """A customer of the name that was to be new here came while the item was in hand."""


class Incomplete(Exception):
    """Too much of a customer failed; none of it is kept here."""


class RunLedger:
    """Keeps one item of a run: one commit for what is written here, one for each write there."""

    def __init__(
        self, run: RunData, item: ItemData, keeper: Keeper, ours: PortalDirectory, label: str, *, people: int
    ) -> None:
        """Begin with an item, whose customer there has so many ``people`` now."""
        self.failures: list[Failure] = []
        self.waiting: list[str] = []
        """People who are left alone until somebody has compared both sides, by name."""
        self.names: dict[str, str] = {}
        """What people are called, by their ids on either side."""
        self.before: dict[str, Any] | None = None
        """What a merge found here, for whoever undoes it."""
        self.finished = False
        self._run = run
        self._item = item
        self._keeper = keeper
        keeper.tally = self
        self._ours = ours
        self._label = label
        self._begun = item.begun_at is not None
        self._people = people

    def allowed(self) -> None:
        """Raise ``LeaseLost`` unless this worker may still act."""
        self._keeper.lease.check()

    def intend(self, intent: Intent, step: Create) -> None:
        """Commit that a contact is about to be created at the provider; ``Cancelled`` if it is not to be."""
        self._keeper.intend(intent, step)

    def intend_change(self, step: Update | Delete, their_id: str) -> None:
        """Commit that a record is about to be updated or deleted there; ``Cancelled`` if it is not to be."""
        self._keeper.intend_change(step, their_id)

    def written(self, written: Written) -> None:
        """Commit one write at the provider: links, history, audit, and that an intent is fulfilled."""
        self._keeper.written(written, self.failures, here=self._ours.take(linked=ours_of(written.links)))

    def agreed(self, agreed: Agreed) -> None:
        """Commit all that was written here for the item, and that it is done."""
        if self._is_incomplete(agreed):
            raise Incomplete
        if self._ours.grows:
            self._ours.flush()
        if self._run.project_id and self._item.our_id:
            locked_customers(self._run.portal_id, [self._item.our_id])
        name = new_name(self._item, agreed)
        locks = [name_lock(self._run.portal_id, name)] if name else []
        author = author_of(self._run)
        self._keeper.keep(
            agreed.links,
            agreed.unlinked,
            agreed.done,
            agreed.our_id,
            actor=author.actor,
            here=self._ours.take(linked=ours_of(agreed.links)),
            alone=locks,
        )
        # A statement of its own: only now is all to be seen that was committed before the lock was ours.
        people = sum(link.kind == "contact" for link in agreed.links)
        self.finish(agreed.our_id, contacts=people, new_name=name)

    def failed(self, failure: Failure) -> None:
        """Note a record that failed."""
        self.failures.append(failure)

    def finish(self, our_id: str | None, *, contacts: int, new_name: str = "") -> None:
        """Commit that the item is done, with what failed of it in words; ``NameTaken`` if it must be new."""
        self.forget_void()
        if our_id:
            admitting.take_in(self._run, [uuid.UUID(our_id)], begun=self._begun)
        done = DoneItem(
            position=self._item.position,
            our_id=uuid.UUID(our_id) if our_id else None,
            contacts=contacts if self._item.action != "merge" else None if self._begun else self._people,
            reason=" ".join(filter(None, [self.failure_words(), self._waiting_words()])),
            new_name=new_name,
            before=self.before,
        )
        must_stand(self._run, close(self._run, [done], self._keeper.lease.fence, begun=self._begun))
        db.session.commit()
        self.finished = True

    def _is_incomplete(self, agreed: Agreed) -> bool:
        """Tell whether the rest is not to be kept: any of a new customer failed, or the link of a merge."""
        if self._item.action != "merge":
            return bool(self.failures)
        return not agreed.links and any(failure.ref.kind == "customer" for failure in self.failures)

    def failure_words(self) -> str:
        """Say in words what could not be written."""
        return " ".join(self._words(failure) for failure in self.failures)

    def _words(self, failure: Failure) -> str:
        where = "in the portal" if failure.side == "ours" else f"in {self._label}"
        what = "The customer" if failure.ref.kind == "customer" else self._contact(failure)
        return f"{what} could not be written {where}: {failure.reason.rstrip('.')}."

    def _contact(self, failure: Failure) -> str:
        ids = filter(None, (failure.ref.our_id, failure.ref.their_id))
        name = next(filter(None, map(self.names.get, ids)), "")
        return f"The contact {name}" if name else "A contact"

    def _waiting_words(self) -> str:
        if not self.waiting:
            return ""
        return (
            f"{', '.join(self.waiting)}: it cannot be told whether an interruption came before or after "
            f"{self._label} had them. Compare both sides, and add there or here what is missing."
        )

    def count(self, **counts: int) -> None:
        """Count nothing: a run counts its items."""

    def keep(self) -> None:
        """Note, with what is intended first, that the item is begun; ``Cancelled`` if it was by then."""
        if self._begun:
            return
        self._begun = True
        if not run_items.note_begun(self._item, contacts=self._people):
            raise Cancelled

    def forget_void(self) -> None:
        """Drop what was intended and is settled: the provider answered all that was sent by now."""
        self._keeper.forget_void(self.failures, begun=self._begun)


def new_name(item: ItemData, agreed: Agreed) -> str:
    """Return the name, as names are compared, that must be new here; a clone's need not be."""
    if item.action != "create":
        return ""
    made = (done.step.data for done in agreed.done if isinstance(done.step, Create))
    return next((name_key(data.name) for data in made if isinstance(data, CustomerData)), "")


def must_stand(run: RunData, closing: Closing) -> None:
    """Raise ``LeaseLost``, ``NameTaken`` or ``Cancelled`` unless what was closed may be committed."""
    if not closing.held:
        raise LeaseLost(run.connection_id)
    if closing.named:
        raise NameTaken
    if not closing.open:
        raise Cancelled


def author_of(run: RunData) -> Author:
    """Name who is behind a run: whoever started it."""
    actor = str(run.started_by or f"provider:{run.connection_id}")
    return Author(actor=actor, auditor=audit.actor_of(run.started_by))


def ours_of(links: Iterable[Link]) -> set[str]:
    """Return the ids of the records here that are linked."""
    return {link.our_id for link in links}
