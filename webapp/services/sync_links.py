"""The links of one customer as a pass knows them, carried over to what people made of them meanwhile.

A pass keeps whole links, read before its calls. While a call lasts a person may unlink the customer, link it
to another one there, or settle a conflict of it: none of that is taken back by what the pass has to keep.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from webapp.store import links
from webapp.sync.link import Link, since_moved
from webapp.sync.steps import OurCustomer


@dataclass(slots=True)
class KnownLinks:
    """What is known of the links of a customer; ``moved`` once somebody ended or moved one of them."""

    portal_id: uuid.UUID
    connection_id: uuid.UUID
    moved: bool = False
    _customer: Link | None = None
    _known: dict[str, Link] = field(default_factory=dict)

    def read(self, ours: OurCustomer | None) -> None:
        """Know them anew, from a reading of the customer here."""
        self.moved = False
        self._customer = ours.link if ours else None
        known = (self._customer, *ours.contact_links) if ours else ()
        self._known = {link.our_id: link for link in known if link is not None}

    def carried_over(self, kept: Iterable[Link], ended: Iterable[Link]) -> list[Link]:
        """Return how links are to be kept, with what moved of them since they were read.

        Locks them until the transaction ends. Those that somebody ended or moved are left out.
        """
        kept = list(kept)
        ids = {link.our_id for link in kept} | ({self._customer.our_id} if self._customer else set())
        rows = links.locked(self.portal_id, self.connection_id, [uuid.UUID(each) for each in ids])
        present = {str(our_id): links.as_value(row) for our_id, row in rows.items()}
        if self._customer is not None and not _stands(self._customer, present):
            self.moved = True
            return []
        carried = [link for each in kept if (link := self._carried(each, present)) is not None]
        self._known |= {link.our_id: link for link in carried}
        self._forget(ended)
        return carried

    def _forget(self, ended: Iterable[Link]) -> None:
        for link in ended:
            if link.kind == "customer":
                self._customer = None
            if (known := self._known.get(link.our_id)) is not None and known.their_id == link.their_id:
                del self._known[link.our_id]

    def _carried(self, link: Link, present: dict[str, Link]) -> Link | None:
        known = self._known.get(link.our_id)
        if known is None:
            return link
        if not _stands(known, present):
            self.moved = True
            return None
        if link.their_id != known.their_id:
            return link
        return since_moved(link, known, present[link.our_id])


def _stands(known: Link, present: dict[str, Link]) -> bool:
    found = present.get(known.our_id)
    return found is not None and found.their_id == known.their_id
