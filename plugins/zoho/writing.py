"""Our fields as the bodies of Zoho's writes; what Zoho would refuse anyway is refused before a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from plugins.zoho.mapping import ADDRESS_KEYS, PERSON_KEYS
from webapp.sdk import Address, ContactData, CustomerData, Rejected, Value

_CUSTOMER_KEYS = {"name": "contact_name", "company_name": "company_name", "website": "website"}


def known(data: CustomerData | ContactData) -> dict[str, Value]:
    """Return the fields whose value is known, without custom ones."""
    names = [field.name for field in fields(data) if field.name != "custom_fields"]
    values = {name: getattr(data, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def customer_body(changes: Mapping[str, Value]) -> dict[str, Any]:
    """Return the body that writes these fields and no others; persons are never part of it."""
    body: dict[str, Any] = {}
    for field, value in changes.items():
        if field == "billing_address" and isinstance(value, Address):
            body["billing_address"] = address_body(value)
        elif field in _CUSTOMER_KEYS and isinstance(value, str):
            body[_CUSTOMER_KEYS[field]] = value
        else:
            raise Rejected(f"Zoho cannot be told a customer's {field.replace('_', ' ')}.", field=field)
    if not body.get("contact_name", "-").strip():
        raise Rejected("Zoho needs a name for every customer.", field="name")
    return body


def contact_body(changes: Mapping[str, Value]) -> dict[str, Any]:
    """Return the body that writes these fields of a person and no others; ``primary`` has its own call."""
    for field, value in changes.items():
        if field not in PERSON_KEYS or not isinstance(value, str):
            raise Rejected(f"Zoho cannot be told a contact's {field.replace('_', ' ')}.", field=field)
    body = dict(changes)
    if not str(body.get("first_name", "-")).strip():
        raise _nameless()
    return body


def new_contact_body(data: ContactData) -> dict[str, Any]:
    """Return the body that creates a person."""
    if not (data.first_name or "").strip():
        raise _nameless()
    return contact_body(
        {field: value for field, value in known(data).items() if field != "primary" and value != ""}
    )


def address_body(address: Address) -> dict[str, str]:
    """Return an address as Zoho takes it."""
    return {key: getattr(address, field) for field, key in ADDRESS_KEYS.items()}


def with_unmapped(body: Mapping[str, str], present: object) -> dict[str, str]:
    """Return an address to write that keeps what the present one holds beyond our fields."""
    if not isinstance(present, dict):
        return dict(body)
    # Whether Zoho keeps a part that is left out is not documented, so these go back as they are; the code of
    # a state only with that state.
    kept = ("phone", "fax", "state_code") if present.get("state") == body["state"] else ("phone", "fax")
    return {**{key: present[key] for key in kept if isinstance(present.get(key), str)}, **body}


def _nameless() -> Rejected:
    return Rejected("Zoho needs a first name for every contact person.", field="first_name")
