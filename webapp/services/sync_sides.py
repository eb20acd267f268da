"""Both sides of linked customers as the tables have them, and what a sync learns of them kept there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace

from webapp.extensions import db
from webapp.sdk import CustomerDetail
from webapp.services.keeping import Keeper
from webapp.services.leases import Lease
from webapp.services.recovery import settle_intents
from webapp.store import intents, pairs, survivors
from webapp.store import mirror as mirrors
from webapp.store.mirror import Mirror
from webapp.store.mirror_pages import keep_detail
from webapp.sync.shared import told_no_more
from webapp.sync.steps import OurCustomer, TheirCustomer


@dataclass(slots=True)
class DatabaseSides:
    """The sides of one connection's customers; each reading ends the session's transaction.

    ``shared`` are the custom fields that count. Without a lease, as for a preview, nothing can be kept.
    ``read`` hears what a customer here was read as.
    """

    mirror: Mirror
    shared: Container[str]
    lease: Lease | None = None
    keeper_for: Callable[[str], Keeper] | None = None
    read: Callable[[OurCustomer | None], None] = lambda ours: None
    _ours: dict[str, OurCustomer] = field(default_factory=dict)
    _theirs: dict[str, TheirCustomer] = field(default_factory=dict)

    def read_ahead(self, our_ids: Sequence[uuid.UUID]) -> frozenset[str]:
        """Read many customers in few queries, to be planned from once each.

        Return the ids of those there to which something may have been written before a crash.
        """
        self._ours = {each.customer.id: each for each in self._linked(our_ids)}
        their_ids = [_their_id(each) for each in self._ours.values()]
        self._theirs = pairs.their_customers(*self._place, their_ids)
        unsettled = frozenset(intents.unsettled(*self._place, their_ids))
        db.session.rollback()
        return unsettled

    def ours(self, our_id: str) -> OurCustomer | None:
        """Return a customer here, from the bin if it lies there; ``None`` without a link."""
        if our_id in self._ours:
            return self._ours.pop(our_id)
        db.session.rollback()
        found = next(self._linked([uuid.UUID(our_id)]), None)
        db.session.rollback()
        self.read(found)
        return found

    def theirs(self, ours: OurCustomer) -> TheirCustomer | None:
        """Return its twin out of the mirror; ``None`` when that is too little to go by.

        So it is when its contacts were not read since it changed, or when a list leaves out a custom field.
        """
        their_id = _their_id(ours)
        if their_id in self._theirs:
            found = self._theirs.pop(their_id)
            return None if self._is_too_little(ours, found) else _as_mirrored(ours, found)
        read = pairs.their_customers(*self._place, [their_id]).get(their_id)
        db.session.rollback()
        return None if read is None or self._is_too_little(ours, read) else read

    def keep(self, their_id: str, reading: CustomerDetail | None) -> None:
        """Put into the mirror what the provider just told of a customer; ``None``: that it is gone."""
        if reading is None:
            mirrors.mark_gone(self.mirror, their_id)
        else:
            keep_detail(self.mirror, reading)
        self._held().assert_held()
        db.session.commit()

    def survivors(self, ours: OurCustomer) -> tuple[str, ...] | None:
        """Return the live customers there that may have taken its twin in; ``None``: look again later."""
        reading = survivors.reading_under_way(*self._place)
        found = survivors.survivors(*self._place, ours)
        db.session.rollback()
        return found or (None if reading else ())

    def unsettled(self, their_id: str) -> bool:
        """Tell whether something may have been written to a customer there before a crash."""
        found = intents.unsettled(*self._place, [their_id])
        db.session.rollback()
        return bool(found)

    def settle(self, their_id: str, reading: CustomerDetail | None) -> None:
        """Find out by a reading what became of that, and commit it."""
        if self.keeper_for is None:
            raise RuntimeError("Nothing is settled without a lease.")
        settle_intents(self.keeper_for(their_id), reading)

    def _linked(self, our_ids: Sequence[uuid.UUID]) -> Iterator[OurCustomer]:
        """Read those that are linked; people whom a merge there brought in from another one are held."""
        found = pairs.our_customers(*self._place, our_ids, binned=True).values()
        linked = [each for each in found if each.link is not None]
        moved = pairs.moved_there(*self._place, [_their_id(each) for each in linked])
        for each in linked:
            yield replace(each, held=each.held | moved.get(_their_id(each), frozenset()))

    def _is_too_little(self, ours: OurCustomer, theirs: TheirCustomer) -> bool:
        """Tell whether only the provider itself can say if a custom field was cleared there."""
        if theirs.in_full or theirs.customer is None or ours.link is None:
            return False
        return told_no_more(theirs.customer, ours.link, self.shared)

    @property
    def _place(self) -> tuple[uuid.UUID, uuid.UUID]:
        return self.mirror.portal_id, self.mirror.connection_id

    def _held(self) -> Lease:
        if self.lease is None:
            raise RuntimeError("Nothing is kept without a lease.")
        return self.lease


def _their_id(ours: OurCustomer) -> str:
    return ours.link.their_id if ours.link else ""


def _as_mirrored(ours: OurCustomer, theirs: TheirCustomer) -> TheirCustomer:
    """Take linked contacts the mirror no longer has for gone: right enough for a plan to be counted."""
    there = {contact.id for contact in theirs.contacts}
    absent = frozenset(link.their_id for link in ours.contact_links if link.their_id not in there)
    return theirs if theirs.gone else replace(theirs, gone_contacts=absent)
