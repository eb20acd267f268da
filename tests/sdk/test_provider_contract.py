"""The standard tests for providers, on a small provider that keeps every promise."""

import hmac
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from tests.ledger import KEYED
from webapp.sdk import (
    AuthorizationDenied,
    Capabilities,
    CredentialField,
    Grant,
    Provider,
    Region,
)
from webapp.sdk.testing import MemoryDirectory, ProviderContract


def authorize_url(authorization):
    query = {"state": authorization.state, "redirect_uri": authorization.redirect_uri}
    return f"{authorization.region.endpoints['accounts']}/authorize?{urlencode(query)}"


def read_callback(authorization, parameters):
    if "code" not in parameters:
        raise AuthorizationDenied("The person said no.")
    region, redirect_uri = authorization.region.key, authorization.redirect_uri
    return Grant(code=parameters["code"], region=region, redirect_uri=redirect_uri)


LEDGERLY = Provider(
    name="ledgerly",
    label="Ledgerly",
    mark="LE",
    capabilities=Capabilities(
        calls_per_minute=60, calls_at_once=5, max_lengths={"customer": {"billing_address.city": 40}}
    ),
    regions=(Region(key="eu", label="Europe", endpoints={"accounts": "https://accounts.ledgerly.example"}),),
    credentials=(
        CredentialField(name="id", label="Client id"),
        CredentialField(name="secret", label="Client secret", secret=True),
    ),
    guide=("Open the console and copy both values.",),
    authorize_url=authorize_url,
    read_callback=read_callback,
    exchange=lambda account, grant: {},
    organizations=lambda account: (),
    probe=lambda account: {},
    open=lambda account: MemoryDirectory(),
    revoke=lambda account: None,
)


class TestLedgerly(ProviderContract):
    @pytest.fixture
    def provider(self):
        return LEDGERLY


class TestAbacusLetInByAKey(ProviderContract):
    @pytest.fixture
    def provider(self):
        return KEYED


def verify_webhook(delivery, secret):
    right = hmac.digest(secret.encode(), delivery.body, "sha256").hex()
    return hmac.compare_digest(delivery.headers.get("x-ledgerly", "").encode(), right.encode())


class TestLedgerlyThatTellsOfChanges(ProviderContract):
    @pytest.fixture
    def provider(self):
        capabilities = replace(LEDGERLY.capabilities, webhooks=True)
        guide = ("Paste {address} and {secret}.",)
        telling = {"verify_webhook": verify_webhook, "webhook_guide": guide}
        return replace(LEDGERLY, capabilities=capabilities, **telling)

    def signed(self, delivery, secret):
        right = hmac.new(secret.encode(), delivery.body, "sha256").hexdigest()
        return replace(delivery, headers={**delivery.headers, "x-ledgerly": right})
