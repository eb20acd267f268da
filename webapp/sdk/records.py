"""The values that travel between directories: customers, contacts and their fields.

In every field ``None`` means *unknown* (the directory did not say) and ``""`` means *blank* (there is
none). The two are never mixed up: unknown is left alone, blank is a value like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; all fields blank is an address that is known to be empty."""

    attention: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


Value = str | bool | Address | None
"""What one field can hold."""

CUSTOM = "custom."
"""What the name of a custom field begins with, before its key, among the fields that are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerData:
    """What is known of a customer, in fields both sides share.

    ``currency`` is an ISO 4217 code; it is shown, never changed by a sync. ``custom_fields`` are those that
    ``Provider.custom_fields`` told of, by key; one that is left out is unknown.
    """

    name: str
    company_name: str | None = None
    website: str | None = None
    billing_address: Address | None = None
    active: bool | None = None
    currency: str | None = None
    custom_fields: Mapping[str, Value] = field(default_factory=dict, hash=False)


def with_values(data: CustomerData, values: Mapping[str, Value]) -> CustomerData:
    """Return a customer's data with other values of the fields named, custom ones among them."""
    plain: dict[str, Any] = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
    own = {name.removeprefix(CUSTOM): value for name, value in values.items() if name.startswith(CUSTOM)}
    return replace(data, **plain, custom_fields={**data.custom_fields, **own})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactData:
    """What is known of a person of a customer."""

    salutation: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    designation: str | None = None
    department: str | None = None
    primary: bool | None = None


CUSTOMER_FIELDS: tuple[str, ...] = ("name", "company_name", "website", "billing_address", "active")
"""The customer fields a sync keeps equal on both sides."""

CONTACT_FIELDS: tuple[str, ...] = (
    "salutation",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "designation",
    "department",
    "primary",
)
"""The contact fields a sync keeps equal on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """A customer as a directory holds it.

    ``version`` is opaque and differs whenever the directory says that the record changed. ``primary``
    is what a listing tells of the primary contact, for showing before the contacts are read.
    """

    id: str
    data: CustomerData
    version: str
    created_at: datetime | None = None
    modified_at: datetime | None = None
    primary: ContactData | None = None
    has_transactions: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """A contact as a directory holds it; ``version`` is ``None`` where the directory keeps none."""

    id: str
    customer_id: str
    data: ContactData
    version: str | None = None
