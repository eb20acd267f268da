"""Which hosts the plugin knows and what an answer may point to."""

from __future__ import annotations

import pytest

from plugins.zoho.regions import REGIONS, api_server, customer_page, region_named, region_of_callback
from webapp.sdk import AuthorizationDenied, Region

US, CANADA = REGIONS[0], next(region for region in REGIONS if region.key == "ca")
SANDBOX = Region(
    key="sandbox",
    label="Sandbox",
    endpoints={"accounts": "http://127.0.0.1:9999", "api": "http://127.0.0.1:9999"},
)


def test_every_data_centre_has_its_two_servers_over_https():
    assert [region.key for region in REGIONS] == ["us", "eu", "in", "au", "jp", "ca", "cn", "sa"]
    for region in REGIONS:
        assert set(region.endpoints) == {"accounts", "api"}
        assert all(address.startswith("https://") for address in region.endpoints.values())


def test_canadas_servers_have_unlike_domains():
    assert CANADA.endpoints == {
        "accounts": "https://accounts.zohocloud.ca",
        "api": "https://www.zohoapis.ca",
    }


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.key)
def test_a_callback_of_any_data_centre_leads_to_that_one(region):
    assert region_of_callback(US, region.endpoints["accounts"] + "/", region.key.upper()) == region


def test_a_callback_that_tells_no_place_is_of_the_region_asked():
    assert region_of_callback(CANADA, "", "") == CANADA


def test_a_location_alone_names_the_data_centre():
    assert region_of_callback(US, "", "ca") == CANADA


@pytest.mark.parametrize(
    "server",
    [
        "https://accounts.zoho.com.evil.example",
        "https://evil.example",
        "http://accounts.zoho.com",
        "https://accounts.zoho.com@evil.example",
        "https://accounts.zoho.com:444",
        "javascript:alert(1)",
        "http://127.0.0.1:9999",
    ],
)
def test_a_foreign_accounts_server_is_refused_by_name(server):
    with pytest.raises(AuthorizationDenied, match="none of Zoho's"):
        region_of_callback(US, server, "us")


def test_an_unknown_location_is_refused():
    with pytest.raises(AuthorizationDenied, match="mars"):
        region_of_callback(US, "", "mars")


def test_a_server_and_a_location_that_disagree_are_refused():
    with pytest.raises(AuthorizationDenied, match="two different data centres"):
        region_of_callback(US, "https://accounts.zoho.eu", "us")


def test_the_data_centre_without_finance_apps_says_so():
    with pytest.raises(AuthorizationDenied, match="United Kingdom"):
        region_of_callback(US, "https://accounts.zoho.uk", "uk")


def test_the_sandbox_answers_for_itself_whatever_location_it_plays():
    assert region_of_callback(SANDBOX, "http://127.0.0.1:9999", "eu") == SANDBOX


@pytest.mark.parametrize("server", ["https://accounts.zoho.com", "http://127.0.0.1:9998"])
def test_the_sandbox_cannot_send_a_secret_elsewhere(server):
    with pytest.raises(AuthorizationDenied):
        region_of_callback(SANDBOX, server, "us")


def test_a_region_of_that_key_with_other_hosts_is_not_taken_for_zohos():
    impostor = Region(key="us", label="US", endpoints=SANDBOX.endpoints)
    with pytest.raises(AuthorizationDenied):
        region_of_callback(impostor, "https://accounts.zoho.com", "us")


def test_an_unknown_region_of_a_grant_is_refused():
    with pytest.raises(AuthorizationDenied, match="mars"):
        region_named("mars", US)


@pytest.mark.parametrize(
    ("region", "told", "used"),
    [
        (US, "https://www.zohoapis.com", "https://www.zohoapis.com"),
        (US, "https://www.zohoapis.eu/", "https://www.zohoapis.eu"),
        (US, "https://api.zoho.eu", "https://www.zohoapis.com"),
        (US, "https://evil.example", "https://www.zohoapis.com"),
        (US, "http://www.zohoapis.com", "https://www.zohoapis.com"),
        (US, None, "https://www.zohoapis.com"),
        (US, 7, "https://www.zohoapis.com"),
        (SANDBOX, "http://127.0.0.1:9999", "http://127.0.0.1:9999"),
        (SANDBOX, "https://www.zohoapis.com", "http://127.0.0.1:9999"),
    ],
)
def test_the_api_server_told_is_used_only_if_the_table_has_it(region, told, used):
    assert api_server(region, told) == used


def test_a_customers_page_is_on_the_web_site_of_its_data_centre():
    assert customer_page(US, "books", "7", "42") == "https://books.zoho.com/app/7#/contacts/42"
    assert customer_page(CANADA, "books", "7", "42") == "https://books.zohocloud.ca/app/7#/contacts/42"


def test_a_customers_page_in_the_sandbox_is_the_sandboxs_own():
    assert customer_page(SANDBOX, "books", "7", "42").startswith("http://127.0.0.1:9999/_sandbox/")
