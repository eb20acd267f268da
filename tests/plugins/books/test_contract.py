"""Zoho Books keeps the promises every provider and every directory makes."""

from __future__ import annotations

import pytest

from plugins.books.hooks import tandem_provider
from tests.plugins.zoho_world import World
from webapp.sdk import Authorization, Directory, Provider
from webapp.sdk.testing import DirectoryContract, ProviderContract


class TestBooksDirectory(DirectoryContract):
    """An organization at the sandbox, over HTTP."""

    unique_names = True

    @pytest.fixture
    def directory(self, start_world) -> Directory:
        self.world: World = start_world(customers=0)
        return tandem_provider().open(self.world.account)

    def settle(self, directory: Directory) -> None:
        self.world.control("clock", {"advance": 5})

    def delete_behind(self, directory: Directory, customer_id: str) -> None:
        self.world.edit("delete_contact", contact_id=customer_id)


class TestBooksProvider(ProviderContract):
    """What Zoho Books says of itself."""

    @pytest.fixture
    def provider(self) -> Provider:
        return tandem_provider()

    def callback(self, authorization: Authorization) -> dict[str, str]:
        return {
            "code": "1000.code",
            "state": authorization.state,
            "location": authorization.region.key,
            "accounts-server": authorization.region.endpoints["accounts"],
        }
