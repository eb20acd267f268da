"""Reads the pages of a directory to their end, and takes one that never ends for a fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from webapp.sdk.directory import Directory
from webapp.sdk.records import (
    CONTACT_FIELDS,
    CUSTOMER_FIELDS,
    ContactData,
    ContactRecord,
    CustomerData,
    CustomerRecord,
    Value,
)

MANY = 100
"""More pages than any reading in the standard tests can need."""


def changes_since(directory: Directory, cursor: str) -> tuple[list[str], str]:
    """Read the change feed to its end; return the ids told and the next cursor."""
    told: list[str] = []
    for _ in range(MANY):
        page = directory.changed(cursor)
        told += [record.id for record in page.customers]
        cursor = page.cursor
        if not page.more:
            return told, cursor
    raise AssertionError("The change feed does not end.")


def read_census(directory: Directory, expected: int | None) -> list[CustomerRecord]:
    """Read a census of customers to its end."""
    told: list[CustomerRecord] = []
    cursor: str | None = None
    for _ in range(MANY):
        page = directory.census(cursor, expected=expected)
        told += page.customers
        cursor = page.cursor
        if cursor is None:
            return told
    raise AssertionError("The census does not end.")


def read_contact_census(directory: Directory, expected: int | None) -> list[ContactRecord]:
    """Read a census of contacts to its end."""
    told: list[ContactRecord] = []
    cursor: str | None = None
    for _ in range(MANY):
        page = directory.contact_census(cursor, expected=expected)
        told += page.contacts
        cursor = page.cursor
        if cursor is None:
            return told
    raise AssertionError("The census of contacts does not end.")


def kept(data: CustomerData | ContactData, unsupported: Collection[str]) -> Mapping[str, Value]:
    """Return the fields a directory keeps; the others are named like ``customer.website``."""
    kind, names = (
        ("customer", CUSTOMER_FIELDS) if isinstance(data, CustomerData) else ("contact", CONTACT_FIELDS)
    )
    return {name: getattr(data, name) for name in names if f"{kind}.{name}" not in unsupported}
