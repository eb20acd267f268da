"""The control side for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.sandbox.conftest import Clock, Zoho


def test_logs_every_call_with_time_method_path_query_and_status(zoho: Zoho) -> None:
    zoho.contacts(page=1)
    zoho.call("GET", "/contacts/1", params=None)
    first, second = zoho.log()
    assert first == {
        "number": first["number"],
        "time": "2026-11-18T11:06:40.000+00:00",
        "method": "GET",
        "path": "/books/v3/contacts",
        "query": f"organization_id={zoho.organization_id}&page=1",
        "status": 200,
    }
    assert (second["path"], second["status"]) == ("/books/v3/contacts/1", 400)


def test_the_log_can_be_read_from_a_call_on_and_emptied(zoho: Zoho) -> None:
    for _ in range(3):
        zoho.contacts()
    number = zoho.log()[1]["number"]
    assert len(zoho.control("GET", f"log?since={number}").json()) == 1
    zoho.control("POST", "log/clear")
    assert zoho.log() == []
    assert zoho.control("GET", "log?since=x").status_code == 400


def test_shows_all_records(sampled: Zoho) -> None:
    main, second = sampled.control("GET", "state").json()["organizations"]
    assert (main["customers"], main["vendors"], len(main["contacts"])) == (120, 6, 126)
    assert second["name"] == "Nordlicht Studio North America"
    assert main["contacts"][0]["persons"][0]["email"] == "mette@aeroe-so.example"
    query = f"search=ærø søtransport&organization={sampled.organization_id}"
    found = sampled.control("GET", f"state?{query}").json()
    assert [each["name"] for each in found["organizations"][0]["contacts"]] == ["Ærø Søtransport ApS"]


def test_edits_contacts_as_someone_at_zoho_would(zoho: Zoho, clock: Clock) -> None:
    made = zoho.edit("create_contact", fields={"contact_name": "Acme", "currency_code": "GBP"})
    clock.time += 5
    changed = zoho.edit("update_contact", contact_id=made["contact_id"], fields={"website": "acme.example"})
    assert (made["source"], made["currency_code"], changed["website"]) == ("user", "GBP", "acme.example")
    assert changed["last_modified_time"] > made["last_modified_time"]
    idle = zoho.edit("set_status", contact_name="acme", status="inactive")
    assert idle["status"] == "inactive"
    assert zoho.edit("delete_contact", contact_name="Acme") is None
    assert zoho.contacts() == []
    assert [call["method"] for call in zoho.log()] == ["GET"]


def test_edits_persons_as_someone_at_zoho_would(zoho: Zoho) -> None:
    zoho.edit("create_contact", fields={"contact_name": "Acme"})
    ann = zoho.edit("create_person", contact_name="Acme", fields={"first_name": "Ann"})["contact_persons"][0]
    both = zoho.edit("create_person", contact_name="Acme", fields={"first_name": "Bob"})
    bob = both["contact_persons"][1]
    assert zoho.edit("mark_primary", contact_person_id=bob["contact_person_id"])["first_name"] == "Bob"
    order = {"contact_person_id": ann["contact_person_id"]}
    assert zoho.edit("update_person", **order, fields={"phone": "1"})["contact_persons"][0]["phone"] == "1"
    assert len(zoho.edit("delete_person", **order)["contact_persons"]) == 1


def test_a_merge_moves_the_persons_to_the_survivor(zoho: Zoho) -> None:
    lost = zoho.create("Acme Ltd", contact_persons=[{"first_name": "Ann"}])
    kept = zoho.create("Acme", contact_persons=[{"first_name": "Bob"}])
    zoho.edit("update_contact", contact_name="Acme Ltd", fields={"has_transaction": True})
    merged = zoho.edit("merge_contact", contact_name="Acme Ltd", into_contact_id=kept["contact_id"])
    assert [person["first_name"] for person in merged["contact_persons"]] == ["Bob", "Ann"]
    assert (merged["first_name"], merged["has_transaction"]) == ("Bob", True)
    assert zoho.refusal("GET", f"/contacts/{lost['contact_id']}")[0] == 404
    persons = zoho.get("/contacts/contactpersons")["contact_persons"]
    assert {person["contact_name"] for person in persons} == {"Acme"}
    ids = [person["contact_person_id"] for person in persons]
    assert ids == sorted(ids)


def test_empties_the_list(sampled: Zoho) -> None:
    assert sampled.edit("delete_all_contacts") is None
    assert (sampled.contacts(), sampled.get("/contacts/contactpersons")["contact_persons"]) == ([], [])
    assert sampled.create("Ærø Søtransport ApS")["contact_name"] == "Ærø Søtransport ApS"


def test_edits_the_organization_that_is_named(zoho: Zoho) -> None:
    name = "Nordlicht Studio North America"
    zoho.edit("create_contact", organization=name, fields={"contact_name": "Over there"})
    assert zoho.contacts() == []
    assert Zoho(zoho.url, organization=name).contacts()[0]["contact_name"] == "Over there"


@pytest.mark.parametrize(
    ("order", "status", "words"),
    [
        ({"action": "explode"}, 400, "action is one of"),
        ({"action": "update_contact"}, 400, "says which contact"),
        ({"action": "update_contact", "contact_id": "1"}, 404, "Contact does not exist."),
        ({"action": "delete_person", "contact_person_id": "1"}, 404, "Contact person does not exist."),
        ({"action": "set_status", "contact_id": "1", "status": "odd"}, 400, "status is"),
        ({"action": "create_contact", "fields": {}}, 400, "Enter a valid Contact Name"),
        ({"action": "create_contact", "fields": []}, 400, "Enter a valid Contact Name"),
        ({"action": "create_contact", "fields": "x"}, 400, "fields is an object"),
        (
            {"action": "create_contact", "fields": {"contact_name": "A", "currency_code": "XXX"}},
            400,
            "This currency does not exist.",
        ),
        ({"action": "create_contact", "organization": "Elsewhere"}, 400, "There is no organization"),
        (
            {"action": "create_contact", "fields": {"contact_name": "A", "has_transaction": 3}},
            400,
            "has_transaction cannot be 3",
        ),
        ([], 400, "The body is a JSON object."),
    ],
)
def test_refuses_an_edit_with_the_reason(zoho: Zoho, order: Any, status: int, words: str) -> None:
    response = zoho.control("POST", "edit", json=order)
    assert (response.status_code, words in response.text) == (status, True), response.text


def test_makes_a_client_and_tokens_without_a_browser(zoho: Zoho) -> None:
    given = {"client_id": "1000.MINE", "client_secret": "mine", "scope": "ZohoBooks.contacts.READ"}
    made = zoho.control("POST", "token", json=given).json()
    assert (made["client_id"], made["client_secret"], made["scope"]) == tuple(given.values())
    assert made["organization_id"] == zoho.organization_id
    assert made["accounts_server"] == made["api_domain"] == zoho.url


def test_ends_all_tokens(zoho: Zoho) -> None:
    zoho.control("POST", "revoke-all")
    assert zoho.refusal("GET", "/contacts")[:2] == (401, 14)


def test_lets_all_access_tokens_expire_but_not_the_refresh_tokens(zoho: Zoho) -> None:
    zoho.control("POST", "expire-all")
    assert zoho.refusal("GET", "/contacts")[:2] == (401, 57)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": zoho.token["refresh_token"],
        "client_id": zoho.token["client_id"],
        "client_secret": zoho.token["client_secret"],
    }
    answer = zoho.session.post(f"{zoho.url}/oauth/v2/token", data=form, timeout=10).json()
    zoho.session.headers["Authorization"] = f"Zoho-oauthtoken {answer['access_token']}"
    assert zoho.contacts() == []


def test_moves_the_clock(zoho: Zoho) -> None:
    zoho.create("Acme")
    assert zoho.control("POST", "clock", json={"advance": 60}).json() == {"now": 1_795_000_060.0}
    later = zoho.edit("update_contact", contact_name="Acme", fields={"notes": "x"})
    assert later["created_time"] < later["last_modified_time"]
    assert zoho.control("POST", "clock", json={"advance": -1}).status_code == 400


def test_starts_over_and_keeps_the_tokens(sampled: Zoho) -> None:
    sampled.edit("delete_all_contacts")
    sampled.settings(latency_ms=1)
    sampled.fault(status=500)
    assert sampled.control("POST", "reset", json={"customers": 3, "seed": 5}).json()["customers"] == 3
    assert len(sampled.contacts(contact_type="customer")) == 3
    assert sampled.control("GET", "settings").json()["latency_ms"] == 0
    assert len(sampled.log()) == 1


def test_starts_over_without_the_tokens_if_told_so(zoho: Zoho) -> None:
    zoho.control("POST", "reset", json={"tokens": True})
    assert zoho.refusal("GET", "/contacts")[:2] == (401, 14)


@pytest.mark.parametrize("given", [{"customer": 3}, {"customers": -1}, {"customers": "3"}, {"seed": None}])
def test_refuses_a_reset_it_does_not_understand(zoho: Zoho, given: Any) -> None:
    assert zoho.control("POST", "reset", json=given).status_code == 400


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"speed": 3}, "There is no setting 'speed'"),
        ({"latency_ms": "3"}, "latency_ms is int"),
        ({"latency_ms": -3}, "cannot be negative"),
        ({"unique_person_emails": "always"}, "is one of"),
        ({"bumping_person_writes": ["look"]}, "is a list out of"),
    ],
)
def test_refuses_a_setting_it_does_not_understand(zoho: Zoho, given: Any, words: str) -> None:
    response = zoho.control("POST", "settings", json=given)
    assert response.status_code == 400
    assert words in response.json()["error"]


def test_moves_the_organization_to_another_time_zone(zoho: Zoho) -> None:
    created = zoho.create("Acme")["created_time"]
    zoho.edit("set_time_zone", time_zone="Asia/Tokyo")
    moved = zoho.contacts()[0]["created_time"]
    assert moved.endswith("+0900")
    assert datetime.fromisoformat(moved) == datetime.fromisoformat(created)


def test_knows_no_time_zone_that_does_not_exist(zoho: Zoho) -> None:
    response = zoho.control("POST", "edit", json={"action": "set_time_zone", "time_zone": "Mars/Base"})
    assert response.status_code == 400
    assert "There is no time zone 'Mars/Base'" in response.json()["error"]
