"""Our fields as the bodies of Zoho's writes."""

from __future__ import annotations

import pytest

from plugins.zoho import writing
from webapp.sdk import CONTACT_FIELDS, Address, ContactData, Rejected

SENT = {
    "attention": "",
    "address": "2 Main St",
    "street2": "",
    "city": "",
    "state": "NY",
    "zip": "",
    "country": "",
}


def test_only_the_named_fields_of_a_customer_are_sent():
    assert writing.customer_body({"name": "Acme", "website": ""}) == {"contact_name": "Acme", "website": ""}


def test_an_address_is_sent_whole():
    address = Address(street="2 Main St", state="NY")
    assert writing.customer_body({"billing_address": address}) == {"billing_address": SENT}


@pytest.mark.parametrize("field", ["currency", "contact_persons", "email", "nonsense"])
def test_a_field_of_a_customer_that_cannot_be_written_is_refused_by_name(field):
    with pytest.raises(Rejected) as caught:
        writing.customer_body({field: "x"})
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["", "  "])
def test_a_customer_cannot_lose_its_name(name):
    with pytest.raises(Rejected) as caught:
        writing.customer_body({"name": name})
    assert caught.value.field == "name"


def test_every_field_of_a_contact_but_primary_can_be_written():
    changes = {field: "x" for field in CONTACT_FIELDS if field != "primary"}
    assert writing.contact_body(changes) == changes


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_person_without_a_first_name_is_refused_by_name(name):
    with pytest.raises(Rejected) as caught:
        writing.new_contact_body(ContactData(first_name=name, last_name="Byron"))
    assert caught.value.field == "first_name"


def test_a_person_cannot_lose_its_first_name():
    with pytest.raises(Rejected) as caught:
        writing.contact_body({"first_name": "", "last_name": "x"})
    assert caught.value.field == "first_name"


def test_a_new_person_is_sent_without_what_is_blank_or_unknown():
    data = ContactData(first_name="Ada", last_name="", email=None, phone="1", primary=True)
    assert writing.new_contact_body(data) == {"first_name": "Ada", "phone": "1"}


def test_an_address_takes_along_what_we_do_not_map():
    present = {"address_id": "7", "address": "1 Main St", "phone": "5", "fax": "", "latitude": None}
    assert writing.with_unmapped(SENT, present) == {**SENT, "phone": "5", "fax": ""}


def test_the_code_of_a_state_goes_along_only_with_that_state():
    assert writing.with_unmapped(SENT, {"state": "NY", "state_code": "NY"})["state_code"] == "NY"
    assert "state_code" not in writing.with_unmapped(SENT, {"state": "CA", "state_code": "CA"})


@pytest.mark.parametrize("present", ["", None, []])
def test_an_address_that_is_not_there_adds_nothing(present):
    assert writing.with_unmapped(SENT, present) == SENT
