"""Tandem's words and Harbour's for the same things: a customer there is one flat row, its person included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.sdk import Address, ContactData, ContactRecord, CustomerData, CustomerRecord, Value

CUSTOMER = {"name": "name", "company_name": "legal_name"}
PERSON = {
    "first_name": "contact_given_name",
    "last_name": "contact_family_name",
    "email": "email",
    "phone": "phone",
}
ADDRESS = {
    "attention": "address_for_attention_of",
    "street": "address_line_1",
    "street2": "address_line_2",
    "city": "address_town",
    "state": "address_county",
    "postal_code": "address_postcode",
    "country": "address_country",
}


def read_customer(row: Mapping[str, Any]) -> CustomerRecord:
    """Read a customer; its etag is its version."""
    person = read_person(row)
    return CustomerRecord(
        id=row["id"],
        version=row["etag"],
        data=CustomerData(
            **_read(CUSTOMER, row),
            billing_address=Address(**_read(ADDRESS, row)),
            active=not row["archived"],
            currency=row["currency"],
        ),
        primary=person.data if person else None,
    )


def read_person(row: Mapping[str, Any]) -> ContactRecord | None:
    """Read the person of a customer: there is one where any of its fields is filled."""
    known = _read(PERSON, row)
    if not any(known.values()):
        return None
    data = ContactData(**known, primary=True)
    return ContactRecord(id=person_id(row["id"]), customer_id=row["id"], data=data)


def person_id(customer_id: str) -> str:
    """Return the id of the one person a customer can have."""
    return f"{customer_id}-person"


def write_customer(changes: Mapping[str, Value]) -> dict[str, Any]:
    """Write fields of a customer in their words; what is unknown is left out."""
    told = _write(CUSTOMER, changes)
    address = changes.get("billing_address")
    if isinstance(address, Address):
        told |= {theirs: getattr(address, ours) for ours, theirs in ADDRESS.items()}
    if changes.get("active") is not None:
        told["archived"] = not changes["active"]
    if changes.get("currency"):
        told["currency"] = changes["currency"]
    return told


def write_person(changes: Mapping[str, Value]) -> dict[str, Any]:
    """Write fields of a person in their words; what Harbour does not keep is left out."""
    return _write(PERSON, changes)


def our_field(theirs: str) -> str:
    """Return our name of a field of theirs, blank if there is none."""
    if theirs in ADDRESS.values():
        return "billing_address"
    return {value: key for key, value in (CUSTOMER | PERSON).items()}.get(theirs, "")


def _read(names: Mapping[str, str], row: Mapping[str, Any]) -> dict[str, Any]:
    return {ours: row[theirs] for ours, theirs in names.items()}


def _write(names: Mapping[str, str], values: Mapping[str, Value]) -> dict[str, Any]:
    return {theirs: values[ours] for ours, theirs in names.items() if values.get(ours) is not None}
