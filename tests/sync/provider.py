"""A provider in memory as the machine meets it: its lists tell less and lag, its values lose something."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.sdk import Address, ContactRecord, CustomerDetail, CustomerRecord, Value
from webapp.sdk.testing import MemoryDirectory

LENGTH = 12

NOWHERE = Address()

Versions = dict[str, str | None]


def keeps_there(name: str, value: Value) -> Value:
    """The provider folds e-mails, cuts phones and trims what it answers with; it keeps a website as it is."""
    if not isinstance(value, str) or name == "website":
        return value
    if name == "email":
        return value.lower()
    return value[:LENGTH] if name == "phone" else value.strip()


def keeps_here(name: str, value: Value) -> Value:
    """The portal trims mobiles and writes designations in capitals."""
    if not isinstance(value, str):
        return value
    return {"mobile": value.strip(), "designation": value.upper()}.get(name, value)


def essence(value: object) -> object:
    """Return what two values have in common that only a mapping tells apart."""
    if isinstance(value, str):
        return value.strip().lower()[:LENGTH].strip()
    return "" if value is None or value == NOWHERE else value


@dataclass(frozen=True)
class Row:
    """A customer in a list: when it changed, and what tells one state of it from another."""

    customer: CustomerRecord
    contacts: tuple[ContactRecord, ...]
    moment: int
    versions: Versions


class Provider(MemoryDirectory):
    """A directory whose list of changes goes by a coarse clock, and knows nobody who was added or deleted."""

    def __init__(self) -> None:
        super().__init__(prefix="their-", keeps=keeps_there, detail_only=frozenset({"website"}))
        self.now = 1
        self.polls = 0
        self._modified: dict[str, int] = {}
        self._versions: dict[str, Versions] = {}
        self._past: list[CustomerDetail] = []

    def changed_since(self, moment: int) -> list[Row]:
        """Read the customers changed at a moment or since, the oldest change first: one call."""
        self.polls += 1
        return sorted((row for row in self.rows() if row.moment >= moment), key=lambda row: row.moment)

    def rows(self) -> list[Row]:
        """Return all customers as lists tell them."""
        self._notice()
        with self.behind():
            records = self.census(None).customers
        people = {detail.customer.id: detail.contacts for detail in self.customers()}
        return [Row(row, people[row.id], self._modified[row.id], self._versions[row.id]) for row in records]

    def tick(self) -> None:
        """Let time pass, and keep what was there for lists that lag."""
        self._notice()
        self._past = [*self._past, *self.customers()][-8:]
        self.now += 1

    def long_ago(self, which: int) -> CustomerDetail | None:
        """Return a customer as it was some time ago, for a list that lags."""
        return self._past[which % len(self._past)] if self._past else None

    def _notice(self) -> None:
        """Note which customers changed by now: who was edited counts, who came or went does not."""
        for detail in self.customers():
            their_id = detail.customer.id
            versions = {row.id: row.version for row in (detail.customer, *detail.contacts)}
            known = self._versions.get(their_id, {})
            if any(versions[row] != known[row] for row in versions.keys() & known.keys()) or not known:
                self._modified[their_id] = self.now
            self._versions[their_id] = versions
