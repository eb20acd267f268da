"""Zoho's shapes as our records: a list's rows, a contact in full, contact persons.

A key that is absent or null, or holds another type than Zoho's, is *unknown* (``None``); ``""`` is blank.
What is neither in ``CUSTOMER_FIELDS`` and ``CONTACT_FIELDS`` nor a custom field has no counterpart and is
never touched: notes, payment terms, tags, shipping and further addresses, social accounts, portal access,
and of the billing address its phone, fax, county, codes and position.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from webapp.sdk import (
    Address,
    ContactData,
    ContactRecord,
    CustomerData,
    CustomerDetail,
    CustomerRecord,
    Value,
)

Shape = Mapping[str, Any]
Own = Callable[[Shape], Mapping[str, Value]]
"""Reads the custom fields of a contact."""

ADDRESS_KEYS: Mapping[str, str] = {
    "attention": "attention",
    "street": "address",
    "street2": "street2",
    "city": "city",
    "state": "state",
    "postal_code": "zip",
    "country": "country",
}
PERSON_KEYS = (
    "salutation",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "designation",
    "department",
)

# Known to rows and details alike, so that both give an unchanged customer the same version.
_VERSION_KEYS = (
    "contact_name",
    "company_name",
    "website",
    "status",
    "currency_code",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
)


class Misshapen(ValueError):
    """An answer lacks what cannot be done without; the text says what."""


def nothing_own(_: Shape) -> Mapping[str, Value]:
    """Read no custom fields."""
    return {}


def customer(shape: Shape, own: Own = nothing_own) -> CustomerRecord:
    """Map a list's row or a contact in full; a row knows no address and no transactions."""
    if (name := text(shape, "contact_name")) is None:
        raise Misshapen("a contact without a name")
    return CustomerRecord(
        id=identity(shape, "contact_id"),
        data=CustomerData(
            name=name,
            company_name=text(shape, "company_name"),
            website=text(shape, "website"),
            billing_address=_address(shape.get("billing_address")),
            active=_active(shape),
            currency=text(shape, "currency_code"),
            custom_fields=own(shape),
        ),
        version=_customer_version(shape),
        created_at=instant(shape, "created_time"),
        modified_at=instant(shape, "last_modified_time"),
        primary=_primary(shape),
        has_transactions=_flag(shape, "has_transaction"),
    )


def customers(rows: Iterable[Shape], own: Own = nothing_own) -> tuple[CustomerRecord, ...]:
    """Map a page of rows, each customer once and no vendors."""
    records = {record.id: record for record in (customer(row, own) for row in rows if not vendor(row))}
    return tuple(records.values())


def detail(body: Shape, own: Own = nothing_own) -> CustomerDetail | None:
    """Map an answer that holds a contact in full with its persons; ``None`` for a vendor."""
    shape = _node(body, "contact")
    people = shape.get("contact_persons")
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise Misshapen("a contact without a list of its persons")
    record = customer(shape, own)
    contacts = tuple(contact(person, record.id) for person in people)
    return None if vendor(shape) else CustomerDetail(customer=record, contacts=contacts)


def written_customer(body: Shape, own: Own = nothing_own) -> CustomerRecord:
    """Map the answer to a write of a contact, which holds it in full."""
    return customer(_node(body, "contact"), own)


def billing_address(body: Shape) -> object:
    """Return the billing address of a contact in full as Zoho holds it."""
    return _node(body, "contact").get("billing_address")


def contact(shape: Shape, customer_id: str | None = None) -> ContactRecord:
    """Map a contact person of a list or of a contact in full."""
    data = ContactData(
        **{key: text(shape, key) for key in PERSON_KEYS},
        primary=_flag(shape, "is_primary_contact"),
    )
    return ContactRecord(
        id=identity(shape, "contact_person_id"),
        customer_id=customer_id or identity(shape, "contact_id"),
        data=data,
        version=_contact_version(data),
    )


def written_contact(body: Shape, customer_id: str) -> ContactRecord:
    """Map an answer that holds one contact person; the docs show a list of it, live it stands alone."""
    shape = body.get("contact_person")
    alone = shape[0] if isinstance(shape, list) and len(shape) == 1 else shape
    return contact(_node({"contact_person": alone}, "contact_person"), customer_id)


def as_primary(record: ContactRecord) -> ContactRecord:
    """Return a contact as it is once marked primary, which Zoho's answer to that does not show."""
    data = replace(record.data, primary=True)
    return replace(record, data=data, version=_contact_version(data))


def currency_ids(body: Shape) -> Mapping[str, str]:
    """Map an answer that lists currencies: their ids by ISO code."""
    rows = body.get("currencies")
    if not isinstance(rows, list):
        raise Misshapen("an answer without currencies")
    return {
        text(row, "currency_code") or "": identity(row, "currency_id")
        for row in rows
        if isinstance(row, dict)
    }


def contacts(rows: Iterable[Shape]) -> tuple[ContactRecord, ...]:
    """Map a page of the list of all persons, each once; it does not tell those of vendors apart."""
    records = {record.id: record for record in map(contact, rows)}
    return tuple(records.values())


def vendor(shape: Shape) -> bool:
    """Tell whether a contact is a vendor, which no customer is."""
    return text(shape, "contact_type") == "vendor"


def identity(shape: Shape, key: str) -> str:
    """Return an id as text, whether Zoho sent text or a number."""
    if not (value := text(shape, key)):
        raise Misshapen(f"a record without {key}")
    return value


def text(shape: Shape, key: str) -> str | None:
    """Return a text as it is, a number as text, and ``None`` for what is not known."""
    value = shape.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def instant(shape: Shape, key: str) -> datetime | None:
    """Return a time in UTC; ``None`` for one that is missing or tells no offset."""
    try:
        time = datetime.fromisoformat(text(shape, key) or "")
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _address(shape: object) -> Address | None:
    if not isinstance(shape, dict):
        return None
    parts = {field: text(shape, key) for field, key in ADDRESS_KEYS.items()}
    known = {field: part for field, part in parts.items() if part is not None}
    # A part that was not sent is not blank, and an address cannot be known by halves.
    return Address(**known) if len(known) == len(parts) else None


def _active(shape: Shape) -> bool | None:
    return {"active": True, "inactive": False}.get((text(shape, "status") or "").lower())


def _primary(shape: Shape) -> ContactData | None:
    told = {key: text(shape, key) for key in ("first_name", "last_name", "email", "phone", "mobile")}
    return ContactData(**told, primary=True) if any(told.values()) else None


def _flag(shape: Shape, key: str) -> bool | None:
    value = shape.get(key)
    return value if isinstance(value, bool) else None


def _node(body: Shape, name: str) -> Shape:
    if not isinstance(shape := body.get(name), dict):
        raise Misshapen(f"an answer without {name}")
    return shape


def _contact_version(data: ContactData) -> str:
    # No list tells when a person was changed, so what it holds is its version.
    return _digest([*(getattr(data, key) for key in PERSON_KEYS), data.primary])


def _customer_version(shape: Shape) -> str:
    modified = instant(shape, "last_modified_time")
    stamp = modified.isoformat() if modified else (text(shape, "last_modified_time") or "")
    return f"{stamp} {_digest([text(shape, key) for key in _VERSION_KEYS])}"


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
