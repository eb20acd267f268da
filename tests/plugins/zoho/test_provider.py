"""Zoho's products as the portal finds them."""

from __future__ import annotations

from html import unescape
from importlib.metadata import entry_points

import pytest
import requests

from plugins.books import hooks as books
from plugins.invoice import hooks as invoice
from webapp.sdk import API_VERSION, CONTACT_FIELDS, CUSTOMER_FIELDS

HOOKS = {"books": books, "invoice": invoice}
SAYS = {"books": ("Zoho Books", "ZB"), "invoice": ("Zoho Invoice", "ZI")}


@pytest.fixture
def provider(product):
    return HOOKS[product.name].tandem_provider()


def test_its_hook_is_announced_under_its_name(product):
    (found,) = [each for each in entry_points(group="tandem.providers") if each.name == product.name]
    assert found.load() is HOOKS[product.name]


def test_it_says_who_it_is(product, provider):
    assert (provider.name, provider.label, provider.mark) == (product.name, *SAYS[product.name])
    assert provider.api_version == API_VERSION


def test_all_products_open_the_same_organizations():
    assert {each.tandem_provider().family for each in HOOKS.values()} == {"zoho"}


def test_it_says_what_it_can_do(provider):
    capabilities = provider.capabilities
    assert (capabilities.calls_per_minute, capabilities.calls_at_once) == (100, 5)
    assert capabilities.unique_names and capabilities.inactive and capabilities.deletes_customers


def test_its_longest_values_are_of_fields_that_are_synced(provider):
    fields = {"customer": CUSTOMER_FIELDS, "contact": CONTACT_FIELDS}
    for kind, lengths in provider.capabilities.max_lengths.items():
        assert {name.split(".")[0] for name in lengths} <= set(fields[kind])


def test_a_client_secret_is_a_secret(provider):
    assert {field.name: field.secret for field in provider.credentials} == {
        "client_id": False,
        "client_secret": True,
    }


def test_its_guide_names_the_steps_in_zohos_console(provider):
    steps = " ".join(provider.guide)
    for word in ("API console", "Server-based", "Authorized Redirect URIs", "Multi DC", provider.label):
        assert word in steps
    assert "{" not in steps


def test_a_customers_page_is_at_the_products_own_site(product, provider):
    address = provider.record_url(provider.regions[1], "7", "42")
    assert address == f"https://{product.name}.zoho.eu/app/7#/contacts/42"


def test_a_customers_page_in_the_sandbox_is_there_for_people(provider, world):
    (contact, *_) = world.contacts()
    address = provider.record_url(world.region, world.account.organization, contact["id"])
    assert contact["name"] in unescape(requests.get(address, timeout=10).text)
