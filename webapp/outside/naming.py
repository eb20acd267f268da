"""A directory's custom fields under the names they have in the portal, where no two connections share one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from webapp.sdk import (
    CUSTOM,
    CensusPage,
    ChangePage,
    ContactData,
    ContactPage,
    ContactRecord,
    CustomerData,
    CustomerDetail,
    CustomerRecord,
    CustomField,
    Directory,
    Rejected,
    Value,
)


@dataclass(frozen=True, slots=True)
class Named:
    """A directory that tells of ``fields`` and no other custom ones, each key behind ``scope`` and a dot.

    A value that is not of its field's kind is not told either: what it means there nobody knows.
    """

    directory: Directory
    scope: str
    fields: Mapping[str, CustomField]

    def changed(self, cursor: str | None) -> ChangePage:
        """Read customers changed since ``cursor``."""
        page = self.directory.changed(cursor)
        return replace(page, customers=self._all(page.customers))

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read all customers page by page."""
        page = self.directory.census(cursor, expected=expected)
        return replace(page, customers=self._all(page.customers))

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read all contacts page by page."""
        return self.directory.contact_census(cursor, expected=expected)

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer in full."""
        detail = self.directory.customer(customer_id)
        return replace(detail, customer=self._named(detail.customer))

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer."""
        begin = f"{self.scope}."
        own = {key.removeprefix(begin): value for key, value in data.custom_fields.items()}
        return self._named(self.directory.create_customer(replace(data, custom_fields=own)))

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields of a customer; what a custom one is refused for is told by its name here."""
        begin = f"{CUSTOM}{self.scope}."
        plain = {
            CUSTOM + name.removeprefix(begin) if name.startswith(begin) else name: value
            for name, value in changes.items()
        }
        try:
            return self._named(self.directory.update_customer(customer_id, plain))
        except Rejected as refusal:
            raise self._refusal(refusal) from refusal

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

    def _all(self, customers: Iterable[CustomerRecord]) -> tuple[CustomerRecord, ...]:
        return tuple(map(self._named, customers))

    def _named(self, record: CustomerRecord) -> CustomerRecord:
        told = {
            f"{self.scope}.{key}": value
            for key, value in record.data.custom_fields.items()
            if key in self.fields and value is not None and self.fields[key].fits(value)
        }
        return replace(record, data=replace(record.data, custom_fields=told))

    def _refusal(self, refusal: Rejected) -> Rejected:
        field = refusal.field or ""
        named = f"{CUSTOM}{self.scope}.{field.removeprefix(CUSTOM)}" if field.startswith(CUSTOM) else field
        return Rejected(refusal.reason, field=named)
