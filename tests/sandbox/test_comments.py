"""A contact's history."""

from __future__ import annotations

from tests.sandbox.conftest import Clock, Zoho


def test_tells_what_happened_newest_first(zoho: Zoho, clock: Clock) -> None:
    contact_id = zoho.create("Acme")["contact_id"]
    clock.time += 3 * 86_400
    zoho.control("POST", "token", json={})
    again = Zoho(zoho.url)
    again.call("POST", f"/contacts/{contact_id}/inactive")
    lines = again.get(f"/contacts/{contact_id}/comments")["contact_comments"]
    assert [(line["operation_type"], line["description"]) for line in lines] == [
        ("updated", "Contact marked as inactive"),
        ("added", "Contact added"),
    ]
    assert [line["date_description"] for line in lines] == ["today", "3 days ago"]


def test_a_contact_of_the_sample_was_added_once(sampled: Zoho) -> None:
    contact_id = sampled.contacts()[0]["contact_id"]
    sampled.call("PUT", f"/contacts/{contact_id}", json={"notes": "x"})
    answer = sampled.get(f"/contacts/{contact_id}/comments", per_page=1)
    assert answer["contact_comments"][0]["description"] == "Contact details modified"
    assert answer["page_context"]["has_more_page"] is True
