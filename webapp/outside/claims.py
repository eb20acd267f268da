"""Whether what a plugin tells is about what it was asked: its ids, and names that can be kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from webapp.sdk import ContactRecord, CustomerDetail, CustomerRecord, CustomField
from webapp.sync.normal import sort_key

LONGEST_NAME = 2_000
"""Bytes of what a name is sorted by; more cannot be part of the database's keys."""

MOST_CUSTOM_FIELDS = 200

_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")


def other_name(customers: Iterable[CustomerRecord]) -> str:
    """Say which name cannot be kept; blank when all can."""
    for record in customers:
        if len(sort_key(record.data.name).encode()) > LONGEST_NAME:
            return f"the name of customer {record.id!r} is too long to be kept"
    return ""


def other_customer(record: CustomerRecord, asked: str) -> str:
    """Say that a customer is another than the one asked for; blank when it is that one."""
    if record.id != asked:
        return f"asked about customer {asked!r} it told of {record.id!r}"
    return other_name((record,))


def other_detail(detail: CustomerDetail, asked: str) -> str:
    """Say what in a customer read in full is not that customer's; blank when all is."""
    ids = [contact.id for contact in detail.contacts]
    if len(set(ids)) < len(ids):
        return f"it told a contact of customer {asked!r} twice"
    wrong = (contact for contact in detail.contacts if contact.customer_id != asked)
    foreign = next((f"contact {each.id!r} of {each.customer_id!r}" for each in wrong), "")
    if foreign:
        return f"asked about customer {asked!r} it told of {foreign}"
    return other_customer(detail.customer, asked)


def other_contact(record: ContactRecord, customer: str, asked: str) -> str:
    """Say that a contact is another than the one asked for; blank when it is that one."""
    if (record.customer_id, record.id) != (customer, asked):
        return f"asked about contact {asked!r} of {customer!r} it told of {record.id!r} of another"
    return ""


def other_creation(record: ContactRecord, customer: str, known: Iterable[str]) -> str:
    """Say that a contact said to be made is another customer's, or was there before; blank otherwise."""
    if record.customer_id != customer:
        return f"asked to make a contact of {customer!r} it told of one of {record.customer_id!r}"
    return f"it told of contact {record.id!r}, known before, as one it made" if record.id in known else ""


def other_fields(fields: Sequence[CustomField]) -> str:
    """Say what is wrong with an organization's custom fields; blank when nothing is."""
    if len(fields) > MOST_CUSTOM_FIELDS:
        return f"it told more than {MOST_CUSTOM_FIELDS} custom fields"
    keys = [field.key for field in fields]
    odd = next((key for key in keys if not _KEY.fullmatch(key)), None)
    if odd is not None:
        return f"it told a custom field with the key {odd[:40]!r}, which names none"
    if len(set(keys)) < len(keys):
        return "it told a custom field twice"
    nameless = next((field.key for field in fields if not field.label.strip()), "")
    return f"it told a custom field without a label: {nameless}" if nameless else ""
