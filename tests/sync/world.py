"""A portal and a provider in memory, the ledger between them, and a person's way of working with both."""

from collections.abc import Callable
from dataclasses import dataclass, field

from webapp.sdk import Capabilities, ContactData, CustomerData, CustomerDetail, Gone
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.apply import apply
from webapp.sync.ledger import Agreed, Failure, Intent, Outcome, Written
from webapp.sync.link import Link
from webapp.sync.plan import plan_import, plan_sync
from webapp.sync.recover import Adopt, Hold, adopted_link, recover_create
from webapp.sync.steps import Create, Delete, OurCustomer, Plan, TheirCustomer, Update
from webapp.sync.terms import Vet, as_planned

CAPABILITIES = Capabilities(calls_per_minute=60, calls_at_once=5, inactive=True, deletes_customers=True)


class MemoryLedger:
    """Keeps links and intents; a commit keeps what the portal holds by then."""

    def __init__(self, portal: MemoryDirectory) -> None:
        self.links: dict[tuple[str, str], Link] = {}
        self.intents: dict[str, Intent] = {}
        self.held: frozenset[str] = frozenset()
        self.told: list[Written | Agreed | Failure | Intent] = []
        self.asked = 0
        self.before_commit: Callable[[], None] = lambda: None
        self.fence: Callable[[], None] = lambda: None
        self._portal = portal
        self._roll_back = portal.checkpoint()

    def allowed(self) -> None:
        self.asked += 1
        self.fence()

    def intend(self, intent: Intent, step: Create) -> None:
        self.before_commit()
        self.intents[intent.our_id] = intent
        self._commit(intent)

    def intend_change(self, step: Update | Delete, their_id: str) -> None:
        self.before_commit()
        self.commit()

    def written(self, written: Written) -> None:
        self.before_commit()
        if written.intent:
            self.intents.pop(written.intent.our_id)
        self._keep(written.links, written.unlinked)
        self._commit(written)

    def agreed(self, agreed: Agreed) -> None:
        self.before_commit()
        self._keep(agreed.links, agreed.unlinked)
        self._commit(agreed)

    def failed(self, failure: Failure) -> None:
        if failure.intent:
            self.intents.pop(failure.intent.our_id)
        self.told.append(failure)

    def commit(self) -> None:
        """Keep what people did in the portal."""
        self._roll_back = self._portal.checkpoint()

    def crash(self) -> None:
        """Lose what was not committed."""
        self._roll_back()

    def _keep(self, links: tuple[Link, ...], unlinked: tuple[Link, ...]) -> None:
        for link in unlinked:
            self.links.pop((link.kind, link.our_id), None)
        for link in links:
            self.links[link.kind, link.our_id] = link

    def _commit(self, what: Written | Agreed | Intent) -> None:
        self.told.append(what)
        self.commit()


@dataclass
class World:
    """Two directories and what lies between them."""

    ours: MemoryDirectory = field(default_factory=lambda: MemoryDirectory(prefix="our-", keeps_unknown=True))
    theirs: MemoryDirectory = field(default_factory=lambda: MemoryDirectory(prefix="their-"))
    capabilities: Capabilities = CAPABILITIES
    rule: str = "ask"
    vet: Vet = as_planned

    def __post_init__(self) -> None:
        self.ledger = MemoryLedger(self.ours)

    def here(self, name: str, *contacts: ContactData, **more: object) -> str:
        """Make a customer in the portal, as a person would."""
        return self._made(self.ours, name, contacts, more)

    def there(self, name: str, *contacts: ContactData, **more: object) -> str:
        """Make a customer at the provider, as a person would."""
        return self._made(self.theirs, name, contacts, more)

    def edit_here(self, customer_id: str, **changes: object) -> None:
        with self.ours.behind():
            self.ours.update_customer(customer_id, changes)
        self.ledger.commit()

    def edit_there(self, customer_id: str, **changes: object) -> None:
        with self.theirs.behind():
            self.theirs.update_customer(customer_id, changes)

    def read_here(self, customer_id: str) -> CustomerDetail:
        with self.ours.behind():
            return self.ours.customer(customer_id)

    def read_there(self, customer_id: str) -> CustomerDetail:
        with self.theirs.behind():
            return self.theirs.customer(customer_id)

    def our_customer(self, customer_id: str) -> OurCustomer:
        """Return a customer of the portal with its links, from the bin if it lies there."""
        binned = self.ours.binned().get(customer_id)
        detail = binned or self.read_here(customer_id)
        ids = {row.id for row in (*detail.contacts, *self.ours.binned_contacts(customer_id))}
        return OurCustomer(
            customer=detail.customer,
            contacts=detail.contacts,
            link=self.ledger.links.get(("customer", customer_id)),
            contact_links=tuple(
                link
                for (kind, our_id), link in self.ledger.links.items()
                if kind == "contact" and our_id in ids
            ),
            deleted=binned is not None,
            deleted_contacts=self.ours.binned_contacts(customer_id),
            held=self.ledger.held,
        )

    def their_customer(self, ours: OurCustomer) -> TheirCustomer:
        """Return the twin of a customer as the provider tells it when asked for it."""
        try:
            detail = self.read_there(ours.link.their_id)
        except Gone:
            return TheirCustomer(customer=None, gone=True)
        ids = {row.id for row in detail.contacts}
        return TheirCustomer(
            customer=detail.customer,
            contacts=detail.contacts,
            gone_contacts=frozenset(link.their_id for link in ours.contact_links if link.their_id not in ids),
        )

    def contact_links(self) -> tuple[Link, ...]:
        """The links of all contacts."""
        return tuple(link for (kind, _), link in self.ledger.links.items() if kind == "contact")

    def plan_import(self, their_id: str, answer: str = "create", our_id: str | None = None, **more) -> Plan:
        ours = self.our_customer(our_id) if our_id else None
        return plan_import(self.read_there(their_id), ours, answer, vet=self.vet, **more)

    def bring(self, their_id: str, answer: str = "create", our_id: str | None = None, **more) -> Outcome:
        """Import one customer."""
        return self.carry_out(self.plan_import(their_id, answer, our_id, **more))

    def linked(self, name: str, *contacts: ContactData, **more: object) -> tuple[str, str]:
        """Make a customer there and import it; return both ids."""
        their_id = self.there(name, *contacts, **more)
        outcome = self.bring(their_id)
        self.forget_calls()
        return outcome.our_id, their_id

    def plan_sync(self, our_id: str) -> Plan:
        ours = self.our_customer(our_id)
        theirs = self.their_customer(ours)
        return plan_sync(ours, theirs, rule=self.rule, capabilities=self.capabilities, vet=self.vet)

    def sync(self, our_id: str) -> Outcome:
        """Bring one linked customer to agreement, planning again when something moved."""
        self.recover()
        outcome = self.carry_out(self.plan_sync(our_id))
        for _ in range(3):
            if outcome.status not in ("stale", "gone"):
                break
            outcome = self.carry_out(self.plan_sync(our_id))
        return outcome

    def carry_out(self, plan: Plan, *, just_read: bool = False) -> Outcome:
        return apply(plan, self.ours, self.theirs, self.ledger, just_read=just_read)

    def recover(self) -> None:
        """Take up the creates that may have been sent before a crash."""
        for intent in list(self.ledger.intents.values()):
            contacts = self.read_there(intent.their_customer_id).contacts
            found = recover_create(intent, contacts)
            if isinstance(found, Hold):
                self.ledger.held |= {intent.our_id, *found.their_ids}
                continue
            if isinstance(found, Adopt):
                record = next(row for row in contacts if row.id == found.their_id)
                link = adopted_link(intent, record)
                self.ledger.links[link.kind, link.our_id] = link
            del self.ledger.intents[intent.our_id]

    def forget_calls(self) -> None:
        self.ours.calls.clear()
        self.theirs.calls.clear()
        self.ledger.told.clear()

    def _made(self, directory: MemoryDirectory, name: str, contacts, more) -> str:
        with directory.behind():
            customer_id = directory.create_customer(CustomerData(name=name, **more)).id
            for contact in contacts:
                directory.create_contact(customer_id, contact)
        self.ledger.commit()
        return customer_id


def person(first_name: str, email: str = "", **more: object) -> ContactData:
    """A contact with a first name, and an e-mail of it."""
    return ContactData(first_name=first_name, email=email, **more)


def written(directory: MemoryDirectory) -> list[str]:
    """The names of the writing calls made to a directory."""
    return [call.name for call in directory.calls if call.writes]


def first_names(detail: CustomerDetail) -> list[str]:
    """The first names of a customer's contacts, in order."""
    return sorted(contact.data.first_name for contact in detail.contacts)


def primary_name(detail: CustomerDetail) -> str:
    """The first name of the primary contact; there is exactly one."""
    [name] = [contact.data.first_name for contact in detail.contacts if contact.data.primary]
    return name
