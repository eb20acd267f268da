"""What became of creates that may have been sent before a crash, found out by asking the provider."""

from __future__ import annotations

from webapp.extensions import db
from webapp.sdk import CustomerDetail
from webapp.services import audit
from webapp.services.leases import Lease
from webapp.store import intents, links
from webapp.store.run_data import RunData
from webapp.sync.recover import Adopt, CreateAgain, adopted_link, recover_create


def settle_intents(run: RunData, lease: Lease, fresh: CustomerDetail) -> None:
    """Settle every open intent of a customer by what was just read of it, and commit that.

    One that never arrived is forgotten, one that did is linked; what cannot be told waits for a person.
    """
    place = (run.portal_id, run.connection_id)
    rows = intents.open_intents(*place, fresh.customer.id)
    for row in rows:
        intent = intents.as_value(row)
        recovery = recover_create(intent, fresh.contacts)
        if isinstance(recovery, CreateAgain):
            intents.forget(*place, row.our_id)
        elif isinstance(recovery, Adopt):
            record = next(each for each in fresh.contacts if each.id == recovery.their_id)
            links.keep(*place, [adopted_link(intent, record)], run.id)
            intents.fulfil(*place, row.our_id)
            actor = str(run.started_by or "command line")
            details = {"connection": str(run.connection_id), "run": str(run.id), "fields": []}
            audit.record(run.portal_id, actor, "provider.contact_created", record.id, details)
        else:
            intents.hold(row, recovery.their_ids)
    if rows:
        lease.assert_held()
        db.session.commit()
