"""A batch of items about to be carried out, with everything they need read in few queries."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp.extensions import db
from webapp.sdk import CustomerDetail
from webapp.services import refresh
from webapp.services.leases import Lease
from webapp.store import intents, links, pairs, reviews, run_items
from webapp.store.run_data import ItemData, RunData
from webapp.sync.steps import OurCustomer

ITEMS = 50
CONTACTS_AHEAD = 2_000
"""For so many customers at once unread contacts are asked for, so that the cheapest way is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Items in their order.

    ``moved`` says by position what is not as it was confirmed; ``unread`` customers have contacts that
    could not be read; under ``unsettled`` ones something may have been created before a crash.
    """

    items: Sequence[ItemData]
    theirs: dict[str, CustomerDetail]
    ours: dict[uuid.UUID, OurCustomer]
    linked: dict[str, uuid.UUID | None]
    moved: dict[int, str]
    unread: frozenset[str]
    unsettled: frozenset[str]

    def lets_in(self, item: ItemData) -> bool:
        """Tell whether nothing that is known of a customer there keeps it from coming."""
        kept_out = item.their_id in self.linked or item.their_id in self.unread or item.position in self.moved
        return item.their_id in self.theirs and not kept_out


def make_ready(run: RunData, lease: Lease, *, until: Callable[[], bool]) -> bool:
    """Read what the next items need of the provider; tell whether that is done."""
    waiting = run_items.contacts_unread(run, CONTACTS_AHEAD)
    db.session.rollback()
    if waiting and not refresh.ensure_contacts(lease, waiting, until=until):
        return False
    merging = [item.position for item in run_items.pending(run, ITEMS) if item.action == "merge"]
    details = run_items.details_unread(run, merging) if merging else []
    db.session.rollback()
    return not details or refresh.read_details(lease, details, until=until)


def next_batch(run: RunData) -> Batch:
    """Read the next items with both sides of each."""
    items = run_items.pending(run, ITEMS)
    their_ids = [item.their_id for item in items]
    place = (run.portal_id, run.connection_id)
    found = links.of_customers_there(*place, their_ids)
    merging = [item.our_id for item in items if item.our_id and item.action == "merge"]
    positions = [item.position for item in items if item.begun_at is None]
    batch = Batch(
        items=items,
        theirs=pairs.their_details(*place, their_ids),
        ours=pairs.our_customers(*place, merging) if merging else {},
        linked={their_id: row.our_id for their_id, row in found.items()},
        moved=_moved(run, positions) if positions else {},
        unread=frozenset(run_items.contacts_unread(run, ITEMS)),
        unsettled=frozenset(intents.unsettled(*place, their_ids)) if merging else frozenset(),
    )
    db.session.rollback()
    return batch


def _moved(run: RunData, positions: Sequence[int]) -> dict[int, str]:
    """Tell what moved; where nobody looked, only that a name which was new is here by now."""
    moved = reviews.moved_among(run, positions)
    return {at: why for at, why in moved.items() if not run.unattended or why == "named"}
