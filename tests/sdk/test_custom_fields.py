"""Custom fields: what is of their kind, what they are called among changes, and that they are kept."""

import pytest

from webapp.sdk import CUSTOM, CustomerData, CustomField
from webapp.sdk.records import with_values
from webapp.sdk.testing import MemoryDirectory

TIERS = ("Basic", "Plus")


@pytest.mark.parametrize(
    ("kind", "fitting", "odd"),
    [
        ("text", ["a", "12"], [True, None]),
        ("number", ["12", "-12.5", "0.001"], ["12,5", "1e3", "12.", True]),
        ("date", ["2026-03-01"], ["2026-3-1", "01 Mar 2026", "20260301", "2026-02-30"]),
        ("yes_no", [True, False], ["yes", None]),
        ("choice", ["Plus"], ["plus", "Gold", True]),
    ],
)
def test_a_value_fits_its_kind_or_not_and_blank_always_does(kind, fitting, odd):
    field = CustomField(key="cf", label="Field", kind=kind, choices=TIERS)
    assert [value for value in [*fitting, "", *odd] if field.fits(value)] == [*fitting, ""]


def test_a_field_is_named_by_its_key_among_changes():
    field = CustomField(key="cf_tier", label="Tier")
    assert field.name == f"{CUSTOM}cf_tier" == "custom.cf_tier"


def test_changes_of_custom_fields_leave_the_others_as_they_are():
    data = CustomerData(name="Arc", custom_fields={"a": "1", "b": "2"})
    changed = with_values(data, {"website": "w", "custom.b": "3", "custom.c": True})
    assert (changed.name, changed.website) == ("Arc", "w")
    assert changed.custom_fields == {"a": "1", "b": "3", "c": True}


def test_a_directory_in_memory_keeps_custom_fields():
    directory = MemoryDirectory()
    made = directory.create_customer(CustomerData(name="Arc", custom_fields={"a": "1"}))
    answer = directory.update_customer(made.id, {"custom.b": True})
    assert answer.data.custom_fields == {"a": "1", "b": True}
    assert directory.customer(made.id).customer.data == answer.data
