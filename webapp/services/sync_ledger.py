"""The ledger of a sync: commits what is done for one linked customer, with the fence asserted each time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from webapp.extensions import db
from webapp.services.keeping import Author, Keeper
from webapp.services.sync_links import KnownLinks
from webapp.store import history
from webapp.store.directory import PortalDirectory
from webapp.sync.ledger import Agreed, Failure, Intent, Written
from webapp.sync.link import Kind
from webapp.sync.moved import Moved
from webapp.sync.steps import Create, Delete, Restore, Update

PORTAL = "portal"
"""Who acts, as the audit has it, where no person does."""


class SyncLedger:
    """Keeps one customer of a pass: a commit for each write there, and one for all that is written here.

    What is written here is the provider's; what is written there is the person's whose edit it was.
    """

    def __init__(self, keeper: Keeper, ours: PortalDirectory) -> None:
        self.known = KnownLinks(*keeper.place)
        """The links as they were read last; what others make of them meanwhile stands."""
        self.failures: list[Failure] = []
        self._keeper = keeper
        self._ours = ours

    def allowed(self) -> None:
        """Raise ``LeaseLost`` unless this worker may still act."""
        self._keeper.lease.check()
        self._keeper.tally.count(calls=1)

    def intend(self, intent: Intent, step: Create) -> None:
        """Commit that a contact is about to be created at the provider."""
        self._keeper.tally.count(calls=-1)
        self._keeper.intend(intent, step)

    def intend_change(self, step: Update | Delete, their_id: str) -> None:
        """Commit that a record is about to be updated or deleted there."""
        self._keeper.tally.count(calls=-1)
        self._keeper.intend_change(step, their_id)

    def written(self, written: Written) -> None:
        """Commit one write at the provider: links, history, audit, and that an intent is fulfilled."""
        if _deletes_customer(written):
            self._keeper.ask_if_restored(uuid.UUID(written.done.step.ref.our_id))
        kept = tuple(self.known.carried_over(written.links, written.unlinked))
        self._keeper.written(replace(written, links=kept), self.failures, here={})
        if self.known.moved:
            raise Moved

    def agreed(self, agreed: Agreed) -> None:
        """Commit all that was written here for the customer."""
        self._ours.flush()
        actor = provider_actor(self._keeper.mirror.connection_id)
        kept = self.known.carried_over(agreed.links, agreed.unlinked)
        if self.known.moved:
            db.session.rollback()
            self._ours.forget()
            raise Moved
        self._keeper.keep(kept, agreed.unlinked, agreed.done, agreed.our_id, actor=actor, here={})
        self._keeper.forget_void(self.failures)
        written = (Create, Update, Delete, Restore)
        self._keeper.tally.count(here=sum(isinstance(done.step, written) for done in agreed.done))
        self._keeper.commit()

    def failed(self, failure: Failure) -> None:
        """Note a record that failed."""
        self.failures.append(failure)

    def settle(self) -> None:
        """Drop what was intended and of which nothing came, in the caller's transaction."""
        db.session.rollback()
        self._ours.forget()
        self._keeper.forget_void(self.failures)


def _deletes_customer(written: Written) -> bool:
    return isinstance(written.done.step, Delete) and written.done.step.ref.kind == "customer"


def provider_actor(connection_id: uuid.UUID) -> str:
    """Name the provider of a connection as the history does."""
    return f"provider:{connection_id}"


def author_of(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    kind: Kind,
    our_id: uuid.UUID | None,
    fields: Sequence[str],
) -> Author:
    """Name whose edit of a record here is written there: the person whom the history knows, if it does."""
    entry = history.newest(portal_id, kind, our_id, fields=fields) if our_id else None
    if entry is None or not _is_person(entry.actor):
        return Author(actor=provider_actor(connection_id), auditor=PORTAL)
    return Author(actor=entry.actor, auditor=entry.actor)


def _is_person(actor: str) -> bool:
    try:
        uuid.UUID(actor)
    except ValueError:
        return False
    return True
