"""A provider's directory without the people who were erased here, so that no reading brings them back."""

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
class WithoutErased:
    """A directory in which certain ``people`` are not told of, nor who is primary of their ``customers``.

    Lists name a customer's primary person without an id, so for these customers nobody is named there.
    """

    directory: Directory
    people: frozenset[str]
    customers: frozenset[str]

    def changed(self, cursor: str | None) -> ChangePage:
        """Read customers changed since ``cursor``."""
        page = self.directory.changed(cursor)
        return replace(page, customers=self._listed(page.customers))

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read all customers page by page."""
        page = self.directory.census(cursor, expected=expected)
        return replace(page, customers=self._listed(page.customers))

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read all contacts page by page."""
        page = self.directory.contact_census(cursor, expected=expected)
        return replace(page, contacts=self._people(page.contacts))

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer in full."""
        detail = self.directory.customer(customer_id)
        return CustomerDetail(
            customer=self._listed((detail.customer,))[0], contacts=self._people(detail.contacts)
        )

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer."""
        return self.directory.create_customer(data)

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields of a customer."""
        return self._listed((self.directory.update_customer(customer_id, changes),))[0]

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

    def _listed(self, customers: Iterable[CustomerRecord]) -> tuple[CustomerRecord, ...]:
        return tuple(replace(each, primary=None) if each.id in self.customers else each for each in customers)

    def _people(self, contacts: Iterable[ContactRecord]) -> tuple[ContactRecord, ...]:
        return tuple(each for each in contacts if each.id not in self.people)
