"""Each product of Zoho keeps the promises every provider and every directory makes."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from plugins.zoho.product import Product
from plugins.zoho.provider import zoho_provider
from tests.plugins.zoho_world import World
from webapp.sdk import Authorization, Delivery, Directory, Provider
from webapp.sdk.testing import DirectoryContract, ProviderContract


class TestZohoDirectory(DirectoryContract):
    """An organization at the sandbox, over HTTP."""

    unique_names = True

    @pytest.fixture
    def directory(self, start_world, product: Product) -> Directory:
        self.world: World = start_world(product=product, customers=0)
        return zoho_provider(product).open(self.world.account)

    def settle(self, directory: Directory) -> None:
        self.world.control("clock", {"advance": 5})

    def delete_behind(self, directory: Directory, customer_id: str) -> None:
        self.world.edit("delete_contact", contact_id=customer_id)


class TestZohoProvider(ProviderContract):
    """What a product says of itself."""

    @pytest.fixture
    def provider(self, product: Product) -> Provider:
        return zoho_provider(product)

    def callback(self, authorization: Authorization) -> dict[str, str]:
        return {
            "code": "1000.code",
            "state": authorization.state,
            "location": authorization.region.key,
            "accounts-server": authorization.region.endpoints["accounts"],
        }

    def signed(self, delivery: Delivery, secret: str) -> Delivery:
        pairs, body = list(delivery.query), delivery.body
        if "form" in delivery.headers.get("content-type", ""):
            pairs, body = parse_qsl(body.decode()), b""
        text = "".join(f"{key}{value}" for key, value in sorted(pairs)).encode() + body
        right = self.written(hmac.new(secret.encode(), text, "sha256").digest())
        return replace(delivery, headers={**delivery.headers, "x-zoho-webhook-signature": right})

    def written(self, right: bytes) -> str:
        return right.hex()


class TestZohoProviderSigningInBase64(TestZohoProvider):
    """The same, where Zoho writes its signatures the other way that was seen."""

    def written(self, right: bytes) -> str:
        return base64.b64encode(right).decode()
