"""The records of a directory kept in memory, in order, with a bin and a clock of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from webapp.sdk.errors import Gone
from webapp.sdk.records import Address, ContactData, ContactRecord, CustomerData, CustomerRecord, Value

Row = TypeVar("Row", CustomerRecord, ContactRecord)

_BLANKS: Mapping[str, Value] = {"billing_address": Address(), "active": True, "primary": False}


@dataclass(slots=True)
class Shelves:
    """What a directory holds; ``changes`` says at which tick of ``clock`` a customer changed last."""

    customers: dict[str, CustomerRecord] = field(default_factory=dict)
    contacts: dict[str, ContactRecord] = field(default_factory=dict)
    bin: dict[str, tuple[CustomerRecord, tuple[ContactRecord, ...]]] = field(default_factory=dict)
    contact_bin: dict[str, ContactRecord] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    clock: int = 0
    made: int = 0

    def copy(self) -> Shelves:
        """Return the same records on other shelves."""
        return replace(
            self,
            customers=dict(self.customers),
            contacts=dict(self.contacts),
            bin=dict(self.bin),
            contact_bin=dict(self.contact_bin),
            changes=dict(self.changes),
        )

    def contacts_of(self, customer_id: str) -> tuple[ContactRecord, ...]:
        """Return the contacts of a customer, oldest first."""
        return tuple(row for row in self.contacts.values() if row.customer_id == customer_id)

    def living_customer(self, customer_id: str) -> CustomerRecord:
        """Return a customer, or raise ``Gone``."""
        if customer_id not in self.customers:
            raise Gone("There is no such customer.")
        return self.customers[customer_id]

    def binned_customer(self, customer_id: str) -> tuple[CustomerRecord, tuple[ContactRecord, ...]]:
        """Take a customer and its contacts out of the bin, or raise ``Gone``."""
        if customer_id not in self.bin:
            raise Gone("There is no such customer in the bin.")
        return self.bin.pop(customer_id)

    def living_contact(self, customer_id: str, contact_id: str) -> ContactRecord:
        """Return a contact, or raise ``Gone``."""
        self.living_customer(customer_id)
        record = self.contacts.get(contact_id)
        if record is None or record.customer_id != customer_id:
            raise Gone("There is no such contact.")
        return record

    def new_number(self) -> int:
        """Return the next number for an id."""
        self.made += 1
        return self.made

    def touch(self, customer_id: str) -> None:
        """Put a customer on top of the changes."""
        self.clock += 1
        self.changes[customer_id] = self.clock

    def merge(self, swallowed: str, survivor: str) -> None:
        """Move the contacts of a customer to another one, and take it off; they keep their ids."""
        self.living_customer(survivor)
        del self.customers[self.living_customer(swallowed).id]
        primary = next((row.id for row in self.contacts_of(survivor) if row.data.primary), "")
        moving = self.contacts_of(swallowed)
        for row in moving:
            self.contacts[row.id] = changed_once(replace(row, customer_id=survivor))
        if moving:
            self.make_primary(survivor, primary or moving[0].id)
        self.touch(survivor)

    def make_primary(self, customer_id: str, contact_id: str) -> None:
        """Let one contact of a customer be primary, and no other."""
        for row in self.contacts_of(customer_id):
            primary = row.id == contact_id
            if row.data.primary is not primary:
                self.contacts[row.id] = changed_once(replace(row, data=replace(row.data, primary=primary)))


def page_of(rows: Iterable[str], cursor: str | None, size: int) -> tuple[list[str], str | None]:
    """Page through ids newest first, which hides none while others go; the cursor is the last told."""
    order = sorted(rows, key=_number, reverse=True)
    left = [row for row in order if cursor is None or _number(row) < int(cursor)]
    page = left[:size]
    return page, str(_number(page[-1])) if len(left) > len(page) else None


def changed_once(record: Row) -> Row:
    """Return a record with its next version."""
    return replace(record, version=str(int(record.version or 0) + 1))


def values_of(data: CustomerData | ContactData) -> dict[str, Value]:
    """Return every field of a record's data."""
    return {part.name: getattr(data, part.name) for part in fields(data)}


def blank(name: str) -> Value:
    """Return what an unknown field is kept as."""
    return _BLANKS.get(name, "")


def _number(row: str) -> int:
    """Return the number an id ends with."""
    return int(row[len(row.rstrip("0123456789")) :])
