"""The standard tests of Harbour, in front of the small one: ``tandem plugin check harbour`` runs them too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from webapp.sdk import Directory, Provider
from webapp.sdk.testing import DirectoryContract, HttpAccount, ProviderContract

from tandem_harbour.fake import ORGANIZATION, Fake
from tandem_harbour.provider import HARBOUR


def account_at(fake: Fake) -> HttpAccount:
    """Return an account at the small Harbour, as if somebody had connected it."""
    return HttpAccount(
        fake.region,
        {
            "client_id": "a-client",
            "client_secret": "a-secret",
            "access_token": fake.new_token(),
            "refresh_token": fake.new_token("refresh"),
        },
        organization=ORGANIZATION["id"],
    )


class TestProvider(ProviderContract):
    """What the provider says of itself."""

    @pytest.fixture
    def provider(self) -> Provider:
        return HARBOUR


class TestDirectory(DirectoryContract):
    """An organization of it: flat customers, one person each."""

    several_contacts = False
    unsupported = frozenset(
        {
            "customer.website",
            "contact.salutation",
            "contact.mobile",
            "contact.designation",
            "contact.department",
        }
    )

    @pytest.fixture
    def directory(self) -> Iterator[Directory]:
        with Fake() as fake:
            yield HARBOUR.open(account_at(fake))
