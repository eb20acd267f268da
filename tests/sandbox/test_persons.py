"""Creating, changing and deleting contact persons by Zoho's rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Clock, Zoho


def add(zoho: Zoho, contact: Any, first_name: str, **fields: Any) -> Any:
    """Add a person and return it."""
    body = {"contact_id": contact["contact_id"], "first_name": first_name, **fields}
    response = zoho.call("POST", "/contacts/contactpersons", json=body)
    assert response.status_code == 201, response.text
    return response.json()["contact_person"]


def change(zoho: Zoho, person: Any, **fields: Any) -> Any:
    """Change a person and return it."""
    response = zoho.call("PUT", f"/contacts/contactpersons/{person['contact_person_id']}", json=fields)
    assert response.status_code == 200, response.text
    return response.json()["contact_person"]


def shown(zoho: Zoho, contact: Any) -> Any:
    """Return the detail of a contact."""
    return zoho.get(f"/contacts/{contact['contact_id']}")["contact"]


def test_the_first_person_becomes_primary_and_lends_its_values_to_the_contact(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    ann = add(zoho, contact, "Ann", email="ann@acme.example", phone="1")
    add(zoho, contact, "Bob")
    detail = shown(zoho, contact)
    assert detail["primary_contact_id"] == ann["contact_person_id"]
    assert (detail["first_name"], detail["email"], detail["phone"]) == ("Ann", "ann@acme.example", "1")


def test_changes_only_what_is_sent(zoho: Zoho) -> None:
    ann = add(zoho, zoho.create("Acme"), "Ann", last_name="Lee", phone="1", designation="Boss")
    changed = change(zoho, ann, phone="", last_name="Li")
    assert (changed["first_name"], changed["last_name"]) == ("Ann", "Li")
    assert (changed["phone"], changed["designation"]) == ("", "Boss")


def test_a_change_moves_the_time_of_the_contact_too(zoho: Zoho, clock: Clock) -> None:
    contact = zoho.create("Acme")
    ann = add(zoho, contact, "Ann")
    clock.time += 60
    changed = change(zoho, ann, phone="2")
    assert changed["updated_time"] > ann["updated_time"]
    assert shown(zoho, contact)["last_modified_time"] == changed["updated_time"]


def test_a_change_of_nothing_moves_no_time(zoho: Zoho, clock: Clock) -> None:
    contact = zoho.create("Acme")
    ann = add(zoho, contact, "Ann")
    clock.time += 60
    assert change(zoho, ann, first_name="Ann")["updated_time"] == ann["updated_time"]
    assert shown(zoho, contact)["last_modified_time"] == contact["last_modified_time"]


def write_all(zoho: Zoho, contact: Any) -> None:
    ann = add(zoho, contact, "Ann")
    bob = add(zoho, contact, "Bob")
    zoho.call("POST", f"/contacts/contactpersons/{bob['contact_person_id']}/primary")
    zoho.call("DELETE", f"/contacts/contactpersons/{ann['contact_person_id']}")


def test_adding_deleting_and_marking_leave_the_contacts_time_alone(zoho: Zoho, clock: Clock) -> None:
    contact = zoho.create("Acme")
    clock.time += 60
    write_all(zoho, contact)
    assert shown(zoho, contact)["last_modified_time"] == contact["last_modified_time"]


@pytest.mark.parametrize("write", ["create", "delete", "primary"])
def test_each_of_these_can_be_set_to_move_it(zoho: Zoho, clock: Clock, write: str) -> None:
    contact = zoho.create("Acme")
    zoho.settings(bumping_person_writes=[write])
    clock.time += 60
    write_all(zoho, contact)
    assert shown(zoho, contact)["last_modified_time"] > contact["last_modified_time"]


def test_deleting_the_primary_person_makes_the_next_one_primary(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    ann, bob = add(zoho, contact, "Ann"), add(zoho, contact, "Bob")
    answer = zoho.call("DELETE", f"/contacts/contactpersons/{ann['contact_person_id']}").json()
    assert answer == {"code": 0, "message": "The contact person has been deleted."}
    assert shown(zoho, contact)["primary_contact_id"] == bob["contact_person_id"]
    zoho.call("DELETE", f"/contacts/contactpersons/{bob['contact_person_id']}")
    assert shown(zoho, contact)["primary_contact_id"] == ""


def test_marks_another_person_primary(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    add(zoho, contact, "Ann")
    bob = add(zoho, contact, "Bob", email="bob@acme.example")
    path = f"/contacts/contactpersons/{bob['contact_person_id']}/primary"
    assert zoho.call("POST", path).status_code == 200
    assert shown(zoho, contact)["email"] == "bob@acme.example"


def test_a_form_that_marks_a_person_primary_must_have_a_json_string(zoho: Zoho) -> None:
    ann = add(zoho, zoho.create("Acme"), "Ann")
    path = f"/contacts/contactpersons/{ann['contact_person_id']}/primary"
    assert zoho.refusal("POST", path, data={"a": "b"}) == (400, 4, "The parameter JSONString is mandatory.")
    assert zoho.call("POST", path, data={"JSONString": "{}"}).status_code == 200


def test_books_takes_primary_in_an_update_and_invoice_refuses_it(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    add(zoho, contact, "Ann")
    bob = add(zoho, contact, "Bob")
    path = f"/contacts/contactpersons/{bob['contact_person_id']}"
    invoice = Zoho(zoho.url, "invoice")
    assert invoice.refusal("PUT", path, json={"is_primary_contact": True})[:2] == (400, 4)
    assert change(zoho, bob, is_primary_contact=True)["is_primary_contact"] is True


def test_shows_one_person_with_and_without_naming_its_contact(zoho: Zoho) -> None:
    contact, other = zoho.create("Acme"), zoho.create("Other")
    ann = add(zoho, contact, "Ann")
    person_id = ann["contact_person_id"]
    for path in (
        f"/contacts/{contact['contact_id']}/contactpersons/{person_id}",
        f"/contacts/contactpersons/{person_id}",
    ):
        assert zoho.get(path)["contact_person"] == ann
    refusal = zoho.refusal("GET", f"/contacts/{other['contact_id']}/contactpersons/{person_id}")
    assert refusal[:2] == (404, 1002)


def test_lists_the_persons_of_one_contact_by_pages(zoho: Zoho) -> None:
    contact = zoho.create("Acme", contact_persons=[{"first_name": name} for name in "abc"])
    zoho.create("Other", contact_persons=[{"first_name": "z"}])
    path = f"/contacts/{contact['contact_id']}/contactpersons"
    first, second = zoho.get(path, per_page=2), zoho.get(path, per_page=2, page=2)
    names = [person["first_name"] for page in (first, second) for person in page["contact_persons"]]
    assert names == ["a", "b", "c"]
    assert [page["page_context"]["has_more_page"] for page in (first, second)] == [True, False]


def test_lists_all_persons_ascending_by_id_vendors_too(sampled: Zoho) -> None:
    first = sampled.get("/contacts/contactpersons")
    second = sampled.get("/contacts/contactpersons", page=2)
    persons = first["contact_persons"] + second["contact_persons"]
    ids = [person["contact_person_id"] for person in persons]
    assert (len(first["contact_persons"]), first["page_context"]["has_more_page"]) == (200, True)
    assert ids == sorted(ids)
    vendors = {contact["contact_id"] for contact in sampled.contacts(contact_type="vendor")}
    assert vendors & {person["contact_id"] for person in persons}
    assert len(persons) == sampled.control("GET", "state?records=no").json()["organizations"][0]["persons"]


def test_the_list_of_all_persons_can_be_narrowed(zoho: Zoho) -> None:
    acme = zoho.create("Acme", contact_persons=[{"first_name": "Ann", "email": "Ann@acme.example"}])
    zoho.create("Other", contact_persons=[{"first_name": "Bob", "email": "bob@other.example"}])
    by_contact = zoho.get("/contacts/contactpersons", contact_id=acme["contact_id"])["contact_persons"]
    by_email = zoho.get("/contacts/contactpersons", email="ann@ACME.example")["contact_persons"]
    assert [person["first_name"] for person in by_contact + by_email] == ["Ann", "Ann"]


def test_an_account_may_lack_the_list_of_all_persons(zoho: Zoho) -> None:
    zoho.settings(org_wide_persons=False)
    assert zoho.refusal("GET", "/contacts/contactpersons")[0] == 404


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, 4, "Invalid value passed for first_name")),
        ({"first_name": " "}, (400, 4, "Invalid value passed for first_name")),
        ({"first_name": "A", "email": "a@@b.example"}, (400, 4, "Invalid value passed for email")),
        ({"first_name": "A", "phone": ["1"]}, (400, 4, "Invalid value passed for phone")),
        (
            {"first_name": "A" * 101},
            (400, 15, "Please ensure that the first_name has less than 100 characters."),
        ),
        (
            {"first_name": "A", "designation": "d" * 51},
            (400, 15, "Please ensure that the designation has less than 50 characters."),
        ),
    ],
)
def test_refuses_what_it_cannot_store(zoho: Zoho, body: Any, refusal: Any) -> None:
    contact = zoho.create("Acme")
    url = f"{zoho.url}/books/v3/contacts/contactpersons?organization_id={zoho.organization_id}"
    response = zoho.session.post(url, json={"contact_id": contact["contact_id"], **body}, timeout=10)
    answer = response.json()
    assert (response.status_code, answer["code"], answer["message"]) == refusal
    assert shown(zoho, contact)["contact_persons"] == []


def test_says_which_record_does_not_exist(zoho: Zoho) -> None:
    body = {"contact_id": "1", "first_name": "A"}
    assert zoho.refusal("POST", "/contacts/contactpersons", json=body)[:2] == (404, 1002)
    missing = (404, 1002, "Contact person does not exist.")
    assert zoho.refusal("PUT", "/contacts/contactpersons/1", json={"phone": "1"}) == missing
    assert zoho.refusal("DELETE", "/contacts/contactpersons/1") == missing
    assert zoho.refusal("POST", "/contacts/contactpersons/1/primary") == missing


@pytest.mark.parametrize(
    ("rule", "same_contact", "other_contact"),
    [("shared", 201, 201), ("contact", 400, 201), ("organization", 400, 400)],
)
def test_how_far_an_email_is_unique_can_be_set(
    zoho: Zoho, rule: str, same_contact: int, other_contact: int
) -> None:
    acme, other = zoho.create("Acme"), zoho.create("Other")
    add(zoho, acme, "Ann", email="info@acme.example")
    zoho.settings(unique_person_emails=rule)
    for contact, status in ((acme, same_contact), (other, other_contact)):
        body = {"contact_id": contact["contact_id"], "first_name": "B", "email": "INFO@acme.example"}
        assert zoho.call("POST", "/contacts/contactpersons", json=body).status_code == status


def test_portal_access_needs_a_portal(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    assert add(zoho, contact, "Ann", enable_portal=True)["is_added_in_portal"] is True
    assert shown(zoho, contact)["portal_status"] == "enabled"
    second = Zoho(zoho.url, organization="Nordlicht Studio North America")
    other = second.create("Other")
    body = {"contact_id": other["contact_id"], "first_name": "B", "enable_portal": True}
    assert second.refusal("POST", "/contacts/contactpersons", json=body)[:2] == (400, 31006)
