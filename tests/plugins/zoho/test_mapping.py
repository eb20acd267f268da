"""Zoho's shapes as our records."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins.zoho import mapping
from plugins.zoho.mapping import Misshapen
from tests.plugins.zoho.recordings import response
from webapp.sdk import Address, ContactData, CustomerData

ROW = {
    "contact_id": "460000000000000001",
    "contact_name": "Acme",
    "company_name": "",
    "website": "https://acme.example",
    "contact_type": "customer",
    "status": "active",
    "currency_code": "USD",
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@acme.example",
    "phone": "",
    "mobile": "",
    "outstanding_receivable_amount": 149.97,
    "created_time": "2026-06-09T09:45:19-0400",
    "last_modified_time": "2026-06-09T13:15:33-0400",
}
PERSON = {
    "contact_id": "460000000000000001",
    "contact_person_id": "460000000000000002",
    "salutation": "",
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@acme.example",
    "phone": "",
    "mobile": "",
    "designation": "",
    "department": "",
    "is_primary_contact": True,
}


def test_a_row_becomes_a_customer_whose_address_is_unknown():
    record = mapping.customer(ROW)
    assert record.id == "460000000000000001"
    assert record.data == CustomerData(
        name="Acme", company_name="", website="https://acme.example", active=True, currency="USD"
    )
    assert record.created_at == datetime(2026, 6, 9, 13, 45, 19, tzinfo=UTC)
    assert record.modified_at == datetime(2026, 6, 9, 17, 15, 33, tzinfo=UTC)
    assert record.primary == ContactData(
        first_name="Ada", last_name="Byron", email="ada@acme.example", phone="", mobile="", primary=True
    )
    assert record.has_transactions is None


@pytest.mark.parametrize("key", ["company_name", "website", "status", "currency_code"])
@pytest.mark.parametrize("change", ["absent", "null", "of another type"])
def test_what_was_not_told_is_unknown_and_never_blank(key, change):
    row = dict(ROW)
    row.pop(key)
    if change != "absent":
        row[key] = None if change == "null" else ["?"]
    field = {"status": "active", "currency_code": "currency"}.get(key, key)
    assert getattr(mapping.customer(row).data, field) is None


def test_ids_that_are_numbers_become_text():
    row = {**ROW, "contact_id": 460000000000000001}
    assert mapping.customer(row).id == "460000000000000001"
    person = {**PERSON, "contact_person_id": 460000000000000002, "contact_id": 460000000000000001}
    record = mapping.contact(person)
    assert (record.id, record.customer_id) == ("460000000000000002", "460000000000000001")


@pytest.mark.parametrize("key", ["contact_id", "contact_name"])
@pytest.mark.parametrize("value", [None, [], {}, True])
def test_a_row_without_id_or_name_is_misshapen(key, value):
    with pytest.raises(Misshapen):
        mapping.customer({**ROW, key: value})


def test_a_customer_without_persons_tells_of_no_primary_contact():
    blank = dict.fromkeys(("first_name", "last_name", "email"), "")
    assert mapping.customer({**ROW, **blank}).primary is None


@pytest.mark.parametrize(
    ("status", "active"), [("active", True), ("inactive", False), ("crm", None), ("", None)]
)
def test_only_a_status_that_is_known_is_told(status, active):
    assert mapping.customer({**ROW, "status": status}).data.active is active


@pytest.mark.parametrize(
    "told", ["", "yesterday", "2026-06-09T13:15:33", None, 5, "9999-12-31T23:59:59-1400"]
)
def test_a_time_without_sense_or_offset_is_unknown(told):
    assert mapping.customer({**ROW, "last_modified_time": told}).modified_at is None


def test_vendors_never_appear_and_a_customer_comes_once():
    vendor = {**ROW, "contact_id": "9", "contact_type": "vendor"}
    assert [record.id for record in mapping.customers([ROW, vendor, ROW])] == [ROW["contact_id"]]


def test_a_version_moves_with_the_time_and_with_what_is_mapped():
    version = mapping.customer(ROW).version
    changes = {
        "last_modified_time": "2026-06-09T13:15:34-0400",
        "contact_name": "Acme Ltd",
        "company_name": "Acme Ltd",
        "website": "",
        "status": "inactive",
        "currency_code": "EUR",
        "first_name": "Eva",
        "last_name": "",
        "email": "",
        "phone": "1",
        "mobile": "1",
    }
    versions = {mapping.customer({**ROW, key: value}).version for key, value in changes.items()}
    assert len(versions | {version}) == len(changes) + 1


def test_a_version_does_not_move_with_balances_or_the_time_zone_shown():
    same = {
        **ROW,
        "outstanding_receivable_amount": 0,
        "unused_credits_receivable_amount": 5,
        "last_modified_time": "2026-06-09T19:15:33+0200",
    }
    assert mapping.customer(same).version == mapping.customer(ROW).version


def test_a_persons_version_moves_with_what_is_mapped_alone():
    version = mapping.contact(PERSON).version
    assert mapping.contact({**PERSON, "skype": "x", "created_time": "09 Oct 2026"}).version == version
    changed = {mapping.contact({**PERSON, key: "x"}).version for key in mapping.PERSON_KEYS}
    changed.add(mapping.contact({**PERSON, "is_primary_contact": False}).version)
    assert len(changed | {version}) == len(mapping.PERSON_KEYS) + 2


def test_a_contact_marked_primary_has_the_version_a_list_will_tell():
    told = mapping.contact(PERSON)
    marked = mapping.as_primary(mapping.contact({**PERSON, "is_primary_contact": False}))
    assert marked == told


def detail(**changes):
    address = {"attention": "", "address": "1 Main St", "street2": "", "city": "", "state": "", "zip": ""}
    contact = {
        **ROW,
        "has_transaction": True,
        "billing_address": {**address, "country": "USA", "phone": "5"},
        "contact_persons": [PERSON],
        **changes,
    }
    return mapping.detail({"code": 0, "contact": contact})


def test_a_contact_in_full_has_its_address_and_persons():
    told = detail()
    assert told.customer.data.billing_address == Address(street="1 Main St", country="USA")
    assert told.customer.has_transactions is True
    assert [contact.data.first_name for contact in told.contacts] == ["Ada"]


def test_a_row_and_the_contact_in_full_have_the_same_version():
    assert detail().customer.version == mapping.customer(ROW).version


@pytest.mark.parametrize("address", ["", None, {}, [], {"address": "1 Main St"}])
def test_an_address_told_by_halves_is_unknown(address):
    assert detail(billing_address=address).customer.data.billing_address is None


def test_a_vendor_in_full_is_no_customer():
    assert detail(contact_type="vendor") is None


@pytest.mark.parametrize("persons", [None, "", {}, ["?"], [{"first_name": "Ada"}]])
def test_a_contact_whose_persons_cannot_be_read_is_misshapen(persons):
    with pytest.raises(Misshapen):
        detail(contact_persons=persons)


@pytest.mark.parametrize("body", [{}, {"contact": None}, {"contact": []}, {"contact": ""}])
def test_an_answer_without_its_record_is_misshapen(body):
    with pytest.raises(Misshapen):
        mapping.detail(body)


@pytest.mark.parametrize("shape", [PERSON, [PERSON]])
def test_a_written_person_is_read_alone_or_in_a_list_of_one(shape):
    assert mapping.written_contact({"contact_person": shape}, "1").data.first_name == "Ada"


@pytest.mark.parametrize("shape", [None, [], [PERSON, PERSON], "?"])
def test_a_written_person_that_is_not_told_is_misshapen(shape):
    with pytest.raises(Misshapen):
        mapping.written_contact({"contact_person": shape}, "1")


def test_recorded_rows_are_read_without_vendors():
    rows = response("books/list-contacts.json")["contacts"]
    customers = mapping.customers(rows)
    assert {record.id for record in customers} == {
        row["contact_id"] for row in rows if row["contact_type"] == "customer"
    }
    assert all(record.modified_at and record.data.active is not None for record in customers)


def test_a_recorded_contact_in_full_is_read():
    told = mapping.detail(response("books/get-contact.json"))
    assert told is not None and told.contacts == ()
    assert told.customer.data.billing_address == Address(
        street="123 Main St", city="New York", state="NY", postal_code="10001", country="USA"
    )
    assert told.customer.has_transactions is True and told.customer.primary is None


def test_a_recorded_customer_has_one_version_in_list_and_full():
    told = mapping.detail(response("books/get-contact.json"))
    rows = {row["contact_id"]: row for row in response("books/list-contacts.json")["contacts"]}
    assert told is not None
    row = rows[told.customer.id]
    # Between the two recordings someone edited it: only the time is set back.
    told_then = {**row, "last_modified_time": told.customer.modified_at.isoformat()}
    assert mapping.customer(told_then).version == told.customer.version


def test_a_recorded_new_contact_has_its_person():
    told = mapping.detail(response("invoice/create-contact-with-person.json"))
    assert told is not None
    (person,) = told.contacts
    assert (person.data.first_name, person.data.primary) == ("Test", True)
    assert told.customer.data.billing_address.attention == "AP"


def test_recorded_persons_are_read_from_list_and_write():
    (listed,) = mapping.contacts(response("invoice/list-contact-persons.json")["contact_persons"])
    assert (listed.customer_id, listed.data.email) == ("260815000000155015", "qa-customer@example.com")
    body = response("invoice/create-contact-person-then-primary.json")
    written = mapping.written_contact(body, "260815000000168017")
    assert (written.data.phone, written.data.primary) == ("555-0188", False)
