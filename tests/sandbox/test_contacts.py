"""Creating, changing and deleting contacts by Zoho's rules."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Clock, Zoho


def test_keeps_what_is_not_sent_in_an_update(zoho: Zoho) -> None:
    contact = zoho.create("Acme", website="acme.example", billing_address={"city": "Kiel", "zip": "24103"})
    answer = zoho.call("PUT", f"/contacts/{contact['contact_id']}", json={"notes": "late payer"}).json()
    changed = answer["contact"]
    assert (changed["notes"], changed["website"], changed["contact_name"]) == (
        "late payer",
        "acme.example",
        "Acme",
    )
    assert changed["billing_address"]["city"] == "Kiel"


def test_a_blank_clears_a_field(zoho: Zoho) -> None:
    contact = zoho.create("Acme", website="acme.example", company_name="Acme Ltd")
    zoho.call("PUT", f"/contacts/{contact['contact_id']}", json={"website": ""})
    shown = zoho.get(f"/contacts/{contact['contact_id']}")["contact"]
    assert (shown["website"], shown["company_name"]) == ("", "Acme Ltd")


def test_persons_left_out_of_a_list_in_an_update_are_removed(zoho: Zoho) -> None:
    contact = zoho.create("Acme", contact_persons=[{"first_name": "Ann"}, {"first_name": "Bob"}])
    bob = contact["contact_persons"][1]
    body = {
        "contact_persons": [
            {"contact_person_id": bob["contact_person_id"], "email": "bob@acme.example"},
            {"first_name": "Cy"},
        ]
    }
    shown = zoho.call("PUT", f"/contacts/{contact['contact_id']}", json=body).json()["contact"]
    assert [person["first_name"] for person in shown["contact_persons"]] == ["Bob", "Cy"]
    assert shown["primary_contact_id"] == bob["contact_person_id"]
    assert shown["email"] == "bob@acme.example"
    assert len(zoho.get("/contacts/contactpersons")["contact_persons"]) == 2


def test_an_update_without_the_list_leaves_the_persons_alone(zoho: Zoho) -> None:
    contact = zoho.create("Acme", contact_persons=[{"first_name": "Ann"}, {"first_name": "Bob"}])
    shown = zoho.call("PUT", f"/contacts/{contact['contact_id']}", json={"notes": "x"}).json()["contact"]
    assert len(shown["contact_persons"]) == 2


def test_ignores_an_email_and_phone_of_the_contact_itself(zoho: Zoho) -> None:
    contact = zoho.create("Acme", email="a@acme.example", phone="1", contact_persons=[{"first_name": "Ann"}])
    assert (contact["email"], contact["phone"]) == ("", "")


def test_the_marked_person_of_a_new_contact_is_primary(zoho: Zoho) -> None:
    persons = [{"first_name": "Ann"}, {"first_name": "Bob", "is_primary_contact": True}]
    contact = zoho.create("Acme", contact_persons=persons)
    assert [person["is_primary_contact"] for person in contact["contact_persons"]] == [False, True]
    assert contact["first_name"] == "Bob"


def test_a_contact_without_persons_has_no_primary_one(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    assert (contact["primary_contact_id"], contact["contact_persons"]) == ("", [])


@pytest.mark.parametrize("name", ["acme  CORP", " Acme Corp ", "ACME\tCorp"])
def test_names_are_unique_whatever_their_case_and_spacing(zoho: Zoho, name: str) -> None:
    zoho.create("Acme Corp")
    status, code, message = zoho.refusal("POST", "/contacts", json={"contact_name": name})
    assert (status, code) == (400, 3062)
    assert message.startswith('The customer "')
    assert message.endswith('" already exists. Please specify a different name.')


def test_names_of_vendors_and_inactive_contacts_are_taken_too(zoho: Zoho) -> None:
    zoho.create("Vendor", contact_type="vendor")
    gone = zoho.create("Gone")
    zoho.call("POST", f"/contacts/{gone['contact_id']}/inactive")
    for name in ("Vendor", "Gone"):
        assert zoho.refusal("POST", "/contacts", json={"contact_name": name})[1] == 3062


def test_a_rename_to_a_taken_name_is_refused_and_changes_nothing(zoho: Zoho) -> None:
    zoho.create("Taken")
    contact = zoho.create("Mine")
    body = {"contact_name": "taken", "notes": "x"}
    assert zoho.refusal("PUT", f"/contacts/{contact['contact_id']}", json=body)[:2] == (400, 3062)
    shown = zoho.get(f"/contacts/{contact['contact_id']}")["contact"]
    assert (shown["contact_name"], shown["notes"]) == ("Mine", "")


def test_a_name_is_free_again_after_a_rename_or_delete(zoho: Zoho) -> None:
    contact = zoho.create("First")
    zoho.call("PUT", f"/contacts/{contact['contact_id']}", json={"contact_name": "FIRST "})
    zoho.call("PUT", f"/contacts/{contact['contact_id']}", json={"contact_name": "Second"})
    zoho.create("First")
    zoho.call("DELETE", f"/contacts/{contact['contact_id']}")
    zoho.create("Second")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, 3013, "Enter a valid Contact Name")),
        ({"contact_name": "  "}, (400, 3013, "Enter a valid Contact Name")),
        ({"contact_name": 7}, (400, 3013, "Enter a valid Contact Name")),
        (
            {"contact_name": "x" * 201},
            (400, 15, "Please ensure that the contact_name has less than 200 characters."),
        ),
        (
            {"contact_name": "x", "company_name": "x" * 201},
            (400, 15, "Please ensure that the company_name has less than 200 characters."),
        ),
        (
            {"contact_name": "x", "billing_address": {"street2": "x" * 256}},
            (400, 15, "Please ensure that the street2 has less than 255 characters."),
        ),
        (
            {"contact_name": "x", "currency_id": "1"},
            (400, 9004, "This currency does not exist. Please choose a valid currency"),
        ),
        ({"contact_name": "x", "contact_type": "friend"}, (400, 4, "Invalid value passed for contact_type")),
        (
            {"contact_name": "x", "contact_persons": [{"email": "no"}]},
            (400, 4, "Invalid value passed for email"),
        ),
        (
            {"contact_name": "x", "contact_persons": [{"phone": "1"}]},
            (400, 4, "Invalid value passed for first_name"),
        ),
    ],
)
def test_refuses_what_it_cannot_store(zoho: Zoho, body: Any, refusal: Any) -> None:
    url = f"{zoho.url}/books/v3/contacts?organization_id={zoho.organization_id}"
    response = zoho.session.post(url, json=body, timeout=10)
    shown = response.json()
    assert (response.status_code, shown["code"], shown["message"]) == refusal
    assert zoho.contacts() == []


def test_values_as_long_as_may_be_are_kept(zoho: Zoho) -> None:
    persons = [{"first_name": "f" * 100, "last_name": "l" * 100, "designation": "d" * 50, "phone": "1" * 50}]
    contact = zoho.create("n" * 200, company_name="c" * 200, contact_persons=persons)
    assert (len(contact["contact_name"]), len(contact["company_name"])) == (200, 200)
    assert len(contact["contact_persons"][0]["last_name"]) == 100


def test_a_contact_is_billed_in_the_currency_it_was_given(zoho: Zoho) -> None:
    currencies = {each["currency_code"]: each for each in zoho.get("/settings/currencies")["currencies"]}
    contact = zoho.create("Acme", currency_id=currencies["GBP"]["currency_id"])
    assert (contact["currency_code"], contact["is_bcy_only_contact"]) == ("GBP", False)
    assert zoho.create("Other")["currency_code"] == "EUR"


def test_deletes_a_contact_with_its_persons(zoho: Zoho) -> None:
    contact = zoho.create("Acme", contact_persons=[{"first_name": "Ann"}])
    answer = zoho.call("DELETE", f"/contacts/{contact['contact_id']}").json()
    assert answer == {"code": 0, "message": "The contact has been deleted."}
    refusal = zoho.refusal("GET", f"/contacts/{contact['contact_id']}")
    assert refusal == (404, 1002, "Contact does not exist.")
    assert zoho.get("/contacts/contactpersons")["contact_persons"] == []


def test_does_not_delete_a_contact_with_transactions(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    zoho.edit("update_contact", contact_id=contact["contact_id"], fields={"has_transaction": True})
    assert zoho.refusal("DELETE", f"/contacts/{contact['contact_id']}") == (
        400,
        3000,
        "This contact cannot be deleted since you have recorded transactions for it",
    )
    assert zoho.get(f"/contacts/{contact['contact_id']}")["contact"]["has_transaction"] is True


def test_marks_a_contact_inactive_and_active(zoho: Zoho) -> None:
    contact_id = zoho.create("Acme")["contact_id"]
    for status in ("inactive", "active"):
        answer = zoho.call("POST", f"/contacts/{contact_id}/{status}").json()
        assert answer["message"] == f"The contact has been marked as {status}."
        assert zoho.get(f"/contacts/{contact_id}")["contact"]["status"] == status


def test_an_edit_moves_the_time_of_change_but_not_that_of_creation(zoho: Zoho, clock: Clock) -> None:
    contact = zoho.create("Acme")
    clock.time += 60
    answer = zoho.call("PUT", f"/contacts/{contact['contact_id']}", json={"notes": "x"}).json()["contact"]
    assert answer["created_time"] == contact["created_time"]
    assert answer["last_modified_time"] > contact["last_modified_time"]


def test_transactions_do_not_move_the_time_of_change(zoho: Zoho, clock: Clock) -> None:
    contact = zoho.create("Acme")
    clock.time += 60
    fields = {"outstanding_receivable_amount": 12.5}
    shown = zoho.edit("update_contact", contact_id=contact["contact_id"], fields=fields)
    assert shown["outstanding_receivable_amount"] == 12.5
    assert shown["last_modified_time"] == contact["last_modified_time"]


def test_takes_a_form_with_json_string(zoho: Zoho) -> None:
    response = zoho.call("POST", "/contacts/", data={"JSONString": '{"contact_name": "Größe"}'})
    assert response.status_code == 201
    assert response.json()["contact"]["contact_name"] == "Größe"


@pytest.mark.parametrize(
    ("content_type", "body", "refusal"),
    [
        ("application/x-www-form-urlencoded", "a=b", (400, 4, "The parameter JSONString is mandatory.")),
        ("application/x-www-form-urlencoded", "JSONString=%7B", (400, 1038, "JSON is not well formed")),
        ("application/json", "{", (400, 1038, "JSON is not well formed")),
        ("application/json", "[]", (400, 1038, "JSON is not well formed")),
    ],
)
def test_refuses_a_body_it_cannot_read(zoho: Zoho, content_type: str, body: str, refusal: Any) -> None:
    url = f"{zoho.url}/books/v3/contacts?organization_id={zoho.organization_id}"
    response = zoho.session.post(url, data=body, headers={"Content-Type": content_type}, timeout=10)
    shown = response.json()
    assert (response.status_code, shown["code"], shown["message"]) == refusal


def test_updates_or_creates_by_a_unique_custom_field(zoho: Zoho) -> None:
    headers = {"X-Unique-Identifier-Key": "cf_key", "X-Unique-Identifier-Value": "42"}
    missing = zoho.call("PUT", "/contacts", json={"contact_name": "Acme"}, headers=headers)
    assert missing.status_code == 404
    upsert = {**headers, "X-Upsert": "true"}
    url = f"{zoho.url}/books/v3/contacts?organization_id={zoho.organization_id}"
    made = zoho.session.put(url, json={"contact_name": "Acme"}, headers=upsert, timeout=10)
    again = zoho.session.put(url, json={"contact_name": "Acme 2"}, headers=upsert, timeout=10)
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json()["contact"]["contact_id"] == made.json()["contact"]["contact_id"]
    assert zoho.contacts()[0]["cf_key"] == "42"


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/contacts/1", (404, 1002, "Contact does not exist.")),
        ("PUT", "/contacts/1", (404, 1002, "Contact does not exist.")),
        ("DELETE", "/contacts/1", (404, 1002, "Contact does not exist.")),
        ("POST", "/contacts/1/active", (404, 1002, "Contact does not exist.")),
        ("GET", "/nothing", (404, 5, "Invalid URL Passed")),
        (
            "PATCH",
            "/contacts",
            (405, 37, "The HTTP method PATCH is not allowed for the requested resource"),
        ),
    ],
)
def test_says_what_does_not_exist(zoho: Zoho, method: str, path: str, refusal: Any) -> None:
    assert zoho.refusal(method, path, json={} if method == "PUT" else None) == refusal


def test_the_same_contacts_are_seen_through_both_products_and_the_old_address(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    for product in ("books", "invoice", "api"):
        assert Zoho(zoho.url, product).contacts()[0]["contact_id"] == contact["contact_id"]


def test_calls_after_a_refused_one_on_the_same_connection_work(zoho: Zoho) -> None:
    session = requests.Session()
    refused = session.post(f"{zoho.url}/books/v3/contacts", json={"contact_name": "x" * 5000}, timeout=10)
    assert refused.status_code == 401
    session.headers.update(zoho.session.headers)
    again = session.get(f"{zoho.url}/books/v3/organizations", timeout=10)
    assert again.status_code == 200


def test_lists_the_custom_fields_of_its_customers(zoho: Zoho) -> None:
    told = zoho.get("/settings/fields", entity="contact")["fields"]
    assert [(each["api_name"], each["data_type"]) for each in told] == [
        ("cf_account_number", "string"),
        ("cf_customer_since", "date"),
        ("cf_discount", "decimal"),
        ("cf_newsletter", "check_box"),
        ("cf_tier", "dropdown"),
        ("cf_score", "formula"),
    ]
    assert [option["name"] for option in told[4]["values"]] == ["Basic", "Plus", "Premium"]
    assert zoho.get("/settings/fields", entity="invoice")["fields"] == []


def test_shows_custom_fields_as_they_are_and_as_people_read_them(zoho: Zoho) -> None:
    given = [
        {"api_name": "cf_customer_since", "value": "2024-03-01"},
        {"api_name": "cf_newsletter", "value": "true"},
        {"api_name": "cf_tier", "value": ""},
    ]
    made = zoho.call("POST", "/contacts", json={"contact_name": "Acme", "custom_fields": given}).json()
    shown = {each["api_name"]: each for each in made["contact"]["custom_fields"]}
    assert set(shown) == {"cf_customer_since", "cf_newsletter"}
    assert (shown["cf_customer_since"]["value"], shown["cf_newsletter"]["value"]) == ("2024-03-01", True)
    [row] = zoho.contacts()
    assert (row["cf_customer_since"], row["cf_customer_since_unformatted"]) == ("01 Mar 2024", "2024-03-01")
    assert "cf_tier" not in row


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cf_customer_since", "soon"),
        ("cf_discount", "half"),
        ("cf_newsletter", "maybe"),
        ("cf_tier", "Gold"),
        ("cf_score", "9"),
    ],
)
def test_refuses_what_a_custom_field_cannot_hold(zoho: Zoho, name: str, value: str) -> None:
    fields = [{"api_name": name, "value": value}]
    refused = zoho.call("POST", "/contacts", json={"contact_name": "Acme", "custom_fields": fields})
    assert (refused.status_code, refused.json()["code"]) == (400, 4)
