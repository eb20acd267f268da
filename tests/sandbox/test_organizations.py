"""Organizations, currencies, and which organization a call is about."""

from __future__ import annotations

from tests.sandbox.conftest import Zoho
from tests.sandbox.openapi import recording


def test_a_token_sees_two_organizations(zoho: Zoho) -> None:
    first, second = zoho.get("/organizations")["organizations"]
    assert (first["name"], first["currency_code"], first["time_zone"], first["is_default_org"]) == (
        "Nordlicht Studio",
        "EUR",
        "Europe/Berlin",
        True,
    )
    assert len(first["organization_id"]) == 10
    assert (second["currency_code"], second["time_zone"]) == ("USD", "America/New_York")


def test_shows_one_organization(zoho: Zoho) -> None:
    shown = zoho.get(f"/organizations/{zoho.organization_id}")["organization"]
    assert shown["organization_id"] == zoho.organization_id
    assert zoho.refusal("GET", "/organizations/1")[:2] == (400, 6041)


def test_organizations_keep_their_contacts_apart(zoho: Zoho) -> None:
    second = Zoho(zoho.url, organization="Nordlicht Studio North America")
    contact = zoho.create("Acme")
    assert second.refusal("GET", f"/contacts/{contact['contact_id']}")[:2] == (404, 1002)
    assert second.create("Acme")["currency_code"] == "USD"


def test_a_foreign_organization_is_refused_by_name(zoho: Zoho) -> None:
    recorded = recording("errors/400-code6041-wrong-organization.json")["body"]
    refusal = zoho.refusal("GET", "/contacts", params={"organization_id": "60059694101"})
    assert refusal == (400, recorded["code"], recorded["message"])


def test_books_needs_the_organization_in_the_address(zoho: Zoho) -> None:
    headers = {"X-com-zoho-invoice-organizationid": zoho.organization_id}
    refusal = zoho.refusal("GET", "/contacts", params=None, headers=headers)
    assert refusal == (400, 4, "Invalid value passed for organization_id")


def test_invoice_takes_the_organization_from_a_header_or_the_default_one(zoho: Zoho) -> None:
    second = Zoho(zoho.url, "invoice", organization="Nordlicht Studio North America")
    second.create("Over there")
    zoho.create("Over here")
    headers = {"X-com-zoho-invoice-organizationid": second.organization_id}
    by_header = second.call("GET", "/contacts", params=None, headers=headers).json()["contacts"]
    by_default = second.call("GET", "/contacts", params=None).json()["contacts"]
    assert [row["contact_name"] for row in by_header + by_default] == ["Over there", "Over here"]


def test_lists_currencies_with_one_base(zoho: Zoho) -> None:
    currencies = zoho.get("/settings/currencies")["currencies"]
    assert [each["currency_code"] for each in currencies if each["is_base_currency"]] == ["EUR"]
    others = zoho.get("/settings/currencies", filter_by="Currencies.ExcludeBaseCurrency")["currencies"]
    assert len(others) == len(currencies) - 1
    assert zoho.refusal("GET", "/settings/currencies", params={"filter_by": "x"})[:2] == (400, 2)


def test_shows_one_currency(zoho: Zoho) -> None:
    yen = next(
        each for each in zoho.get("/settings/currencies")["currencies"] if each["currency_code"] == "JPY"
    )
    shown = zoho.get(f"/settings/currencies/{yen['currency_id']}")["currency"]
    assert (shown["currency_symbol"], shown["price_precision"]) == ("¥", 0)
    assert zoho.refusal("GET", "/settings/currencies/1")[:2] == (404, 1002)
