"""Custom fields get names of their own in the portal, and what nobody knows is not told."""

import pytest

from webapp.outside import Named
from webapp.sdk import CustomerData, CustomField, Rejected
from webapp.sdk.testing import MemoryDirectory

FIELDS = {
    field.key: field
    for field in (CustomField(key="tier", label="Tier"), CustomField(key="since", label="Since", kind="date"))
}
HELD = {"tier": "Plus", "since": "soon", "unknown": "x"}


@pytest.fixture
def theirs():
    return MemoryDirectory()


@pytest.fixture
def directory(theirs):
    return Named(theirs, "c", FIELDS)


@pytest.fixture
def arc(theirs):
    return theirs.create_customer(CustomerData(name="Arc", custom_fields=HELD)).id


def test_every_reading_tells_known_fields_of_their_kind_by_their_names_here(directory, arc):
    readings = [
        directory.changed(None).customers[0],
        directory.census(None).customers[0],
        directory.customer(arc).customer,
        directory.update_customer(arc, {"website": "https://arc.example"}),
    ]
    assert [each.data.custom_fields for each in readings] == [{"c.tier": "Plus"}] * 4


def test_a_write_reaches_the_provider_by_its_own_names(directory, theirs, arc):
    answer = directory.update_customer(arc, {"custom.c.tier": "Basic", "website": "w"})
    assert (answer.data.custom_fields, answer.data.website) == ({"c.tier": "Basic"}, "w")
    assert theirs.customer(arc).customer.data.custom_fields == {**HELD, "tier": "Basic"}
    made = directory.create_customer(CustomerData(name="Bee", custom_fields={"c.tier": "Plus"}))
    assert theirs.customer(made.id).customer.data.custom_fields == {"tier": "Plus"}


@pytest.mark.parametrize(("told", "field"), [("custom.tier", "custom.c.tier"), ("name", "name"), ("", "")])
def test_a_refusal_names_the_field_as_it_is_called_here(directory, theirs, arc, told, field):
    def refuse(call, when):
        raise Rejected("No.", field=told)

    theirs.interrupt = refuse
    with pytest.raises(Rejected) as refused:
        directory.update_customer(arc, {"custom.c.tier": "Gold"})
    assert (refused.value.field, refused.value.reason) == (field, "No.")
