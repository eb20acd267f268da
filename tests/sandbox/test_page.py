"""The page for people at /_sandbox/."""

from __future__ import annotations

from typing import Any

import requests

from tests.sandbox.conftest import Zoho


def page(zoho: Zoho, path: str = "/_sandbox/", **params: Any) -> requests.Response:
    """Open a page."""
    return requests.get(zoho.url + path, params=params, timeout=10)


def press(zoho: Zoho, path: str, **form: str) -> requests.Response:
    """Send a form and follow to where it leads."""
    form = {"organization": zoho.organization_id, **form}
    return requests.post(f"{zoho.url}/_sandbox/by-hand/{path}", data=form, timeout=10)


def test_leads_people_from_the_root_to_the_page(sampled: Zoho) -> None:
    response = page(sampled, "/")
    assert response.url == f"{sampled.url}/_sandbox/"
    assert "Customers and vendors" in response.text


def test_says_how_to_connect_an_app(zoho: Zoho) -> None:
    zoho.control("POST", "token", json={"client_id": "1000.SANDBOX", "client_secret": "a-new-secret"})
    shown = page(zoho).text
    assert "<code>1000.SANDBOX</code>" in shown
    assert "<code>a-new-secret</code>" in shown


def test_shows_customers_persons_and_calls_without_any_script(sampled: Zoho) -> None:
    sampled.contacts(page=3)
    shown = page(sampled, search="sorensen byg").text + page(sampled, search="Sørensen Byg").text
    assert "Birgitte" in shown
    assert "page=3" in shown
    assert "<script" not in page(sampled, search="alert(1)").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page(sampled, search="alert(1)").text


def test_leaves_through_its_pages(sampled: Zoho) -> None:
    assert "page=2" in page(sampled).text
    assert "Previous" in page(sampled, page=2).text


def test_says_when_nothing_matches(sampled: Zoho) -> None:
    assert "Nothing matches “nobody here”" in page(sampled, search="nobody here").text


def test_serves_its_style_sheet(sampled: Zoho) -> None:
    response = page(sampled, "/_sandbox/static/sandbox.css")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def test_adds_changes_and_deletes_a_customer(zoho: Zoho) -> None:
    made = press(zoho, "edit", action="create_contact", **{"fields.contact_name": "Acme"})
    assert "Saved, as if done at Zoho." in made.text
    contact = zoho.contacts()[0]
    fields = {
        "contact_id": contact["contact_id"],
        "fields.website": "acme.example",
        "fields.has_transaction": "yes",
        "billing_address.city": "Kiel",
    }
    assert 'value="acme.example"' in press(zoho, "edit", action="update_contact", **fields).text
    detail = zoho.get(f"/contacts/{contact['contact_id']}")["contact"]
    assert (detail["billing_address"]["city"], detail["has_transaction"]) == ("Kiel", True)
    about = {"contact_id": contact["contact_id"]}
    refused = press(zoho, "edit", action="delete_contact", **about)
    assert (refused.status_code, "recorded transactions" in refused.text) == (400, True)
    press(zoho, "edit", action="update_contact", **about, **{"fields.has_transaction": "no"})
    assert "Deleted." in press(zoho, "edit", action="delete_contact", **about).text
    assert zoho.contacts() == []


def test_adds_a_person_and_merges(zoho: Zoho) -> None:
    first, second = zoho.create("Acme"), zoho.create("Acme Ltd")
    about = {"contact_id": second["contact_id"]}
    shown = press(zoho, "edit", action="create_person", **about, **{"fields.first_name": "Ann"})
    assert 'value="Ann"' in shown.text
    merged = press(zoho, "edit", action="merge_contact", **about, into_contact_name="Acme")
    assert merged.url.partition("?")[0].endswith(first["contact_id"])
    assert 'value="Ann"' in merged.text


def test_prepares_and_drops_trouble(zoho: Zoho) -> None:
    assert "3 calls answer 429" in press(zoho, "trouble", trouble="busy").text
    assert "Drop 1 waiting" in page(zoho).text
    assert zoho.call("GET", "/contacts").status_code == 429
    press(zoho, "trouble", trouble="none")
    assert zoho.call("GET", "/contacts").status_code == 200


def test_cuts_and_shifts_listings(sampled: Zoho) -> None:
    press(sampled, "trouble", trouble="blank")
    assert sampled.contacts() == []
    press(sampled, "trouble", trouble="none")
    press(sampled, "trouble", trouble="short")
    assert len(sampled.contacts()) == 76
    press(sampled, "trouble", trouble="none")
    press(sampled, "trouble", trouble="shift")
    before = {each["contact_id"] for each in sampled.contacts(page=1, contact_type="customer")}
    after = {each["contact_id"] for each in sampled.contacts(page=1, contact_type="customer")}
    press(sampled, "trouble", trouble="none")
    assert len(before - after) == 1


def test_names_customers_alike_to_merge_one_into(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    zoho.create("Acme Ltd")
    zoho.create("Beta")
    shown = page(zoho, f"/_sandbox/contacts/{zoho.organization_id}/{contact['contact_id']}").text
    assert '<option value="Acme Ltd">' in shown
    assert '<option value="Beta">' not in shown
    assert '<option value="Acme">' not in shown


def test_expires_and_revokes_tokens(zoho: Zoho) -> None:
    press(zoho, "tokens", what="expire")
    assert zoho.refusal("GET", "/contacts")[1] == 57
    press(zoho, "tokens", what="revoke")
    assert zoho.refusal("GET", "/contacts")[1] == 14


def test_empties_the_list_and_starts_over(sampled: Zoho) -> None:
    press(sampled, "edit", action="delete_all_contacts")
    assert "No customers yet" in page(sampled).text
    press(sampled, "reset")
    assert len(sampled.contacts()) == 126


def test_says_so_when_a_customer_is_gone_or_a_form_unreadable(zoho: Zoho) -> None:
    gone = page(zoho, f"/_sandbox/contacts/{zoho.organization_id}/1")
    assert (gone.status_code, "Contact does not exist." in gone.text) == (404, True)
    unreadable = press(zoho, "edit", action="explode")
    assert (unreadable.status_code, "Action is one of" in unreadable.text) == (400, True)
    assert page(zoho, organization="elsewhere").status_code == 400
