"""Zoho's custom fields: their definitions, what lists and contacts in full tell, and careful writes."""

from __future__ import annotations

import pytest

from plugins.books.hooks import tandem_provider
from plugins.zoho import custom_fields
from plugins.zoho.mapping import Misshapen
from tests.plugins.zoho_world import all_customers
from webapp.sdk import CustomerData, CustomField, Rejected

SINCE = CustomField(key="cf_since", label="Since", kind="date")
NEWS = CustomField(key="cf_news", label="News", kind="yes_no")
RATE = CustomField(key="cf_rate", label="Rate", kind="number")
TIER = CustomField(key="cf_tier", label="Tier", kind="choice", choices=("Basic", "Plus"))
KNOWN = (SINCE, NEWS, RATE, TIER)


def row(**changes):
    return {"api_name": "cf_a", "label": "A", "data_type": "string", "is_active": True, **changes}


def test_definitions_become_fields_of_their_kinds():
    options = [{"name": "Basic"}, {"name": "Old", "is_active": False}, {"name": "Plus"}]
    rows = [
        row(value_length=50, is_mandatory=True),
        row(api_name="cf_b", data_type="dropdown", values=options),
        row(api_name="cf_c", data_type="formula"),
        row(api_name="cf_d", data_type="check_box"),
        row(api_name="cf_e", data_type="amount", is_read_only=True),
    ]
    assert custom_fields.fields({"fields": rows}) == (
        CustomField(key="cf_a", label="A", max_length=50, required=True),
        CustomField(key="cf_b", label="A", kind="choice", choices=("Basic", "Plus")),
        CustomField(key="cf_c", label="A", direction="from_provider"),
        CustomField(key="cf_d", label="A", kind="yes_no"),
        CustomField(key="cf_e", label="A", kind="number", direction="from_provider"),
    )


@pytest.mark.parametrize(
    "odd", [row(data_type="image"), row(is_active=False), row(api_name="notes"), row(label=" "), "text", None]
)
def test_what_is_no_field_to_share_is_left_out(odd):
    assert custom_fields.fields({"fields": [odd]}) == ()


def test_an_answer_without_fields_makes_no_sense():
    with pytest.raises(Misshapen):
        custom_fields.fields({"code": 0})


def test_a_contact_in_full_is_blank_where_it_tells_nothing():
    rows = [
        {"api_name": "cf_since", "value": "2024-03-01", "value_formatted": "01 Mar 2024"},
        {"api_name": "cf_news", "value": True},
        {"api_name": "cf_rate", "value": 12.50},
    ]
    told = custom_fields.told({"custom_fields": rows}, KNOWN, in_full=True)
    assert told == {"cf_since": "2024-03-01", "cf_news": True, "cf_rate": "12.5", "cf_tier": ""}


def test_a_row_tells_what_is_promoted_as_it_is_and_nothing_of_the_rest():
    shape = {
        "custom_fields": [],
        "cf_since": "01 Mar 2024",
        "cf_since_unformatted": "2024-03-01",
        "cf_news": "true",
        "cf_rate": "€ 12.50",
    }
    assert custom_fields.told(shape, KNOWN, in_full=False) == {"cf_since": "2024-03-01", "cf_news": True}


@pytest.mark.parametrize(("raw", "value"), [(100000.0, "100000"), ("0012", "12"), (7, "7"), ("", "")])
def test_numbers_are_written_as_people_do(raw, value):
    told = custom_fields.told(
        {"custom_fields": [{"api_name": "cf_rate", "value": raw}]}, (RATE,), in_full=True
    )
    assert told == {"cf_rate": value}


def test_the_account_is_asked_for_its_fields_and_a_refusal_keeps_those_known(start_world):
    world = start_world(customers=0)
    provider = tandem_provider()
    told = provider.custom_fields(world.account)
    assert [(each.label, each.kind, each.direction) for each in told] == [
        ("Account number", "text", "both"),
        ("Customer since", "date", "both"),
        ("Discount in percent", "number", "both"),
        ("Newsletter", "yes_no", "both"),
        ("Service tier", "choice", "both"),
        ("Payment score", "text", "from_provider"),
    ]
    world.account.custom_fields = told
    world.fault(path="/settings/fields", status=400, code=2, times=1)
    assert provider.custom_fields(world.account) == told


def test_lists_and_contacts_in_full_tell_the_same_and_cost_no_call_more(start_world):
    world = start_world(customers=12)
    world.account.custom_fields = tandem_provider().custom_fields(world.account)
    listed = {key: each.data.custom_fields for key, each in all_customers(world.directory, 12).items()}
    holding = [key for key, held in listed.items() if held]
    assert len(holding) == 4
    full = world.directory.customer(holding[0]).customer.data.custom_fields
    assert {name: value for name, value in full.items() if value != ""} == listed[holding[0]]
    assert set(full) == {field.key for field in world.account.custom_fields}


@pytest.mark.parametrize("left_out", ["kept", "cleared"])
def test_a_write_changes_its_fields_alone_whatever_zoho_does_with_the_others(start_world, left_out):
    world = start_world(customers=3, custom_fields_left_out=left_out)
    world.account.custom_fields = tandem_provider().custom_fields(world.account)
    directory = world.directory
    [arc] = [key for key, each in all_customers(directory, 3).items() if each.data.custom_fields]
    before = directory.customer(arc).customer.data.custom_fields
    world.account.calls.clear()
    changes = {"custom.cf_newsletter": False, "custom.cf_tier": "Basic", "custom.cf_discount": ""}
    answer = directory.update_customer(arc, changes)
    assert [call.method for call in world.account.calls] == ["GET", "PUT"]
    after = {**before, "cf_newsletter": False, "cf_tier": "Basic", "cf_discount": ""}
    assert answer.data.custom_fields == after
    assert directory.customer(arc).customer.data.custom_fields == after


def test_a_value_zoho_refuses_is_told_with_its_field(start_world):
    world = start_world(customers=0)
    world.account.custom_fields = tandem_provider().custom_fields(world.account)
    made = world.directory.create_customer(CustomerData(name="Arc", custom_fields={"cf_tier": "Plus"}))
    assert made.data.custom_fields["cf_tier"] == "Plus"
    with pytest.raises(Rejected) as refused:
        world.directory.update_customer(made.id, {"custom.cf_tier": "Gold", "website": "https://arc.example"})
    assert refused.value.field == "custom.cf_tier"
    assert "Service tier" in refused.value.reason
