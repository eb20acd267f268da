"""A directory: a place that keeps customers and contacts. The portal is one; so is a provider's account.

Reading never changes anything. Writing returns the record as the directory holds it afterwards, which
need not be what was sent. Every method may raise the errors of ``webapp.sdk.errors``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from webapp.sdk.records import ContactData, ContactRecord, CustomerData, CustomerRecord, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Customers that changed. ``cursor`` goes into the next call, now if ``more``, else at the next poll.

    ``deleted`` are ids of customers that the directory says were deleted, where it can tell: a hint to ask
    for them, which may leave some out.
    """

    customers: tuple[CustomerRecord, ...]
    cursor: str
    more: bool
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CensusPage:
    """Some of all customers. ``cursor`` goes into the next call; ``None`` when every customer was told.

    ``total_pages`` is known once the directory knows it, for showing progress.
    """

    customers: tuple[CustomerRecord, ...]
    cursor: str | None
    total_pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPage:
    """Some of all contacts, with ``cursor`` and ``total_pages`` as in ``CensusPage``."""

    contacts: tuple[ContactRecord, ...]
    cursor: str | None
    total_pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetail:
    """One customer read in full, every field known, with all its contacts."""

    customer: CustomerRecord
    contacts: tuple[ContactRecord, ...]


class Directory(Protocol):
    """What every directory can do."""

    def changed(self, cursor: str | None) -> ChangePage:
        """Read customers changed since ``cursor``; none changed since then is missed, some may come twice.

        Without a cursor: read the newest page, and promise that the cursor returned tells everything
        that changes from now on. What is older comes from the census.
        """
        ...

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read all customers page by page. One that lives throughout the reading is told at least once.

        ``expected`` is how many there were last time, a hint that may save calls.
        """
        ...

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read all contacts of all customers, with the promise of ``census``.

        Only called where the features of the account say so (``Account.features``).
        """
        ...

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer in full; raise ``Gone`` if there is none."""
        ...

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer. Raises ``Rejected`` with the field at fault."""
        ...

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields and no others. ``active`` is one of them.

        Custom fields are named by ``CustomField.name``.
        """
        ...

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer with its contacts. Raises ``HasTransactions`` when refused for that."""
        ...

    def create_contact(self, customer_id: str, data: ContactData) -> ContactRecord:
        """Create a contact under a customer; the first one becomes primary."""
        ...

    def update_contact(
        self, customer_id: str, contact_id: str, changes: Mapping[str, Value]
    ) -> ContactRecord:
        """Write the named fields and no others. ``primary=True`` makes it the customer's primary contact."""
        ...

    def delete_contact(self, customer_id: str, contact_id: str) -> None:
        """Delete a contact; raise ``Gone`` if there is none."""
        ...
