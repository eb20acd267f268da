"""A contact's addresses."""

from __future__ import annotations

from tests.sandbox.conftest import Zoho


def test_additional_addresses_are_added_changed_and_deleted(zoho: Zoho) -> None:
    path = f"/contacts/{zoho.create('Acme')['contact_id']}/address"
    made = zoho.call("POST", path, json={"city": "Kiel", "zip": "24103"})
    address_id = made.json()["address_info"]["address_id"]
    assert (made.status_code, made.json()["message"]) == (200, "The address has been created.")
    body = {"address_id": address_id, "city": "Lübeck"}
    changed = zoho.call("PUT", f"{path}/{address_id}", json=body).json()
    assert (changed["address_info"]["city"], changed["address_info"]["zip"]) == ("Lübeck", "24103")
    assert [each["city"] for each in zoho.get(path)["addresses"]] == ["Lübeck"]
    deleted = zoho.call("DELETE", f"{path}/{address_id}").json()
    assert deleted["message"] == "The address has been deleted."
    assert zoho.get(path)["addresses"] == []
    assert zoho.refusal("DELETE", f"{path}/{address_id}") == (404, 1002, "Address does not exist.")


def test_billing_and_shipping_address_have_ids_even_when_empty(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    ids = {contact[f"{kind}_address"]["address_id"] for kind in ("billing", "shipping")}
    assert len(ids) == 2
    assert contact["billing_address"]["city"] == ""


def test_an_address_is_changed_field_by_field(zoho: Zoho) -> None:
    contact = zoho.create("Acme", billing_address={"city": "Kiel", "zip": "24103"})
    body = {"billing_address": {"city": "Bonn"}}
    changed = zoho.call("PUT", f"/contacts/{contact['contact_id']}", json=body).json()["contact"]
    assert (changed["billing_address"]["city"], changed["billing_address"]["zip"]) == ("Bonn", "24103")
