"""Standard tests for every provider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from webapp.sdk.errors import AuthorizationDenied
from webapp.sdk.provider import API_VERSION, Authorization, Delivery, Provider, Region
from webapp.sdk.records import CONTACT_FIELDS, CUSTOMER_FIELDS

REDIRECT = "https://portal.example/connections/callback"
SECRET = "a-secret-nobody-may-see"
SIGNING_SECRET = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3aB4cD5eF"
OTHER_SECRET = SIGNING_SECRET[::-1]
DELIVERIES = {
    "json": Delivery(
        headers={"content-type": "application/json"}, query=(), body=b'{"contact": {"id": "1"}}'
    ),
    "query": Delivery(headers={}, query=(("b", "2"), ("a", "ä 1")), body=b"{}"),
    "form": Delivery(
        headers={"content-type": "application/x-www-form-urlencoded"}, query=(), body=b"name=B%26B&id=1"
    ),
    "nothing": Delivery(headers={}, query=(), body=b""),
}
"""What a webhook may bring, before it is signed."""


class ProviderContract:
    """Subclass this in your tests and override ``provider`` and ``callback``.

    ``callback`` returns the parameters a browser brings back after a person has agreed; ``denied`` those
    after a person has not. Where the provider has webhooks, override ``signed`` too.
    """

    @pytest.fixture
    def provider(self) -> Provider:
        """Return what your hook returns."""
        raise NotImplementedError("Override the fixture `provider`: return what your hook returns.")

    def callback(self, authorization: Authorization) -> Mapping[str, str]:
        """Return the parameters of a callback that says yes."""
        return {"code": "a-code", "state": authorization.state}

    def denied(self, authorization: Authorization) -> Mapping[str, str]:
        """Return the parameters of a callback that says no."""
        return {"error": "access_denied", "state": authorization.state}

    def signed(self, delivery: Delivery, secret: str) -> Delivery:
        """Return a delivery as the provider signs it; without webhooks there is no such thing."""
        return delivery

    def test_has_a_name_a_label_and_a_mark(self, provider: Provider) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", provider.name)
        assert provider.label.strip()
        assert len(provider.mark) == 2

    def test_is_written_for_this_version_of_the_sdk(self, provider: Provider) -> None:
        assert provider.api_version == API_VERSION

    def test_has_regions_of_different_keys(self, provider: Provider) -> None:
        keys = [region.key for region in provider.regions]
        assert keys
        assert len(set(keys)) == len(keys)

    def test_reaches_its_regions_over_https_only(self, provider: Provider) -> None:
        addresses = [address for region in provider.regions for address in region.endpoints.values()]
        assert addresses
        assert {urlsplit(address).scheme for address in addresses} == {"https"}
        assert all(urlsplit(address).hostname for address in addresses)

    def test_has_the_same_endpoints_in_every_region(self, provider: Provider) -> None:
        assert len({frozenset(region.endpoints) for region in provider.regions}) == 1

    def test_asks_for_credentials_of_different_names(self, provider: Provider) -> None:
        names = [credential.name for credential in provider.credentials]
        assert len(set(names)) == len(names)
        assert all(credential.label.strip() for credential in provider.credentials)

    def test_asks_for_a_secret_or_for_consent(self, provider: Provider) -> None:
        assert any(credential.secret for credential in provider.credentials) or not provider.keys_alone

    def test_guides_a_person_to_the_credentials(self, provider: Provider) -> None:
        assert provider.guide
        assert all(step.strip() for step in provider.guide)

    def test_may_make_calls(self, provider: Provider) -> None:
        assert provider.capabilities.calls_per_minute > 0
        assert provider.capabilities.calls_at_once > 0

    def test_limits_only_fields_there_are(self, provider: Provider) -> None:
        known = {"customer": CUSTOMER_FIELDS, "contact": CONTACT_FIELDS}
        for kind, limits in provider.capabilities.max_lengths.items():
            assert {name.split(".")[0] for name in limits} <= set(known[kind])
            assert all(limit > 0 for limit in limits.values())

    def test_sends_a_person_to_its_own_region(self, provider: Provider) -> None:
        for region in provider.regions:
            authorization = self.authorization(provider, region)
            address = urlsplit(provider.authorize_url(authorization))
            hosts = {urlsplit(endpoint).netloc for endpoint in region.endpoints.values()}
            assert address.scheme == "https"
            assert address.netloc in hosts

    def test_hands_state_and_way_back_to_the_browser_but_no_secret(self, provider: Provider) -> None:
        authorization = self.authorization(provider, provider.regions[0])
        address = provider.authorize_url(authorization)
        values = {value for found in parse_qs(urlsplit(address).query).values() for value in found}
        assert {authorization.state, REDIRECT} <= values
        assert SECRET not in address

    def test_takes_the_code_out_of_a_callback(self, provider: Provider) -> None:
        authorization = self.authorization(provider, provider.regions[0])
        grant = provider.read_callback(authorization, self.callback(authorization))
        assert grant.code
        assert grant.redirect_uri == REDIRECT
        assert grant.region in {region.key for region in provider.regions}

    def test_says_when_a_person_said_no(self, provider: Provider) -> None:
        authorization = self.authorization(provider, provider.regions[0])
        with pytest.raises(AuthorizationDenied):
            provider.read_callback(authorization, self.denied(authorization))

    def test_refuses_a_callback_without_a_code(self, provider: Provider) -> None:
        authorization = self.authorization(provider, provider.regions[0])
        with pytest.raises(AuthorizationDenied):
            provider.read_callback(authorization, {"state": authorization.state})

    def test_links_a_record_over_https_or_not_at_all(self, provider: Provider) -> None:
        for region in provider.regions:
            address = provider.record_url(region, "123", "456")
            assert address == "" or urlsplit(address).scheme == "https"

    def test_says_how_a_webhook_is_set_up_where_it_has_one(self, provider: Provider) -> None:
        assert bool(provider.webhook_guide) is provider.capabilities.webhooks
        assert all(step.strip() for step in provider.webhook_guide)
        steps = " ".join(provider.webhook_guide)
        assert ("{address}" in steps and "{secret}" in steps) is provider.capabilities.webhooks
        assert not re.search(r"[{}]", re.sub(r"\{(address|secret)\}", "", steps))

    @pytest.mark.parametrize("delivery", DELIVERIES.values(), ids=DELIVERIES)
    def test_takes_a_webhook_signed_with_the_secret_alone(
        self, provider: Provider, delivery: Delivery
    ) -> None:
        signed = self.signed(delivery, SIGNING_SECRET)
        assert provider.verify_webhook(signed, SIGNING_SECRET) is provider.capabilities.webhooks
        assert provider.verify_webhook(signed, OTHER_SECRET) is False
        assert provider.verify_webhook(delivery, SIGNING_SECRET) is False

    def test_refuses_a_webhook_that_was_changed_on_its_way(self, provider: Provider) -> None:
        signed = self.signed(DELIVERIES["query"], SIGNING_SECRET)
        changed = replace(signed, body=b"[]")
        assert provider.verify_webhook(changed, SIGNING_SECRET) is False

    @pytest.mark.parametrize("value", ["", "x", "ü", "=" * 5000, "\x00", "00" * 32])
    def test_refuses_a_signature_that_is_none(self, provider: Provider, value: str) -> None:
        signed = self.signed(DELIVERIES["json"], SIGNING_SECRET)
        headers = {**signed.headers, **dict.fromkeys(set(signed.headers) - {"content-type"}, value)}
        assert provider.verify_webhook(replace(signed, headers=headers), SIGNING_SECRET) is False

    def authorization(self, provider: Provider, region: Region) -> Authorization:
        """Return an attempt to connect, where somebody has to agree to it."""
        if provider.keys_alone:
            pytest.skip("The provider is let in by keys alone.")
        credentials = {
            credential.name: SECRET if credential.secret else "an-id" for credential in provider.credentials
        }
        return Authorization(
            region=region, credentials=credentials, redirect_uri=REDIRECT, state="a-state-of-256-bits"
        )
