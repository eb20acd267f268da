"""What became of the machine's writes that may have been sent, found out by a reading of their customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.sync.tables import Sent, Tables
from webapp.sdk import CustomerDetail
from webapp.sync.link import Link
from webapp.sync.recover import (
    Adopt,
    Hold,
    adopted_link,
    arrived,
    ended_links,
    lost,
    recover_create,
    updated_links,
    was_deleted,
)
from webapp.sync.steps import Delete, Update


@dataclass(frozen=True)
class Recovery:
    """Settles all that is open of one customer there; ``reading`` is ``None`` where it is gone."""

    tables: Tables
    their_id: str
    reading: CustomerDetail | None
    links_of: Callable[[str], tuple[Link, ...]]

    def settle(self) -> None:
        """Find out what became of each."""
        for key, sent in list(self.tables.sent.items()):
            if sent.customer_id == self.their_id:
                del self.tables.sent[key]
                if isinstance(sent.step, Delete):
                    self.delete(sent)
                else:
                    self._update(sent, sent.step)
        self.creates()

    def delete(self, sent: Sent) -> None:
        """Take a deletion for ours if its record is gone."""
        kind = sent.step.ref.kind
        moved = {
            row.id
            for their_id, known in self.tables.mirror.items()
            for row in (known.contacts or () if their_id != self.their_id else ())
        }
        people = {link.their_id for link in self.links_of(self.their_id) if link.kind == "contact"}
        if was_deleted(kind, sent.their_id, self.reading, moved & people):
            self.tables.end(ended_links(self.links_of(self.their_id), kind, sent.their_id))
            self.tables.deletions.append(sent.their_id)

    def _update(self, sent: Sent, step: Update) -> None:
        records = (self.reading.customer, *self.reading.contacts) if self.reading else ()
        for record in (row for row in records if row.id == sent.their_id):
            there = arrived(step.changes, record.data)
            self.tables.keep(updated_links(self.links_of(self.their_id), there, record))
            self.tables.losses += lost(step.losses, record)

    def creates(self) -> None:
        """Adopt whom a create made, create them again, or hold them for a person."""
        contacts = self.reading.contacts if self.reading else ()
        for intent in list(self.tables.intents.values()):
            if intent.their_customer_id != self.their_id or intent.our_id in self.tables.held:
                continue
            found = recover_create(intent, contacts)
            if isinstance(found, Hold):
                self.tables.held[intent.our_id] = found.their_ids
                continue
            if isinstance(found, Adopt):
                record = next(row for row in contacts if row.id == found.their_id)
                self.tables.keep((adopted_link(intent, record),))
            del self.tables.intents[intent.our_id]
