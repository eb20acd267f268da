"""The values that travel: unknown unless told, never changed, and of a few kinds."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import get_args, get_type_hints

import pytest

from webapp.sdk import (
    CONTACT_FIELDS,
    CUSTOMER_FIELDS,
    Address,
    ContactData,
    ContactRecord,
    CustomerData,
    CustomerRecord,
    Value,
)

ADA = CustomerData(name="Ada")


def test_the_synced_fields_are_all_there_are_but_the_currency_and_those_of_organizations():
    assert (*CUSTOMER_FIELDS, "currency", "custom_fields") == tuple(
        field.name for field in fields(CustomerData)
    )
    assert tuple(field.name for field in fields(ContactData)) == CONTACT_FIELDS


def test_what_is_not_told_is_unknown_and_an_address_that_is_told_is_blank():
    assert {getattr(ADA, name) for name in CUSTOMER_FIELDS if name != "name"} == {None}
    assert {getattr(ContactData(), name) for name in CONTACT_FIELDS} == {None}
    assert {getattr(Address(), field.name) for field in fields(Address)} == {""}


def test_a_listing_need_not_tell_more_than_id_name_and_version():
    record = CustomerRecord(id="1", data=ADA, version="a")
    told = (record.created_at, record.modified_at, record.primary, record.has_transactions)
    assert told == (None, None, None, None)
    assert ContactRecord(id="2", customer_id="1", data=ContactData()).version is None


@pytest.mark.parametrize("kind", [CustomerData, ContactData])
def test_a_field_holds_one_of_a_few_kinds_of_values(kind: type[CustomerData | ContactData]):
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "custom_fields"}
    held = {each for hint in hints.values() for each in get_args(hint) or [hint]}
    assert held <= set(get_args(Value))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (ADA, "name"),
        (ContactData(), "email"),
        (Address(), "city"),
        (CustomerRecord(id="1", data=ADA, version="a"), "id"),
        (ContactRecord(id="2", customer_id="1", data=ContactData()), "customer_id"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_no_value_can_be_changed(value: object, name: str):
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, "changed")
