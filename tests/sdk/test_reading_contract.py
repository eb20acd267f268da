"""The standard tests that only read, on directories somebody filled."""

from __future__ import annotations

import pytest

from webapp.sdk import ContactData, CustomerData
from webapp.sdk.testing import MemoryDirectory, ReadingContract


def fill(directory: MemoryDirectory) -> MemoryDirectory:
    for name in ("Nordwind KG", "Rivage SARL", "Petrov & Sons"):
        customer = directory.create_customer(CustomerData(name=name))
        directory.create_contact(customer.id, ContactData(first_name="Ida"))
        directory.create_contact(customer.id, ContactData(first_name="Noé"))
    directory.calls.clear()
    return directory


class TestAllOnOnePage(ReadingContract):
    @pytest.fixture
    def directory(self):
        return fill(MemoryDirectory())


class TestSmallPages(ReadingContract):
    @pytest.fixture
    def directory(self):
        directory = fill(MemoryDirectory(page_size=2, detail_only=frozenset({"billing_address"})))
        yield directory
        assert [call for call in directory.calls if call.writes] == []
