"""What is tried: a provider, and the account to try it on if there is one."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from webapp.budget import Budget, Limits
from webapp.outside import GuardedProvider, OutsideAccount, Wire
from webapp.providers import SANDBOX, Registry
from webapp.sdk import (
    ContactData,
    ContactRecord,
    CustomerData,
    CustomerRecord,
    Directory,
    Gone,
    Provider,
)
from webapp.services.credentials import HeldCredentials
from webapp.workshop.patience import SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is asked for: which plugin, on which account, and whether anything may be written there.

    Without ``credentials`` no account is tried. A blank ``organization`` is the only one they open.
    ``patience`` is how many seconds one test may take.
    """

    plugin: str
    region: str = ""
    organization: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    sandbox_url: str = ""
    patience: float = SECONDS


class Subject:
    """A provider as the portal sees it, and one account of it, called no faster than it allows.

    ``rest`` is how many seconds lie between two writes that are to get different versions.
    """

    def __init__(self, trial: Trial) -> None:
        registry = Registry.load(sandbox_url=trial.sandbox_url or None)
        self.provider: Provider = registry.get(trial.plugin)
        self.guarded = GuardedProvider(self.provider)
        self.region = registry.region(self.provider, trial.region or registry.regions(self.provider)[0].key)
        self.organization = trial.organization
        self.kept = HeldCredentials(trial.credentials)
        self._wire = Wire(registry.allowed_origins(self.provider, self.region.key))
        practice = self.region.key == SANDBOX
        self.rest = 0.0 if practice else 1.1
        self._pause = 0.0 if practice else 60 / self.provider.capabilities.calls_per_minute
        self._features: dict[str, bool] = {}

    def account(self) -> OutsideAccount:
        """Return the account as the portal would give it to the plugin."""
        return OutsideAccount(
            region=self.region,
            credentials=self.kept,
            # Without a key nothing is counted, so the budget is never asked.
            budget=Budget.at("redis://127.0.0.1/0"),
            limits=Limits.of(self.provider.capabilities, setting=1, sandbox=True, calls_per_day=None),
            wire=self._wire,
            provider=self.provider.name,
            organization=self.organization,
            features=self._features,
            before_call=lambda: time.sleep(self._pause),
        )

    def connect(self) -> str:
        """Settle on the organization, and find its features; return its name. Raises ``LookupError``."""
        found = [one for one in self.guarded.organizations(self.account()) if one.active]
        meant = [one for one in found if self.organization in ("", one.id)]
        if len(meant) != 1:
            names = ", ".join(f"{one.name} ({one.id})" for one in found) or "none"
            raise LookupError(f"Name one organization with --organization; these credentials open: {names}.")
        self.organization = meant[0].id
        self._features = dict(self.guarded.probe(self.account()))
        return meant[0].name

    def features(self) -> Mapping[str, bool]:
        """Return what the account can do."""
        return self._features

    def directory(self) -> Directory:
        """Return the account's directory, behind the border."""
        return self.guarded.open(self.account())


class Tidy:
    """A directory that takes off again what was made through it, and never anything else."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._made: list[str] = []
        self.changed = directory.changed
        self.census = directory.census
        self.contact_census = directory.contact_census
        self.customer = directory.customer
        self.update_customer = directory.update_customer
        self.delete_customer = directory.delete_customer
        self.update_contact = directory.update_contact
        self.delete_contact = directory.delete_contact

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer, and remember it."""
        record = self._directory.create_customer(data)
        self._made.append(record.id)
        return record

    def create_contact(self, customer_id: str, data: ContactData) -> ContactRecord:
        """Create a contact; it goes with its customer."""
        return self._directory.create_contact(customer_id, data)

    def tidy_up(self) -> None:
        """Delete the customers made here that are still there."""
        for customer_id in self._made:
            try:
                self._directory.delete_customer(customer_id)
            except Gone:
                continue


def traits_of(contract: object, names: Collection[str]) -> dict[str, object]:
    """Return what the author of a plugin said of its directory in a contract's class."""
    return {name: getattr(contract, name) for name in names if hasattr(contract, name)}
