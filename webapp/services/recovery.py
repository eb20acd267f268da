"""What became of writes that may have been sent before a crash, found out by asking the provider."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.extensions import db
from webapp.sdk import CustomerDetail
from webapp.services import audit
from webapp.services.leases import Lease
from webapp.services.merge_outcomes import person_name
from webapp.store import history, intents, links
from webapp.store.history import EntryData
from webapp.store.intents import Intent
from webapp.store.run_data import ItemData, RunData
from webapp.sync.link import Record, from_json
from webapp.sync.recover import Adopt, CreateAgain, adopted_link, arrived, recover_create, updated_links


def settle_intents(run: RunData, item: ItemData, lease: Lease, fresh: CustomerDetail) -> None:
    """Settle every open intent of a customer by what was just read of it, and commit that.

    What never arrived is forgotten; what did is linked and told, as its answer would have been; a create of
    which it cannot be told waits for a person.
    """
    settling = _Settling(run, item, fresh)
    rows = intents.open_intents(run.portal_id, run.connection_id, fresh.customer.id)
    for row in rows:
        if intents.is_update(row):
            settling.update(row)
        else:
            settling.create(row)
    if rows:
        intents.forget_updates(run.portal_id, run.connection_id, fresh.customer.id)
        lease.assert_held()
        db.session.commit()


@dataclass(frozen=True, slots=True)
class _Settling:
    run: RunData
    item: ItemData
    fresh: CustomerDetail

    def create(self, row: Intent) -> None:
        """Find out whether a contact was made, and link it if it is beyond doubt."""
        place = (self.run.portal_id, self.run.connection_id)
        intent = intents.as_value(row)
        recovery = recover_create(intent, self.fresh.contacts)
        if isinstance(recovery, CreateAgain):
            intents.forget(*place, row.our_id)
        elif isinstance(recovery, Adopt):
            record = next(each for each in self.fresh.contacts if each.id == recovery.their_id)
            links.keep(*place, [adopted_link(intent, record)], self.run.id)
            intents.fulfil(*place, row.our_id)
            made = EntryData(
                kind="contact",
                record_id=row.our_id,
                customer_id=self.item.our_id or row.our_id,
                action="created_there",
                new=person_name(intent.data),
            )
            self._tell([made], "provider.contact_created", record.id, [])
        else:
            intents.hold(row, recovery.their_ids)

    def update(self, row: Intent) -> None:
        """Find out whether a record was changed; what was of it is agreed on, and told."""
        record = self._record(row)
        changes = arrived(from_json(row.sent), record.data) if record is not None else {}
        if record is None or not changes:
            return
        place = (self.run.portal_id, self.run.connection_id)
        customer_id = self.item.our_id or row.our_id
        linked = links.of_customer_and_contacts(self.run.portal_id, customer_id, self.run.connection_id)
        links.keep(*place, updated_links(map(links.as_value, linked), changes, record), self.run.id)
        kind = "customer" if record is self.fresh.customer else "contact"
        told = [entry for entry in map(history.from_json, row.told) if entry.field in changes]
        self._tell(told, f"provider.{kind}_updated", record.id, sorted(changes))

    def _record(self, row: Intent) -> Record | None:
        every: tuple[Record, ...] = (self.fresh.customer, *self.fresh.contacts)
        return next((each for each in every if each.id == row.their_id), None)

    def _tell(self, told: list[EntryData], action: str, their_id: str, fields: list[str]) -> None:
        actor = str(self.run.started_by or f"provider:{self.run.connection_id}")
        history.add(self.run.portal_id, told, actor=actor, run_id=self.run.id)
        details = {"connection": str(self.run.connection_id), "run": str(self.run.id), "fields": fields}
        auditor = audit.actor_of(self.run.started_by)
        audit.record(self.run.portal_id, auditor, action, their_id, details)
