"""A sandbox of Zoho with an account connected to it, and the hand of someone at Zoho."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import requests

from plugins.books.provider import BOOKS
from plugins.zoho.client import Client
from plugins.zoho.directory import ZohoDirectory
from plugins.zoho.product import Product
from sandbox.hand_edits import carry_out
from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.settings import Settings
from sandbox.state import State
from tests.plugins.account import HttpAccount
from webapp.sdk import CensusPage, ContactPage, ContactRecord, CustomerRecord, Region


class World:
    """Zoho as far as a test of one product needs it; a context manager."""

    def __init__(
        self,
        product: Product = BOOKS,
        customers: int = 12,
        contacts: float = 2.5,
        seed: int = 1,
        **settings: Any,
    ) -> None:
        self.product = product
        sample = Sample(seed=seed, customers=customers, contacts_per_customer=contacts)
        self.server = SandboxServer(State(sample, Settings(**settings)))

    def __enter__(self) -> World:
        self.server.start()
        self.token = self.control("token", {"scope": self.product.scopes})
        self.account = self.connected()
        self.directory = ZohoDirectory(Client(self.product, self.account))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()

    @property
    def region(self) -> Region:
        return Region(
            key="sandbox",
            label="Sandbox",
            endpoints={"accounts": self.server.url, "api": self.server.url},
        )

    def connected(self, *credentials: str, **token: str) -> HttpAccount:
        """Return an account that holds what a person's consent brought, and no access token yet."""
        given = {**self.token, **token}
        wanted = credentials or ("client_id", "client_secret", "refresh_token")
        return HttpAccount(
            self.region,
            {name: given[name] for name in wanted},
            organization=given["organization_id"],
            features={"contact_census": True},
        )

    def control(self, what: str, order: dict[str, Any]) -> Any:
        """Ask the control side."""
        answer = requests.post(f"{self.server.url}/_sandbox/{what}", json=order, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def edit(self, action: str, **order: Any) -> Any:
        """Change records as someone at Zoho would; return the contact afterwards."""
        return carry_out(self.server.state, {"action": action, **order})["contact"]

    def fault(self, **fault: Any) -> None:
        """Let calls to come go wrong."""
        self.control("faults", fault)

    def contacts(self, contact_type: str = "customer") -> list[dict[str, Any]]:
        """Return the contacts kept at Zoho, as the control side shows them."""
        url = f"{self.server.url}/_sandbox/state?organization={self.account.organization}"
        (shown,) = requests.get(url, timeout=10).json()["organizations"]
        return [contact for contact in shown["contacts"] if contact["contact_type"] == contact_type]

    def ids(self) -> dict[str, set[str]]:
        """Return the ids of the customers kept at Zoho, each with those of its people."""
        kept = self.server.state.registers[self.account.organization].contacts.values()
        return {each.id: {one.id for one in each.persons} for each in kept if each.contact_type == "customer"}

    def log(self) -> list[dict[str, Any]]:
        """Return the calls made so far."""
        found: list[dict[str, Any]] = requests.get(f"{self.server.url}/_sandbox/log", timeout=10).json()
        return found

    def api_calls(self) -> list[str]:
        """Return the calls made to the API so far, as method and path."""
        calls, api = [(call["method"], call["path"]) for call in self.log()], self.product.path
        return [f"{method} {path.removeprefix(api)}" for method, path in calls if path.startswith(api)]

    def clear_log(self) -> None:
        """Forget the calls made so far."""
        self.control("log/clear", {})


def customer_pages(directory: ZohoDirectory, expected: int | None = None) -> Iterator[CensusPage]:
    """Read a census, page by page."""
    page = directory.census(None, expected=expected)
    yield page
    while page.cursor is not None:
        page = directory.census(page.cursor)
        yield page


def contact_pages(directory: ZohoDirectory, expected: int | None = None) -> Iterator[ContactPage]:
    """Read a census of contacts, page by page."""
    page = directory.contact_census(None, expected=expected)
    yield page
    while page.cursor is not None:
        page = directory.contact_census(page.cursor)
        yield page


def all_customers(directory: ZohoDirectory, expected: int | None = None) -> dict[str, CustomerRecord]:
    """Read a whole census."""
    return {record.id: record for page in customer_pages(directory, expected) for record in page.customers}


def all_contacts(directory: ZohoDirectory) -> dict[str, ContactRecord]:
    """Read a whole census of contacts."""
    return {record.id: record for page in contact_pages(directory) for record in page.contacts}


def named(directory: ZohoDirectory, name: str) -> CustomerRecord:
    """Find a customer by its name."""
    return next(record for record in all_customers(directory).values() if record.data.name == name)
