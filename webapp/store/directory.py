"""The portal's own customers, seen as a Directory: the same door the sync uses for a provider's.

Nothing here commits. New records wait in memory and go to the database together, when ``flush`` is called or
something is read, so that a customer with its contacts costs one statement.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from types import SimpleNamespace as Waiting
from typing import Any, cast

from sqlalchemy import Table

from webapp.extensions import db
from webapp.sdk import (
    CensusPage,
    ChangePage,
    ContactData,
    ContactPage,
    ContactRecord,
    CustomerData,
    CustomerDetail,
    CustomerRecord,
    Gone,
    Rejected,
    Value,
)
from webapp.store import directory_pages as pages
from webapp.store.columns import new_id, now
from webapp.store.customers import (
    Contact,
    Customer,
    contact_values,
    contacts_of,
    customer_values,
    locked_contact,
    locked_customer,
)
from webapp.store.directory_pages import contact_record, customer_record
from webapp.store.found_by import find_anew, found_by
from webapp.store.inserts import Rows, insert_rows
from webapp.sync.link import fields_of, known

CUSTOMERS = cast(Table, Customer.__table__)


class PortalDirectory:
    """One portal as a directory. ``run_id`` marks the customers it creates as that run's.

    A customer that comes without a currency gets ``currency``.
    """

    def __init__(self, portal_id: uuid.UUID, *, run_id: uuid.UUID | None = None, currency: str = "") -> None:
        self._portal_id = portal_id
        self._run_id = run_id
        self._currency = currency
        self._customers: dict[uuid.UUID, dict[str, Any]] = {}
        self._contacts: dict[uuid.UUID, list[dict[str, Any]]] = {}

    def changed(self, cursor: str | None) -> ChangePage:
        """Read customers that changed, or whose contacts did, since ``cursor``."""
        self.flush()
        return pages.changed(self._portal_id, cursor)

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read all customers, oldest first."""
        self.flush()
        return pages.census(self._portal_id, cursor)

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read all contacts of all customers, oldest first."""
        self.flush()
        return pages.contact_census(self._portal_id, cursor)

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer with its contacts; raise ``Gone`` if there is none, or it lies in the bin."""
        self.flush()
        row = self._live_customer(customer_id)
        contacts = contacts_of(self._portal_id, [row.id])
        return CustomerDetail(
            customer=customer_record(row), contacts=tuple(contact_record(each) for each in contacts)
        )

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer."""
        at = now()
        row = {
            "portal_id": self._portal_id,
            "id": new_id(),
            "version": 1,
            "run_id": self._run_id,
            "merged_into": None,
            "currency": data.currency or self._currency,
            "created_at": at,
            "updated_at": at,
            "deleted_at": None,
            "custom_fields": {},
            **customer_values({**fields_of(data), "active": data.active is not False}),
        }
        self._customers[row["id"]] = row
        return customer_record(Waiting(**row))

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields; a write that changes nothing leaves the version as it is."""
        self.flush()
        row = self._live_customer(customer_id)
        values = customer_values(changes)
        if "custom_fields" in values:
            values["custom_fields"] = known({**row.custom_fields, **values["custom_fields"]})
        if _assign(row, values):
            self._touch(row)
            find_anew(row, contacts_of(self._portal_id, [row.id]))
            db.session.flush()
        return customer_record(row)

    def delete_customer(self, customer_id: str) -> None:
        """Put a customer into the bin, its contacts along with it."""
        self.flush()
        row = self._live_customer(customer_id)
        at = now()
        binned: list[Customer | Contact] = [row, *contacts_of(self._portal_id, [row.id])]
        for each in binned:
            self._touch(each, at)
            each.deleted_at = at
        db.session.flush()

    def restore_customer(self, customer_id: str) -> CustomerRecord:
        """Take a customer out of the bin, with the contacts that went in along with it."""
        self.flush()
        row = locked_customer(self._portal_id, _uuid(customer_id))
        if row is None:
            raise Gone("There is no such customer in the portal.")
        if row.deleted_at is not None:
            people = contacts_of(self._portal_id, [row.id], deleted_at=row.deleted_at)
            binned: list[Customer | Contact] = [row, *people]
            for each in binned:
                self._touch(each)
                each.deleted_at = None
            find_anew(row, people)
            db.session.flush()
        return customer_record(row)

    def create_contact(self, customer_id: str, data: ContactData) -> ContactRecord:
        """Create a contact under a customer; the first one becomes primary."""
        parent = _uuid(customer_id)
        fresh = parent in self._customers
        if not fresh:
            parent = self._live_customer(customer_id).id
        siblings = self._siblings(parent, fresh=fresh)
        at = now()
        row = {
            "portal_id": self._portal_id,
            "id": new_id(),
            "customer_id": parent,
            "version": 1,
            "created_at": at,
            "updated_at": at,
            "deleted_at": None,
            **contact_values({**fields_of(data), "primary": data.primary is True or not siblings}),
        }
        if row["primary"] and siblings:
            self._demote(parent, fresh=fresh)
        self._contacts.setdefault(parent, []).append(row)
        return contact_record(Waiting(**row))

    def update_contact(
        self, customer_id: str, contact_id: str, changes: Mapping[str, Value]
    ) -> ContactRecord:
        """Write the named fields; ``primary=True`` makes it the customer's primary contact."""
        self.flush()
        row = self._live_contact(customer_id, contact_id)
        values = contact_values(changes)
        if values.get("primary") is False and row.primary:
            raise Rejected("Make another contact the primary one instead.", field="primary")
        if values.get("primary") and not row.primary:
            self._demote(row.customer_id, fresh=False)
        if _assign(row, values):
            self._touch(row)
            db.session.flush()
            self._research(row.customer_id)
        return contact_record(row)

    def delete_contact(self, customer_id: str, contact_id: str) -> None:
        """Put a contact into the bin; of those left the eldest becomes primary if it was."""
        self.flush()
        row = self._live_contact(customer_id, contact_id)
        self._touch(row)
        row.deleted_at = row.updated_at
        was_primary, row.primary = row.primary, False
        db.session.flush()
        left = contacts_of(self._portal_id, [row.customer_id])
        if was_primary and left:
            left[0].primary = True
            self._touch(left[0])
            db.session.flush()
        self._research(row.customer_id)

    def restore_contact(self, customer_id: str, contact_id: str) -> ContactRecord:
        """Take a contact out of the bin; it is primary only if there is no other contact."""
        self.flush()
        parent = self._live_customer(customer_id)
        row = locked_contact(self._portal_id, parent.id, _uuid(contact_id))
        if row is None:
            raise Gone("There is no such contact in the portal.")
        if row.deleted_at is not None:
            row.primary = not contacts_of(self._portal_id, [parent.id])
            row.deleted_at = None
            self._touch(row)
            db.session.flush()
            self._research(parent.id)
        return contact_record(row)

    def forget(self) -> None:
        """Drop what waits in memory, as a rollback drops what does not."""
        self._customers.clear()
        self._contacts.clear()

    def flush(self) -> None:
        """Write what waits in memory to the database, in the session's transaction."""
        grown = self._contacts.keys() - self._customers.keys()
        insert_rows(self.take())
        for customer_id in grown:
            self._research(customer_id)

    def take(self, *, linked: Collection[str] = ()) -> Rows:
        """Take out what waits in memory, for a statement that writes it together with other things.

        Customers among ``linked`` get a link by that statement. What contacts add to a customer that was
        there before is found only after a ``flush``.
        """
        customers, contacts = self._customers, self._contacts
        self._customers, self._contacts = {}, {}
        for customer_id, row in customers.items():
            row |= found_by(row, contacts.get(customer_id, ()))
            row["linked"] = str(customer_id) in linked
        return {
            Customer: list(customers.values()),
            Contact: [row for each in contacts.values() for row in each],
        }

    @property
    def grows(self) -> bool:
        """Tell whether contacts wait for a customer that was there before."""
        return bool(self._contacts.keys() - self._customers.keys())

    def _siblings(self, parent: uuid.UUID, *, fresh: bool) -> bool:
        if self._contacts.get(parent):
            return True
        return not fresh and bool(contacts_of(self._portal_id, [parent]))

    def _demote(self, parent: uuid.UUID, *, fresh: bool) -> None:
        """Make the present primary contact an ordinary one."""
        for row in self._contacts.get(parent, ()):
            row["primary"] = False
        if fresh:
            return
        for each in contacts_of(self._portal_id, [parent]):
            if each.primary:
                each.primary = False
                self._touch(each)
        db.session.flush()

    def _live_customer(self, customer_id: str) -> Customer:
        row = locked_customer(self._portal_id, _uuid(customer_id))
        if row is None or row.deleted_at is not None:
            raise Gone("There is no such customer in the portal.")
        return row

    def _live_contact(self, customer_id: str, contact_id: str) -> Contact:
        parent = self._live_customer(customer_id)
        row = locked_contact(self._portal_id, parent.id, _uuid(contact_id))
        if row is None or row.deleted_at is not None:
            raise Gone("There is no such contact in the portal.")
        return row

    def _touch(self, row: Customer | Contact, at: datetime | None = None) -> None:
        row.version += 1
        row.updated_at = at or now()

    def _research(self, customer_id: uuid.UUID) -> None:
        """Bring up to date what a customer is found by; its version is its own affair."""
        row = db.session.get_one(Customer, (self._portal_id, customer_id))
        find_anew(row, contacts_of(self._portal_id, [customer_id]))
        db.session.flush()


def _assign(row: Customer | Contact, values: Mapping[str, Any]) -> bool:
    """Set what differs; tell whether anything did."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Gone("There is no such record in the portal.") from None
