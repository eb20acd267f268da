"""The standard tests for a plugin that announces none of its own, and for a real account."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import pytest

from webapp.sdk import Authorization, Delivery, Directory, Provider
from webapp.sdk.testing import DirectoryContract, ProviderContract, ReadingContract
from webapp.workshop.subject import Subject, Tidy

_UNKNOWN = "The plugin announces no contract, so it is not known what {}: see docs/plugins.md, Testing."
TRAITS = (
    *("unsupported", "unique_names", "inactive", "deletes_customers"),
    *("several_contacts", "contact_census", "keeps_unknown"),
)
"""What a contract's class says of the directory it tests."""


class TestProvider(ProviderContract):
    """What a provider says of itself, as far as it shows without its author's help."""

    @pytest.fixture
    def provider(self, subject: Subject) -> Provider:
        return subject.provider

    def callback(self, authorization: Authorization) -> Mapping[str, str]:
        pytest.skip(_UNKNOWN.format("comes back from its consent page"))

    def denied(self, authorization: Authorization) -> Mapping[str, str]:
        pytest.skip(_UNKNOWN.format("comes back from its consent page"))

    def signed(self, delivery: Delivery, secret: str) -> Delivery:
        pytest.skip(_UNKNOWN.format("its webhooks are signed with"))


class TestAccountRead(ReadingContract):
    """A real account, of which nothing is changed."""

    @pytest.fixture
    def directory(self, subject: Subject, traits: Mapping[str, object]) -> Directory:
        _take(self, traits)
        return subject.directory()


class TestAccountWritten(DirectoryContract):
    """A real account that holds nothing, and holds nothing afterwards."""

    @pytest.fixture
    def directory(self, subject: Subject, traits: Mapping[str, object]) -> Iterator[Directory]:
        _take(self, traits)
        self._rest = subject.rest
        directory = Tidy(subject.directory())
        yield directory
        directory.tidy_up()

    def settle(self, directory: Directory) -> None:
        time.sleep(self._rest)


def _take(contract: object, traits: Mapping[str, object]) -> None:
    for name in set(TRAITS) & set(traits):
        setattr(contract, name, traits[name])
