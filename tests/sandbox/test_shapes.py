"""Answers have exactly the recorded keys, types and headers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Clock, Zoho
from tests.sandbox.openapi import recording


def shape(value: Any) -> Any:
    """Return the keys of a value all the way down; of a list, the shape of its first element."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def test_lists_contacts_of_books_with_the_recorded_keys(zoho: Zoho) -> None:
    recorded = recording("books/list-contacts.json")["exchanges"][0]["response"]
    zoho.create("Acme Corp")
    assert shape(zoho.get("/contacts")) == shape(recorded)


def test_shows_a_contact_without_persons_with_the_recorded_keys(zoho: Zoho) -> None:
    recorded = recording("books/get-contact.json")["exchanges"][0]["response"]
    contact = zoho.create("Acme Corp")
    assert shape(zoho.get(f"/contacts/{contact['contact_id']}")) == shape(recorded)


def test_creates_a_contact_of_books_as_recorded(zoho: Zoho) -> None:
    exchange = recording("books/create-contact.json")["exchanges"][0]
    response = zoho.call("POST", "/contacts", json=exchange["request"]["data"])
    assert response.status_code == exchange["status"]
    assert shape(response.json()) == shape(exchange["response"])
    assert response.json()["message"] == exchange["response"]["message"]
    assert response.headers["Location"] == f"/api/v3/contacts/{response.json()['contact']['contact_id']}"
    assert response.headers["Content-Type"] == exchange["headers"]["content-type"]


def test_creates_a_contact_of_invoice_with_its_person_as_recorded(zoho: Zoho) -> None:
    exchange = recording("invoice/create-contact-with-person.json")["exchanges"][0]
    response = Zoho(zoho.url, "invoice").call("POST", "/contacts", json=exchange["request"]["data"])
    made, recorded = response.json()["contact"], exchange["response"]["contact"]
    assert response.status_code == exchange["status"]
    assert shape(made) == shape(recorded)
    assert made["email"] == recorded["email"]
    assert made["photo_url"] == recorded["photo_url"]


def test_creates_a_person_and_marks_it_primary_as_recorded(zoho: Zoho) -> None:
    first, second = recording("invoice/create-contact-person-then-primary.json")["exchanges"]
    contact = zoho.create("Nango", contact_persons=[{"first_name": "First"}])
    invoice = Zoho(zoho.url, "invoice")
    data = {**first["request"]["data"], "contact_id": contact["contact_id"]}
    response = invoice.call("POST", "/contacts/contactpersons", json=data)
    made = response.json()["contact_person"]
    assert (response.status_code, shape(response.json())) == (first["status"], shape(first["response"]))
    assert response.json()["message"] == first["response"]["message"]
    location = f"/api/v3/contacts/{contact['contact_id']}/contactpersons/{made['contact_person_id']}"
    assert response.headers["Location"] == location
    marked = invoice.call("POST", f"/contacts/contactpersons/{made['contact_person_id']}/primary")
    assert (marked.status_code, marked.json()) == (second["status"], second["response"])


def test_lists_all_persons_with_the_recorded_keys(zoho: Zoho) -> None:
    recorded = recording("invoice/list-contact-persons.json")["exchanges"][0]["response"]
    zoho.create("Nango", contact_persons=[{"first_name": "Qa"}])
    answer = Zoho(zoho.url, "invoice").get("/contacts/contactpersons")
    assert shape(answer) == shape(recorded)
    assert answer["page_context"] == recorded["page_context"]


def test_lists_organizations_and_currencies_with_the_recorded_keys(zoho: Zoho) -> None:
    organizations = recording("books/list-organizations.json")["exchanges"][0]["response"]
    currencies = recording("books/list-currencies.json")["exchanges"][0]["response"]
    assert shape(zoho.get("/organizations")) == shape(organizations)
    answer = zoho.get("/settings/currencies")
    assert shape(answer) == shape(currencies)
    assert answer["page_context"] == currencies["page_context"]


def test_rows_of_invoice_lack_what_only_books_has(zoho: Zoho) -> None:
    zoho.create("Acme Corp")
    books = zoho.contacts()[0]
    invoice = Zoho(zoho.url, "invoice").contacts()[0]
    assert set(books) - set(invoice) == {
        "outstanding_payable_amount",
        "outstanding_payable_amount_bcy",
        "unused_credits_payable_amount",
        "unused_credits_payable_amount_bcy",
        "track_1099",
        "tags",
    }
    assert set(invoice) <= set(books)


def test_ids_are_long_strings_that_ascend(zoho: Zoho) -> None:
    contact = zoho.create("A", contact_persons=[{"first_name": "One"}, {"first_name": "Two"}])
    later = zoho.create("B")
    ids = [
        contact["contact_id"],
        *(person["contact_person_id"] for person in contact["contact_persons"]),
        contact["billing_address"]["address_id"],
        contact["shipping_address"]["address_id"],
        contact["entity_address_id"],
        later["contact_id"],
    ]
    assert ids == sorted(set(ids))
    assert all(isinstance(each, str) and 17 <= len(each) <= 19 and each.isdigit() for each in ids)


@pytest.mark.parametrize(
    ("time", "moment"),
    [("2026-07-01T12:00:00+0200", 1_782_900_000.4), ("2026-12-01T12:00:00+0100", 1_796_122_800.9)],
)
def test_times_carry_the_offset_of_the_organizations_zone(
    start: Any, clock: Clock, time: str, moment: float
) -> None:
    clock.time = moment
    assert Zoho(start().url).create("A")["created_time"] == time
