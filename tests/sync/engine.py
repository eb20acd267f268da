"""An engine of the machine: what the service does around ``agree``, in memory and with every device of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tests.sync.provider import Provider, Row
from tests.sync.recovery import Recovery
from tests.sync.tables import MachineLedger, Mirrored, Tables, mirror_reading
from webapp.sdk import Capabilities, CustomerDetail, Directory
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.agree import Agreement, agree, foresee
from webapp.sync.brake import Hit, brakes, hits
from webapp.sync.ledger import Done
from webapp.sync.link import Link
from webapp.sync.merge import Rule
from webapp.sync.normal import email_key, name_key
from webapp.sync.plan import plan_sync
from webapp.sync.steps import OurCustomer, Plan, TheirCustomer

CAPABILITIES = Capabilities(calls_per_minute=60, calls_at_once=5, inactive=True, deletes_customers=True)

FREE_RECORDS = 4
"""How many records may go without a person; few, since the machine has few."""


@dataclass
class Engine:
    """One worker with the lease of a connection; it takes the fence when it begins."""

    tables: Tables
    ours: MemoryDirectory
    theirs: Provider
    rule: Rule = "ask"

    def __post_init__(self) -> None:
        self.tables.fence += 1
        self.fence = self.tables.fence
        self.went: set[Hit] = set()

    def poll(self) -> None:
        """Read what changed at the provider since the mark, and at it, into the mirror."""
        changed = self.theirs.changed_since(self.since())
        self._take(changed)
        mark = max((row.moment for row in changed), default=self.tables.mark)
        if mark != self.tables.mark:
            with self.tables.committing(self.fence):
                self.tables.mark = mark

    def since(self) -> int:
        """Return the moment from which a poll reads: what changed at it too, after the last poll."""
        return self.tables.mark

    def census(self, *, cut: int | None = None) -> None:
        """Read all customers; a list that is cut short tells of none after so many."""
        rows = self.theirs.rows()[:cut]
        self._take(rows)
        self._take_people(rows)
        missing = self.tables.mirror.keys() - {row.customer.id for row in rows}
        with self.tables.committing(self.fence):
            self.tables.censuses += 1
            for their_id in missing:
                if not self.tables.mirror[their_id].gone:
                    self.tables.mirror[their_id] = Mirrored()

    def run(self) -> None:
        """One pass: look at whatever is due, and bring it to agreement as far as it may."""
        plans = {our_id: self._foreseen(our_id) for our_id in self.due()}
        for our_id in plans:
            self._agree(our_id, plans)

    def due(self) -> list[str]:
        """Return the customers of which something changed on either side since they were looked at."""
        tables = self.tables
        sides = MachineSides(self)
        return [
            our_id
            for our_id, their_id in sorted(tables.customers().items())
            if sides.unsettled(their_id)
            or tables.mirror.get(their_id, Mirrored()).unread
            or tables.looked.get(our_id) != self.state(our_id)
        ]

    def directory(self) -> Directory:
        """Return the provider as it is asked and written to."""
        return self.theirs

    def plan(self, ours: OurCustomer, theirs: TheirCustomer) -> Plan:
        """Plan one customer by the terms of the connection."""
        return plan_sync(ours, theirs, rule=self.rule, capabilities=CAPABILITIES)

    def foresee(self, our_id: str) -> Plan | None:
        """Plan one customer by what is known."""
        return foresee(our_id, MachineSides(self), self.plan)

    def _foreseen(self, our_id: str) -> Plan | None:
        """Plan by what is known; what is missing in a list is asked for, since that may come to much."""
        plan = self.foresee(our_id)
        if plan is not None and plan.unconfirmed:
            plan = self._agreement(our_id, lambda plan: False).plan
        return plan

    def _agree(self, our_id: str, plans: dict[str, Plan | None]) -> None:
        state = self.state(our_id)

        def may(plan: Plan) -> bool:
            return self.may(our_id, plan, [row for row in (*plans.values(), plan) if row is not None])

        agreement = self._agreement(our_id, may)
        plans[our_id] = None
        with self.tables.committing(self.fence):
            self.conclude(our_id, agreement, state)

    def _agreement(self, our_id: str, may: Callable[[Plan], bool]) -> Agreement:
        their_id = self.tables.customers().get(our_id, "")
        ledger = MachineLedger(self.tables, self.fence, their_id)
        sides = MachineSides(self)
        agreement = agree(our_id, sides, self.ours, self.directory(), ledger, plan=self.plan, may=may)
        if agreement.status != "waiting":
            ledger.close()
        if our_id not in self.tables.released:
            self.went |= {hit for done in agreement.done for hit in _hits(done)}
        return agreement

    def may(self, our_id: str, plan: Plan, plans: list[Plan]) -> bool:
        """Tell whether the brake lets a plan through, among the others of the pass."""
        held = {hit for customer, hits_ in self.tables.braked.items() if customer != our_id for hit in hits_}
        live = Counter(kind for kind, _ in self.tables.links)
        found = brakes(
            plans, live, earlier=self.went | held, released=self.tables.released, free=FREE_RECORDS
        )
        return our_id in self.tables.released or not any(brake.holds(plan) for brake in found)

    def conclude(self, our_id: str, agreement: Agreement, state: object) -> None:
        """Note what came of a customer that was looked at in a certain state."""
        tables = self.tables
        tables.braked.pop(our_id, None)
        if agreement.status == "held" and agreement.plan:
            tables.braked[our_id] = hits(agreement.plan)
        elif agreement.status == "agreed":
            tables.released.discard(our_id)
        if agreement.plan:
            tables.conflicts[our_id] = agreement.conflicts
            tables.open_items[our_id] = agreement.open_items
        if agreement.status in ("agreed", "held"):
            tables.looked[our_id] = state
        else:
            # What failed is tried again, even if all is as it was when last looked at.
            tables.looked.pop(our_id, None)

    def _take(self, rows: Iterable[Row]) -> None:
        for row in rows:
            known = self.tables.mirror.get(row.customer.id, Mirrored())
            if known.versions != row.versions:
                mirrored = Mirrored(customer=row.customer, listed=row.versions)
                with self.tables.committing(self.fence):
                    self.tables.mirror[row.customer.id] = mirrored

    def _take_people(self, rows: Iterable[Row]) -> None:
        """Take what the list of persons tells of customers that are not linked; the others are read."""
        for row in rows:
            known = self.tables.mirror[row.customer.id]
            if known.contacts is None and row.customer.id not in self.tables.customers().values():
                with self.tables.committing(self.fence):
                    self.tables.mirror[row.customer.id] = replace(known, contacts=row.contacts)

    def state(self, our_id: str) -> object:
        """Return what tells one state of a customer, with its contacts and on both sides, from another."""
        ours = MachineSides(self).ours(our_id)
        if ours is None or ours.link is None:
            return None
        here = (ours.customer, *ours.contacts)
        binned = frozenset(row.id for row in ours.deleted_contacts)
        links = frozenset((row.our_id, row.their_id) for row in ours.contact_links)
        versions = tuple((row.id, row.version) for row in here)
        return versions, ours.deleted, binned, links, ours.held, self.tables.mirror.get(ours.link.their_id)


@dataclass(frozen=True)
class MachineSides:
    """Both sides of one customer, as an engine reads them."""

    engine: Engine

    def ours(self, our_id: str) -> OurCustomer | None:
        tables, portal = self.engine.tables, self.engine.ours
        link = tables.links.get(("customer", our_id))
        if link is None:
            return None
        detail = portal.binned().get(our_id)
        deleted = detail is not None
        if detail is None:
            with portal.behind():
                detail = portal.customer(our_id)
        binned = tuple(row for row in portal.binned_contacts(our_id) if ("contact", row.id) in tables.links)
        ids = {row.id for row in (*detail.contacts, *binned)}
        return OurCustomer(
            customer=detail.customer,
            contacts=detail.contacts,
            link=link,
            contact_links=tuple(row for (kind, our), row in tables.links.items() if our in ids),
            deleted=deleted,
            deleted_contacts=binned,
            held=self._held(link.their_id, ids),
        )

    def theirs(self, ours: OurCustomer) -> TheirCustomer | None:
        their_id = ours.link.their_id if ours.link else ""
        row = self.engine.tables.mirror.get(their_id, Mirrored())
        if row.gone or row.customer is None:
            return TheirCustomer(customer=None, gone=row.gone)
        if row.contacts is None:
            return None
        return TheirCustomer(customer=row.customer, contacts=row.contacts)

    def keep(self, their_id: str, reading: CustomerDetail | None) -> None:
        with self.engine.tables.committing(self.engine.fence):
            mirror_reading(self.engine.tables, their_id, reading)

    def survivors(self, ours: OurCustomer) -> tuple[str, ...] | None:
        """Return who is like it, once a census has told of everybody since it went."""
        tables, their_id = self.engine.tables, ours.link.their_id if ours.link else ""
        if their_id in tables.gone_at and tables.gone_at[their_id] >= tables.censuses:
            return None
        others = {row: known for row, known in tables.mirror.items() if row != their_id and known.customer}
        if any(known.contacts is None for known in others.values()):
            return None
        return tuple(sorted(row for row, known in others.items() if _is_like(ours, known)))

    def unsettled(self, their_id: str) -> bool:
        tables = self.engine.tables
        open_ = [row for row in tables.intents.values() if row.our_id not in tables.held]
        return any(row.their_customer_id == their_id for row in open_) or any(
            row.customer_id == their_id for row in tables.sent.values()
        )

    def settle(self, their_id: str, reading: CustomerDetail | None) -> None:
        with self.engine.tables.committing(self.engine.fence):
            Recovery(self.engine.tables, their_id, reading, self._links_of).settle()

    def _links_of(self, their_id: str) -> tuple[Link, ...]:
        names = {their: our for our, their in self.engine.tables.customers().items()}
        ours = self.ours(names.get(their_id, ""))
        return (*([ours.link] if ours and ours.link else []), *(ours.contact_links if ours else ()))

    def _held(self, their_id: str, our_ids: set[str]) -> frozenset[str]:
        """Return who waits: after an unclear create, or moved there from another customer by a merge."""
        tables = self.engine.tables
        unclear = {row for our_id, found in tables.held.items() for row in (our_id, *found)}
        here = {row.id for row in tables.mirror.get(their_id, Mirrored()).contacts or ()}
        linked = {row.their_id for (kind, our), row in tables.links.items() if our not in our_ids}
        return frozenset(unclear | (here & linked))


def _is_like(ours: OurCustomer, known: Mirrored) -> bool:
    """Tell whether a customer there has the name of one that went, or one of its persons or e-mails."""
    if known.customer is None:
        return False
    people = known.contacts or ()
    ids = {link.their_id for link in ours.contact_links}
    emails = {email_key(row.data.email) for row in ours.contacts} - {""}
    return (
        name_key(known.customer.data.name) == name_key(ours.customer.data.name)
        or any(row.id in ids for row in people)
        or any(email_key(row.data.email) in emails for row in people)
    )


def _hits(done: Done) -> frozenset[Hit]:
    return hits(Plan(our_id=None, their_id="", steps=(done.step,)))
