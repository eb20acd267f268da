"""What a customer here was before a merge, kept with the item that merged it, and how it is put back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.sdk import ContactRecord, CustomerDetail, Value
from webapp.services.entries import text_of
from webapp.services.merge_outcomes import person_name
from webapp.store import undone
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData
from webapp.sync.link import SYNCED, Data, Fields, Kind, fields_of, from_json, to_json
from webapp.sync.steps import OurCustomer


def snapshot(ours: OurCustomer) -> dict[str, Any]:
    """Return what a customer and its contacts hold, as JSON."""
    return {
        "customer": to_json(fields_of(ours.customer.data)),
        "contacts": {each.id: to_json(fields_of(each.data)) for each in ours.contacts},
    }


@dataclass(slots=True)
class PutBack:
    """Puts a customer back to what a snapshot holds, in the caller's transaction; ``told`` says what moved.

    ``missed`` names contacts of then that are not to be had any more.
    """

    portal_id: uuid.UUID
    customer_id: uuid.UUID
    told: list[EntryData]
    missed: int = 0

    def carry_out(self, kept: Mapping[str, Any]) -> None:
        """Write what differs: fields first, then who is primary, then contacts go that were not there."""
        directory = PortalDirectory(self.portal_id)
        now = directory.customer(str(self.customer_id))
        self._customer(directory, now, _fields("customer", kept["customer"]))
        people = {id_: _fields("contact", each) for id_, each in kept["contacts"].items()}
        self._bring_back(directory, now, people)
        now = directory.customer(str(self.customer_id))
        for each in now.contacts:
            if each.id in people:
                self._contact(directory, each, people[each.id])
        for each in now.contacts:
            if each.id not in people:
                directory.delete_contact(str(self.customer_id), each.id)
                self._tell("contact", each.id, "deleted", old=person_name(each.data))

    def _customer(self, directory: PortalDirectory, now: CustomerDetail, before: Fields) -> None:
        changes = _changes(now.customer.data, before)
        if changes:
            directory.update_customer(str(self.customer_id), changes)
            self._tell_changes("customer", str(self.customer_id), now.customer.data, changes)

    def _bring_back(
        self, directory: PortalDirectory, now: CustomerDetail, people: Mapping[str, Fields]
    ) -> None:
        """Take contacts of then out of the bin."""
        gone = set(people) - {each.id for each in now.contacts}
        found = undone.people_by_id(self.portal_id, self.customer_id, [uuid.UUID(each) for each in gone])
        for each in found:
            directory.restore_contact(str(self.customer_id), str(each.id))
            self._tell("contact", str(each.id), "restored", new=each.name)
        self.missed = len(gone) - len(found)

    def _contact(self, directory: PortalDirectory, now: ContactRecord, before: Fields) -> None:
        changes = _changes(now.data, before)
        if changes.get("primary") is False:
            # Who was primary then takes it over, at their turn.
            del changes["primary"]
        if changes:
            directory.update_contact(str(self.customer_id), now.id, changes)
            self._tell_changes("contact", now.id, now.data, changes)

    def _tell_changes(self, kind: Kind, record_id: str, data: Data, changes: Fields) -> None:
        was = fields_of(data)
        for name, value in changes.items():
            self._tell(kind, record_id, "changed", field=name, old=text_of(was.get(name)), new=text_of(value))

    def _tell(self, kind: Kind, record_id: str, action: str, **said: str | None) -> None:
        self.told.append(
            EntryData(
                kind=kind,
                record_id=uuid.UUID(record_id),
                customer_id=self.customer_id,
                action=action,
                field=said.get("field") or "",
                old=said.get("old"),
                new=said.get("new"),
            )
        )


def _fields(kind: Kind, kept: Mapping[str, Any]) -> dict[str, Value]:
    """Read the fields of a record; what is not kept of it was unknown."""
    return dict.fromkeys(SYNCED[kind]) | from_json(kept)


def _changes(data: Data, before: Fields) -> dict[str, Value]:
    now = fields_of(data)
    return {name: before.get(name) for name in {**now, **before} if now.get(name) != before.get(name)}
