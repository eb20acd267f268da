"""The records the sandbox keeps: organizations, currencies, contacts and their persons."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

Address = dict[str, str]
Custom = str | bool
"""What a custom field holds."""

ADDRESS_FIELDS = (
    "attention",
    "address",
    "street2",
    "city",
    "state_code",
    "state",
    "zip",
    "country",
    "county",
    "latitude",
    "longitude",
    "country_code",
    "phone",
    "fax",
)


@dataclass(slots=True)
class Person:
    """A contact person; times are whole seconds since the epoch."""

    id: str
    contact_id: str
    created: int
    updated: int
    salutation: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    designation: str = ""
    department: str = ""
    skype: str = ""
    fax: str = ""
    in_portal: bool = False


@dataclass(slots=True)
class Contact:
    """A customer or vendor with its persons, as Zoho's *contact*."""

    id: str
    name: str
    currency_code: str
    created: int
    modified: int
    contact_type: str = "customer"
    status: str = "active"
    company_name: str = ""
    website: str = ""
    notes: str = ""
    language_code: str = ""
    customer_sub_type: str = "business"
    source: str = "api"
    twitter: str = ""
    facebook: str = ""
    payment_terms: int = 0
    payment_terms_label: str = "Due on Receipt"
    address_id: int = 0
    billing_address: Address | None = None
    shipping_address: Address | None = None
    addresses: list[Address] = field(default_factory=list)
    custom_fields: dict[str, Custom] = field(default_factory=dict)
    persons: list[Person] = field(default_factory=list)
    primary_contact_id: str = ""
    has_transaction: bool = False
    is_overdue: bool = False
    credit_limit_exceeded_amount: float = 0
    outstanding_receivable_amount: float = 0
    outstanding_payable_amount: float = 0
    unused_credits_receivable_amount: float = 0
    unused_credits_payable_amount: float = 0

    @property
    def primary(self) -> Person | None:
        """Return the primary person, or None for a contact without persons."""
        return next((person for person in self.persons if person.id == self.primary_contact_id), None)


@dataclass(frozen=True, slots=True)
class Comment:
    """A line of a contact's history; operation is "added" or "updated"."""

    id: str
    time: int
    description: str
    operation: str


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency an organization may bill in."""

    id: str
    code: str
    name: str
    symbol: str
    price_precision: int
    format: str


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that an organization added to its customers; ``values`` are the options of a dropdown."""

    id: str
    api_name: str
    label: str
    data_type: str
    values: tuple[str, ...] = ()
    value_length: int = 0


@dataclass(frozen=True, slots=True)
class Organization:
    """A company at Zoho: what is fixed about it, without its contacts."""

    id: str
    name: str
    time_zone: str
    base_currency: str
    country_code: str
    country_name: str
    created_date: str
    user_id: str
    user_name: str
    user_email: str
    currencies: dict[str, Currency]
    is_default: bool
    has_portal: bool
    plan_name: str = "Professional"
    custom_fields: tuple[CustomField, ...] = ()

    def local(self, moment: float) -> datetime:
        """Return the moment on this organization's clock."""
        return datetime.fromtimestamp(moment, ZoneInfo(self.time_zone))

    def stamp(self, moment: float) -> str:
        """Write the moment as Zoho does: second precision, offset without a colon."""
        return self.local(moment).strftime("%Y-%m-%dT%H:%M:%S%z")

    def day(self, moment: float) -> str:
        """Write the moment as the localised date of the formatted fields."""
        return self.local(moment).strftime("%d %b %Y")

    def custom_field(self, api_name: str) -> CustomField | None:
        """Find a custom field by its name."""
        return next((each for each in self.custom_fields if each.api_name == api_name), None)

    def currency_by_id(self, currency_id: str) -> Currency | None:
        """Find a currency by its id."""
        return next((each for each in self.currencies.values() if each.id == currency_id), None)
