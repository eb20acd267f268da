"""What lets a call in: its token and its scopes."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.conftest import Clock, Zoho
from tests.sandbox.openapi import recording


def test_bearer_is_accepted_too(zoho: Zoho) -> None:
    headers = {"Authorization": f"Bearer {zoho.token['access_token']}"}
    response = requests.get(f"{zoho.url}/books/v3/organizations", headers=headers, timeout=10)
    assert response.status_code == 200


def test_an_access_token_lasts_an_hour(zoho: Zoho, clock: Clock) -> None:
    clock.time += 3599
    assert zoho.call("GET", "/contacts").status_code == 200
    clock.time += 1
    assert zoho.refusal("GET", "/contacts") == (401, 57, "You are not authorized to perform this operation")


def test_an_expired_token_may_be_answered_with_14(zoho: Zoho, clock: Clock) -> None:
    zoho.settings(expired_token_code=14)
    clock.time += 3600
    assert zoho.refusal("GET", "/contacts") == (401, 14, "Invalid value passed for authtoken")


@pytest.mark.parametrize("header", ["", "Zoho-oauthtoken nobody", "Basic YTpi"])
def test_a_token_nobody_knows_is_refused(zoho: Zoho, header: str) -> None:
    zoho.session.headers["Authorization"] = header
    assert zoho.refusal("GET", "/contacts") == (401, 14, "Invalid value passed for authtoken")


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("ZohoBooks.contacts.READ", "GET", "/books/v3/contacts", 200),
        ("ZohoBooks.contacts.ALL", "GET", "/books/v3/contacts", 200),
        ("ZohoBooks.fullaccess.all", "GET", "/books/v3/contacts", 200),
        ("ZohoBooks.contacts.READ", "GET", "/books/v3/settings/currencies", 401),
        ("ZohoBooks.settings.READ", "GET", "/books/v3/organizations", 200),
        ("ZohoBooks.contacts.READ", "POST", "/books/v3/contacts", 401),
        ("ZohoBooks.contacts.READ", "GET", "/invoice/v3/contacts", 401),
        ("ZohoInvoice.contacts.READ", "GET", "/invoice/v3/contacts", 200),
        ("ZohoInvoice.contacts.READ", "GET", "/books/v3/contacts", 401),
        ("ZohoInvoice.contacts.READ", "GET", "/api/v3/contacts", 200),
        ("ZohoBooks.contacts.UPDATE", "POST", "/books/v3/contacts/1/active", 401),
        ("ZohoBooks.contacts.CREATE", "POST", "/books/v3/contacts/1/active", 404),
        ("ZohoBooks.contacts.CREATE", "POST", "/books/v3/contacts/contactpersons/1/primary", 404),
        ("ZohoBooks.contacts.UPDATE", "DELETE", "/books/v3/contacts/1", 401),
    ],
)
def test_scopes_decide_about_product_and_operation(
    zoho: Zoho, scope: str, method: str, path: str, status: int
) -> None:
    made = zoho.control("POST", "token", json={"scope": scope}).json()
    headers = {"Authorization": f"Zoho-oauthtoken {made['access_token']}"}
    params = {"organization_id": made["organization_id"]}
    response = requests.request(method, zoho.url + path, headers=headers, params=params, timeout=10)
    assert response.status_code == status
    if status == 401:
        assert response.json() == recording("errors/401-code57-not-authorized.json")["body"]
