"""A directory kept in memory: works like a real one, counts its calls, and fails on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from webapp.sdk.directory import CensusPage, ChangePage, ContactPage, CustomerDetail
from webapp.sdk.errors import Gone, HasTransactions, Rejected
from webapp.sdk.records import (
    ContactData,
    ContactRecord,
    CustomerData,
    CustomerRecord,
    Value,
    with_values,
)
from webapp.sdk.shelves import Shelves, blank, changed_once, page_of, values_of


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a directory: the method's name, and the id it was about or blank."""

    name: str
    about: str = ""

    @property
    def writes(self) -> bool:
        """Tell whether it changes anything."""
        return self.name.startswith(("create", "update", "delete", "restore"))


Interruption = Callable[[Call, Literal["before", "after"]], None]
"""Asked before and after each call; what it raises is what the caller sees. After: the effect stays."""


class MemoryDirectory:
    """Customers and contacts in memory.

    ``prefix`` starts its ids. ``unique_names``: two customers cannot share a name. ``detail_only`` are
    customer fields that listings and answers to writes leave out. ``keeps`` says what becomes of a value
    that is written, for directories that lose something; ``keeps_unknown`` that unknown stays unknown, where
    else it becomes blank. ``parents_follow``: an edit of a contact changes its customer too. ``max_lengths``
    is as in ``Capabilities``. Versions are whole numbers as text.

    ``calls`` is what was called; ``interrupt`` may be set to make calls fail; ``transactions`` are the
    ids of customers that cannot be deleted.
    """

    def __init__(
        self,
        *,
        prefix: str = "",
        page_size: int = 200,
        unique_names: bool = False,
        detail_only: frozenset[str] = frozenset(),
        keeps: Callable[[str, Value], Value] = lambda name, value: value,
        keeps_unknown: bool = False,
        parents_follow: bool = False,
        max_lengths: Mapping[str, Mapping[str, int]] | None = None,
    ) -> None:
        self.calls: list[Call] = []
        self.interrupt: Interruption | None = None
        self.transactions: set[str] = set()
        self._prefix = prefix
        self._page_size = page_size
        self._unique_names = unique_names
        self._detail_only = detail_only
        self._keeps = keeps
        self._keeps_unknown = keeps_unknown
        self._parents_follow = parents_follow
        self._max_lengths = max_lengths or {}
        self._quiet = False
        self._shelves = Shelves()

    def changed(self, cursor: str | None) -> ChangePage:
        """Read customers changed since a cursor, oldest change first; without one, the newest."""
        with self._called("changed"):
            state = self._shelves
            newest = sorted(state.customers, key=lambda row: state.changes[row])
            if cursor is None:
                page = newest[-self._page_size :]
                return ChangePage(customers=self._rows(page), cursor=str(state.clock), more=False)
            since = [row for row in newest if state.changes[row] > int(cursor)]
            page = since[: self._page_size]
            more = len(since) > len(page)
            mark = state.changes[page[-1]] if more else state.clock
            return ChangePage(customers=self._rows(page), cursor=str(mark), more=more)

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read all customers, newest first, so that deletions meanwhile hide none."""
        with self._called("census"):
            page, next_cursor = page_of(self._shelves.customers, cursor, self._page_size)
            pages = -(-len(self._shelves.customers) // self._page_size)
            return CensusPage(customers=self._rows(page), cursor=next_cursor, total_pages=pages)

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read all contacts, newest first."""
        with self._called("contact_census"):
            page, next_cursor = page_of(self._shelves.contacts, cursor, self._page_size)
            contacts = tuple(map(self._shelves.contacts.__getitem__, page))
            total = -(-len(self._shelves.contacts) // self._page_size)
            return ContactPage(contacts=contacts, cursor=next_cursor, total_pages=total)

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer in full."""
        with self._called("customer", customer_id):
            return CustomerDetail(
                customer=self._shelves.living_customer(customer_id),
                contacts=self._shelves.contacts_of(customer_id),
            )

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer."""
        with self._called("create_customer"):
            self._check("customer", values_of(data))
            self._check_name(data.name)
            kept = CustomerData(**self._kept(values_of(data)))
            record = CustomerRecord(id=self._new_id(), data=kept, version="1")
            self._shelves.customers[record.id] = record
            self._shelves.touch(record.id)
            return self._row(record)

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields."""
        with self._called("update_customer", customer_id):
            record = self._shelves.living_customer(customer_id)
            self._check("customer", changes)
            if isinstance(name := changes.get("name"), str):
                self._check_name(name, own_id=customer_id)
            data = with_values(record.data, self._kept(changes))
            self._shelves.customers[customer_id] = changed_once(replace(record, data=data))
            self._shelves.touch(customer_id)
            return self._row(self._shelves.customers[customer_id])

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer with its contacts, into a bin."""
        with self._called("delete_customer", customer_id):
            record = self._shelves.living_customer(customer_id)
            if customer_id in self.transactions:
                raise HasTransactions(f"{record.data.name} has transactions.")
            contacts = self._shelves.contacts_of(customer_id)
            for contact in contacts:
                del self._shelves.contacts[contact.id]
            self._shelves.bin[customer_id] = self._shelves.customers.pop(customer_id), contacts

    def create_contact(self, customer_id: str, data: ContactData) -> ContactRecord:
        """Create a contact; the first one becomes primary."""
        with self._called("create_contact", customer_id):
            self._shelves.living_customer(customer_id)
            self._check("contact", values_of(data))
            primary = bool(data.primary) or not self._shelves.contacts_of(customer_id)
            kept = ContactData(**self._kept({**values_of(data), "primary": False}))
            record = ContactRecord(id=self._new_id(), customer_id=customer_id, data=kept, version="1")
            self._shelves.contacts[record.id] = record
            if primary:
                self._shelves.make_primary(customer_id, record.id)
            self._follow(customer_id)
            return self._shelves.contacts[record.id]

    def update_contact(
        self, customer_id: str, contact_id: str, changes: Mapping[str, Value]
    ) -> ContactRecord:
        """Write the named fields; ``primary=True`` takes the mark from the other contacts."""
        with self._called("update_contact", contact_id):
            record = self._shelves.living_contact(customer_id, contact_id)
            self._check("contact", changes)
            if changes.get("primary") is False and record.data.primary:
                raise Rejected("Make another contact the primary one instead.", field="primary")
            data = replace(record.data, **self._kept({**changes, "primary": record.data.primary}))
            self._shelves.contacts[contact_id] = changed_once(replace(record, data=data))
            if changes.get("primary") and not record.data.primary:
                self._shelves.make_primary(customer_id, contact_id)
            self._follow(customer_id)
            return self._shelves.contacts[contact_id]

    def delete_contact(self, customer_id: str, contact_id: str) -> None:
        """Delete a contact, into a bin; if it was primary the oldest left becomes it."""
        with self._called("delete_contact", contact_id):
            record = self._shelves.living_contact(customer_id, contact_id)
            self._shelves.contact_bin[contact_id] = self._shelves.contacts.pop(contact_id)
            left = self._shelves.contacts_of(customer_id)
            if record.data.primary and left:
                self._shelves.make_primary(customer_id, left[0].id)
            self._follow(customer_id)

    def restore_customer(self, customer_id: str) -> CustomerRecord:
        """Take a customer out of the bin, with the contacts that went in along with it."""
        with self._called("restore_customer", customer_id):
            record, contacts = self._shelves.binned_customer(customer_id)
            self._shelves.customers[customer_id] = changed_once(record)
            self._shelves.contacts.update({contact.id: contact for contact in contacts})
            self._shelves.touch(customer_id)
            return self._row(self._shelves.customers[customer_id])

    def restore_contact(self, customer_id: str, contact_id: str) -> ContactRecord:
        """Take a contact out of the bin; it is not primary any more unless it is alone."""
        with self._called("restore_contact", contact_id):
            record = self._shelves.contact_bin.pop(contact_id, None)
            if record is None or record.customer_id not in self._shelves.customers:
                raise Gone("There is no such contact in the bin.")
            alone = not self._shelves.contacts_of(customer_id)
            self._shelves.contacts[contact_id] = changed_once(
                replace(record, data=replace(record.data, primary=alone))
            )
            self._follow(customer_id)
            return self._shelves.contacts[contact_id]

    def merge_customers(self, swallowed: str, survivor: str) -> None:
        """Let one customer take in another with its contacts, as people do at a provider."""
        with self._called("merge_customers", survivor):
            self._shelves.merge(swallowed, survivor)

    def binned(self) -> dict[str, CustomerDetail]:
        """Return the customers in the bin, by id."""
        bin_ = self._shelves.bin.items()
        return {row: CustomerDetail(customer=record, contacts=contacts) for row, (record, contacts) in bin_}

    def binned_contacts(self, customer_id: str) -> tuple[ContactRecord, ...]:
        """Return the contacts of a living customer that are in the bin."""
        return tuple(row for row in self._shelves.contact_bin.values() if row.customer_id == customer_id)

    def customers(self) -> tuple[CustomerDetail, ...]:
        """Return everything there is, without calling anything."""
        return tuple(
            CustomerDetail(customer=row, contacts=self._shelves.contacts_of(row.id))
            for row in self._shelves.customers.values()
        )

    @contextmanager
    def behind(self) -> Iterator[MemoryDirectory]:
        """Use the directory as someone else would: nothing is counted, nothing is interrupted."""
        was, self._quiet = self._quiet, True
        try:
            yield self
        finally:
            self._quiet = was

    def checkpoint(self) -> Callable[[], None]:
        """Remember how everything is; what is returned brings it back, as rolling back a transaction does."""
        kept = self._shelves.copy()

        def roll_back() -> None:
            self._shelves = kept.copy()

        return roll_back

    @contextmanager
    def _called(self, name: str, about: str = "") -> Iterator[None]:
        if self._quiet:
            yield
            return
        call = Call(name, about)
        self.calls.append(call)
        if self.interrupt:
            self.interrupt(call, "before")
        yield
        if self.interrupt:
            self.interrupt(call, "after")

    def _rows(self, ids: list[str]) -> tuple[CustomerRecord, ...]:
        return tuple(self._row(self._shelves.customers[row]) for row in ids)

    def _row(self, record: CustomerRecord) -> CustomerRecord:
        """Return a customer as listings tell it."""
        data = replace(record.data, **cast(Any, dict.fromkeys(self._detail_only)))
        primary = next((row.data for row in self._shelves.contacts_of(record.id) if row.data.primary), None)
        return replace(record, data=data, primary=primary)

    def _new_id(self) -> str:
        return f"{self._prefix}{self._shelves.new_number()}"

    def _follow(self, customer_id: str) -> None:
        if self._parents_follow:
            self._shelves.customers[customer_id] = changed_once(self._shelves.living_customer(customer_id))
        self._shelves.touch(customer_id)

    def _check(self, kind: str, values: Mapping[str, Value]) -> None:
        for name, limit in self._max_lengths.get(kind, {}).items():
            if isinstance(value := values.get(name), str) and len(value) > limit:
                raise Rejected(f"At most {limit} characters.", field=name)

    def _check_name(self, name: str, own_id: str = "") -> None:
        if not name.strip():
            raise Rejected("A customer needs a name.", field="name")
        taken = {row.data.name for row in self._shelves.customers.values() if row.id != own_id}
        if self._unique_names and name in taken:
            raise Rejected(f"There is a customer named {name} already.", field="name")

    def _kept(self, values: Mapping[str, Value]) -> Any:
        """Return values as they are kept."""
        return {name: self._keep(name, value) for name, value in values.items()}

    def _keep(self, name: str, value: Value) -> Value:
        if value is None and (not self._keeps_unknown or isinstance(blank(name), bool)):
            value = blank(name)
        return self._keeps(name, value)
