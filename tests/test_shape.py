"""A value is checked down to its last field, and the first part that does not fit is named."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from webapp.sdk import (
    Address,
    ChangePage,
    ContactData,
    CustomerData,
    CustomerRecord,
    Organization,
)
from webapp.shape import misfit

DATA = CustomerData(name="Ada", billing_address=Address(city="Wien"), active=True)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
RECORD = CustomerRecord(id="1", data=DATA, version="a", modified_at=NOW, primary=ContactData(email="a@b.c"))


def page(**changes: object) -> ChangePage:
    parts = {name: getattr(RECORD, name) for name in CustomerRecord.__slots__}
    return ChangePage(customers=(RECORD, CustomerRecord(**(parts | changes))), cursor="c", more=False)


def test_finds_nothing_wrong_with_what_was_promised():
    assert misfit(page(), ChangePage) == ""


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": 7}, "it.customers[1].id is int, not str"),
        ({"id": ""}, "it.customers[1].id is blank"),
        ({"data": {"name": "Ada"}}, "it.customers[1].data is dict, not CustomerData"),
        ({"data": CustomerData(name=None)}, "it.customers[1].data.name is NoneType, not str"),
        ({"data": CustomerData(name="A", active="yes")}, "it.customers[1].data.active is str, not bool"),
        ({"modified_at": NOW.replace(tzinfo=None)}, "it.customers[1].modified_at is a time without a zone"),
        ({"modified_at": "2026-11-22"}, "it.customers[1].modified_at is str, not datetime"),
    ],
)
def test_names_the_part_that_does_not_fit(changes, fault):
    assert misfit(page(**changes), ChangePage) == fault


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, ChangePage),
        ([RECORD], tuple[CustomerRecord, ...]),
        ({"token": 1}, Mapping[str, str]),
        ({1: "token"}, Mapping[str, str]),
        ([("token", "1")], Mapping[str, str]),
        ("ab", Sequence[str]),
        (True, int),
        (Organization(id="1", name="A", calls_per_day="1000"), Organization),
    ],
)
def test_refuses_other_kinds(value, kind):
    assert misfit(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [({"a": True}, Mapping[str, bool]), ([Organization(id="1", name="A")], Sequence[Organization]), (3, int)],
)
def test_takes_what_fits(value, kind):
    assert misfit(value, kind) == ""
