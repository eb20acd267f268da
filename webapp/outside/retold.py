"""A directory retold: every call goes on to another one, for those who change some of what is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from webapp.sdk import (
    CensusPage,
    ChangePage,
    ContactData,
    ContactPage,
    ContactRecord,
    CustomerData,
    CustomerDetail,
    CustomerRecord,
    Directory,
    Value,
)


@dataclass(frozen=True, slots=True)
class Retold:
    """Another ``directory``, word for word; whoever inherits overrides what they say otherwise.

    All customers that are told, by readings and by writes, pass ``customer_told``; all contacts that
    readings tell pass ``contacts_told``.
    """

    directory: Directory

    def customer_told(self, record: CustomerRecord) -> CustomerRecord:
        """Return a customer as it is told here."""
        return record

    def contacts_told(self, contacts: tuple[ContactRecord, ...]) -> tuple[ContactRecord, ...]:
        """Return those of some contacts who are told here."""
        return contacts

    def changed(self, cursor: str | None) -> ChangePage:
        """Read customers changed since ``cursor``."""
        page = self.directory.changed(cursor)
        return replace(page, customers=self._customers(page.customers))

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read all customers page by page."""
        page = self.directory.census(cursor, expected=expected)
        return replace(page, customers=self._customers(page.customers))

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read all contacts page by page."""
        page = self.directory.contact_census(cursor, expected=expected)
        return replace(page, contacts=self.contacts_told(page.contacts))

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer in full."""
        detail = self.directory.customer(customer_id)
        return replace(
            detail,
            customer=self.customer_told(detail.customer),
            contacts=self.contacts_told(detail.contacts),
        )

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer."""
        return self.customer_told(self.directory.create_customer(data))

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields of a customer."""
        return self.customer_told(self.directory.update_customer(customer_id, changes))

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer."""
        self.directory.delete_customer(customer_id)

    def create_contact(self, customer_id: str, data: ContactData) -> ContactRecord:
        """Create a contact."""
        return self.directory.create_contact(customer_id, data)

    def update_contact(
        self, customer_id: str, contact_id: str, changes: Mapping[str, Value]
    ) -> ContactRecord:
        """Write the named fields of a contact."""
        return self.directory.update_contact(customer_id, contact_id, changes)

    def delete_contact(self, customer_id: str, contact_id: str) -> None:
        """Delete a contact."""
        self.directory.delete_contact(customer_id, contact_id)

    def _customers(self, records: Iterable[CustomerRecord]) -> tuple[CustomerRecord, ...]:
        return tuple(map(self.customer_told, records))
