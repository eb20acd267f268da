"""What a provider leaves out has a meaning that promises nothing."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from tests.ledger import EUROPE, KEYED, LEDGER
from webapp.sdk import API_VERSION, AuthorizationDenied, Capabilities, Delivery, Organization, Provider

DELIVERY = Delivery(headers={}, query=(), body=b"")


def test_a_provider_is_of_the_version_it_was_made_with_unless_it_says_another():
    assert LEDGER.api_version == API_VERSION
    assert replace(LEDGER, api_version=API_VERSION + 1).api_version == API_VERSION + 1


def test_a_provider_that_knows_no_webhooks_takes_none():
    assert LEDGER.verify_webhook(DELIVERY, "a secret") is False
    assert LEDGER.webhook_guide == ()


def test_a_provider_without_pages_of_customers_links_to_none():
    assert LEDGER.record_url(EUROPE, "1", "2") == ""


def test_what_is_not_said_of_a_provider_it_cannot_do():
    can = Capabilities(calls_per_minute=1, calls_at_once=1)
    assert (can.unique_names, can.inactive, can.deletes_customers, can.webhooks) == (False,) * 4
    assert (can.max_lengths, can.required) == ({}, {})


def test_a_provider_that_asks_nobody_is_let_in_by_keys_alone():
    assert (KEYED.keys_alone, LEDGER.keys_alone) == (True, False)
    assert KEYED.revoke(None) is None
    with pytest.raises(AuthorizationDenied):
        KEYED.authorize_url(None)


def test_an_organization_is_active_and_of_no_known_limit_unless_said():
    organization = Organization(id="1", name="Nordlicht Studio")
    assert (organization.active, organization.calls_per_day) == (True, None)


def test_a_provider_cannot_be_changed_by_anybody():
    assert isinstance(LEDGER, Provider)
    with pytest.raises(FrozenInstanceError):
        LEDGER.name = "books"
