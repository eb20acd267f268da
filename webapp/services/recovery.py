"""What became of writes that may have been sent before a crash, found out by asking the provider."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from webapp.sdk import CustomerDetail
from webapp.services.entries import text_of
from webapp.services.keeping import Author, Keeper
from webapp.store import history, intents, links, pairs
from webapp.store.history import EntryData
from webapp.store.intents import Intent
from webapp.sync.link import Record, fields_of, from_json
from webapp.sync.recover import (
    Adopt,
    CreateAgain,
    adopted_link,
    arrived,
    ended_links,
    recover_create,
    updated_links,
    was_deleted,
)


def settle_intents(keeper: Keeper, fresh: CustomerDetail | None) -> None:
    """Settle every open intent of a customer by what was just read of it, and commit that.

    What never arrived is forgotten; what did is linked and told, as its answer would have been; a create of
    which it cannot be told waits for a person. Of a customer that is gone (``None``) only deletions matter.
    """
    rows = intents.open_intents(*keeper.place, keeper.their_id)
    for row in rows:
        if intents.is_delete(row):
            _delete(keeper, fresh, row)
        elif fresh is None:
            intents.forget(*keeper.place, row.our_id)
        elif intents.is_update(row):
            _Settling(keeper, fresh).update(row)
        else:
            _Settling(keeper, fresh).create(row)
    if rows:
        intents.forget_changes(*keeper.place, keeper.their_id)
        keeper.commit()


@dataclass(frozen=True, slots=True)
class _Settling:
    keeper: Keeper
    fresh: CustomerDetail

    def create(self, row: Intent) -> None:
        """Find out whether a contact was made, and link it if it is beyond doubt."""
        place = self.keeper.place
        intent = intents.as_value(row)
        recovery = recover_create(intent, self.fresh.contacts)
        if isinstance(recovery, CreateAgain):
            intents.forget(*place, row.our_id)
        elif isinstance(recovery, Adopt):
            record = next(each for each in self.fresh.contacts if each.id == recovery.their_id)
            links.keep(*place, [adopted_link(intent, record)], self.keeper.run_id)
            intents.fulfil(*place, row.our_id)
            entries = map(history.from_json, row.told)
            told = [entry for entry in entries if not entry.field or record.data.primary]
            given = sorted(name for name, value in fields_of(intent.data).items() if value not in (None, ""))
            self.keeper.tell(told, _author(row), "provider.contact_created", record.id, given)
        else:
            intents.hold(row, recovery.their_ids)

    def update(self, row: Intent) -> None:
        """Find out whether a record was changed; what was of it is agreed on, and told.

        A value that gave way is told of even where something else than was sent has taken its place.
        """
        record = self._record(row)
        if record is None:
            return
        changes = arrived(from_json(row.sent), record.data)
        entries = map(history.from_json, row.told)
        told = [entry for entry in entries if entry.field in changes or _gave_way(entry, record)]
        if not told and not changes:
            return
        portal_id, connection_id = self.keeper.place
        linked = links.of_customer_and_contacts(portal_id, self._customer_id(row), connection_id)
        moved = updated_links(map(links.as_value, linked), changes, record)
        links.keep(*self.keeper.place, moved, self.keeper.run_id)
        action = f"provider.{intents.record_kind(row)}_updated"
        self.keeper.tell(told, _author(row), action, record.id, sorted(changes))

    def _customer_id(self, row: Intent) -> uuid.UUID:
        return uuid.UUID(self.keeper.our_id) if self.keeper.our_id else row.our_id

    def _record(self, row: Intent) -> Record | None:
        every: tuple[Record, ...] = (self.fresh.customer, *self.fresh.contacts)
        return next((each for each in every if each.id == row.their_id), None)


def _delete(keeper: Keeper, fresh: CustomerDetail | None, row: Intent) -> None:
    """Find out whether a record was deleted; where it is gone its links end, and it is told as ours."""
    kind = intents.record_kind(row)
    told = [history.from_json(entry) for entry in row.told]
    customer_id = told[0].customer_id
    portal_id, connection_id = keeper.place
    linked = [*map(links.as_value, links.of_customer_and_contacts(portal_id, customer_id, connection_id))]
    people = {row.their_id, *(link.their_id for link in linked if link.kind == "contact")}
    moved = pairs.taken_in(*keeper.place, row.their_customer_id, people)
    if not was_deleted(kind, row.their_id, fresh, moved):
        return
    if kind == "customer":
        keeper.ask_if_restored(customer_id)
    links.end(*keeper.place, ended_links(linked, kind, row.their_id))
    keeper.tell(told, _author(row), f"provider.{kind}_deleted", row.their_id, [])


def _author(row: Intent) -> Author:
    return Author(actor=row.actor, auditor=row.auditor)


def _gave_way(entry: EntryData, record: Record) -> bool:
    """Tell whether a value that was about to give way stands in a record there no longer."""
    return entry.lost and text_of(fields_of(record.data).get(entry.field)) != entry.old
