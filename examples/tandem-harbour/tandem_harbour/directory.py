"""The customers of one organization at Harbour, and the one person each of them can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import quote

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

from tandem_harbour.client import Client
from tandem_harbour.mapping import (
    PERSON,
    person_id,
    read_customer,
    read_person,
    write_customer,
    write_person,
)

ONE_PERSON = "Harbour keeps one contact of a customer: change that one, or delete it first."
NAMELESS = "Harbour keeps name, e-mail and phone of a contact: fill one of them in, or delete the contact."


class HarbourDirectory:
    """Keeps the promises of ``webapp.sdk.Directory``."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._books = f"/v2/{quote(client.organization, safe='')}"

    def changed(self, cursor: str | None) -> ChangePage:
        """Read the feed after a position."""
        if cursor is None:
            head = self._client.call("GET", f"{self._books}/feed/head")
            return ChangePage(customers=(), cursor=str(head["position"]), more=False)
        told = self._client.call("GET", f"{self._books}/feed", params={"after": cursor})
        events = told["events"]
        rows = {event["id"]: event["customer"] for event in events}
        return ChangePage(
            customers=tuple(read_customer(row) for row in rows.values() if row),
            deleted=tuple(customer_id for customer_id, row in rows.items() if not row),
            cursor=str(events[-1]["position"]) if events else cursor,
            more=told["more"],
        )

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        """Read all customers; the token of the next page is the cursor."""
        told = self._listing(cursor)
        return CensusPage(customers=tuple(map(read_customer, told["customers"])), cursor=told["next"])

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        """Read all persons: they stand in the list of customers."""
        told = self._listing(cursor)
        persons = tuple(person for row in told["customers"] if (person := read_person(row)))
        return ContactPage(contacts=persons, cursor=told["next"])

    def customer(self, customer_id: str) -> CustomerDetail:
        """Read one customer in full."""
        row = self._row(customer_id)
        person = read_person(row)
        return CustomerDetail(customer=read_customer(row), contacts=(person,) if person else ())

    def create_customer(self, data: CustomerData) -> CustomerRecord:
        """Create a customer."""
        values = {field.name: getattr(data, field.name) for field in fields(data)}
        body = write_customer(values)
        return read_customer(self._client.call("POST", f"{self._books}/customers", json=body))

    def update_customer(self, customer_id: str, changes: Mapping[str, Value]) -> CustomerRecord:
        """Write the named fields."""
        return read_customer(self._replace(self._row(customer_id), write_customer(changes)))

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer, and its person with it."""
        etag = self._row(customer_id)["etag"]
        self._client.call("DELETE", self._path(customer_id), if_match=etag)

    def create_contact(self, customer_id: str, data: ContactData) -> ContactRecord:
        """Fill in the person of a customer that has none."""
        row = self._row(customer_id)
        if read_person(row):
            raise Rejected(ONE_PERSON)
        return self._write_person(row, asdict(data))

    def update_contact(
        self, customer_id: str, contact_id: str, changes: Mapping[str, Value]
    ) -> ContactRecord:
        """Write the named fields; the one person is the primary one, whatever is said of that."""
        return self._write_person(self._row_of_person(customer_id, contact_id), changes)

    def delete_contact(self, customer_id: str, contact_id: str) -> None:
        """Blank the fields of the person."""
        row = self._row_of_person(customer_id, contact_id)
        self._replace(row, dict.fromkeys(PERSON.values(), ""))

    def _listing(self, cursor: str | None) -> Any:
        params = {} if cursor is None else {"after": cursor}
        return self._client.call("GET", f"{self._books}/customers", params=params)

    def _row(self, customer_id: str) -> Any:
        return self._client.call("GET", self._path(customer_id))

    def _row_of_person(self, customer_id: str, contact_id: str) -> Any:
        row = self._row(customer_id)
        if contact_id != person_id(customer_id) or read_person(row) is None:
            raise Gone("Harbour has no such contact any more.")
        return row

    def _write_person(self, row: Mapping[str, Any], changes: Mapping[str, Value]) -> ContactRecord:
        written = write_person(changes)
        if read_person({**row, **written}) is None:
            raise Rejected(NAMELESS, field="first_name")
        person = read_person(self._replace(row, written))
        if person is None:
            raise Gone("Harbour kept nothing of the contact.")
        return person

    def _replace(self, row: Mapping[str, Any], changes: Mapping[str, Any]) -> Any:
        """Write a row whole, on condition that it is still the one that was read."""
        whole = {name: value for name, value in {**row, **changes}.items() if name not in ("id", "etag")}
        return self._client.call("PUT", self._path(row["id"]), json=whole, if_match=row["etag"])

    def _path(self, customer_id: str) -> str:
        return f"{self._books}/customers/{quote(customer_id, safe='')}"
