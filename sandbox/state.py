"""Everything a running sandbox knows, in one place, behind one lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import RLock

from sandbox.calls import Calls
from sandbox.desk import Desk
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.outage import Outage
from sandbox.records import Contact, Organization
from sandbox.register import Register
from sandbox.sample.filling import Sample, fill
from sandbox.sample.organizations import ORGANIZATIONS
from sandbox.settings import Settings
from sandbox.shapes import contact_detail
from sandbox.tokens import Tokens
from sandbox.webhooks import MOST_AT_ONCE, Webhooks

DEFAULT_CLIENT_ID = "1000.SANDBOX"
DEFAULT_CLIENT_SECRET = "sandbox-secret"
ID_SPACE = 460_000_000_000_000_000
FIRST_ID = ID_SPACE + 1_000_000


class State:
    """The sandbox's memory; whoever reads or changes records holds `lock`."""

    def __init__(
        self,
        sample: Sample | None = None,
        settings: Settings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lock = RLock()
        self.sample = sample or Sample()
        self.settings = self.first_settings = settings or Settings()
        self._clock = clock
        self.advanced = 0.0
        self.tokens = Tokens(self.now, lambda: self.settings)
        self.limits = Limits(self.now, lambda: self.settings)
        self.calls = Calls(self.now)
        self.faults = Faults()
        self.webhooks = Webhooks(self.now)
        self.outage = Outage()
        self.tokens.register(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        self._fill()

    def now(self) -> float:
        """Return the sandbox's time, in seconds since the epoch."""
        return self._clock() + self.advanced

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward."""
        self.advanced += seconds

    def change_settings(self, values: dict[str, object]) -> None:
        """Change some settings; raise ValueError naming what is wrong."""
        with self.lock:
            self.settings = self.settings.changed(values)

    def reset(self, sample: Sample | None = None) -> None:
        """Start over: records, settings, faults, log, counts and clock; clients, tokens, webhooks stay."""
        with self.lock:
            self.sample = sample or self.sample
            self.settings = self.first_settings
            self.advanced = 0.0
            self.faults.clear()
            self.calls.clear()
            self.limits.reset()
            self._fill()

    def organization(self, organization_id: str) -> Organization | None:
        """Find an organization by its id."""
        register = self.registers.get(organization_id)
        return None if register is None else register.organization

    @property
    def organizations(self) -> Iterable[Organization]:
        """Return all organizations, the default one first."""
        return [register.organization for register in self.registers.values()]

    @property
    def default_organization(self) -> Organization:
        """Return the organization meant when none is named."""
        return next(each for each in self.organizations if each.is_default)

    def desk(self, organization_id: str) -> Desk:
        """Return the desk at which an organization's records are edited now."""
        return Desk(self.registers[organization_id], self.settings, int(self.now()), self.reserve_ids)

    def reserve_ids(self, number: int) -> int:
        """Return the first of so many new ids."""
        first = self.next_id
        self.next_id += number
        return first

    def contact(self, organization_id: str, contact_id: str) -> Contact | None:
        """Find a contact."""
        return self.registers[organization_id].contacts.get(contact_id)

    def tell(self, organization_id: str) -> None:
        """Let an organization's webhook know what changed there since the last time."""
        register = self.registers[organization_id]
        for contact_id in register.take_untold()[:MOST_AT_ONCE]:
            contact = register.contacts.get(contact_id)
            if contact is None:
                body, about = {"contact_id": contact_id}, f"{contact_id}, which is gone"
            else:
                body, about = contact_detail(register.organization, contact, "books"), contact.name
            self.webhooks.send(organization_id, about, {"contact": body})

    def _fill(self) -> None:
        self.next_id = FIRST_ID
        self.registers = {each.id: Register(each) for each in ORGANIZATIONS}
        for register in self.registers.values():
            fill(register, self.reserve_ids, self.sample)
            register.take_changed()
            register.take_untold()
