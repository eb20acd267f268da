"""A directory that is retold keeps every promise of a directory, whoever retells it."""

import pytest

from webapp.outside import Named, Retold
from webapp.sdk import CustomerData
from webapp.sdk.testing import DirectoryContract, MemoryDirectory


class TestWordForWord(DirectoryContract):
    @pytest.fixture
    def directory(self):
        return Retold(MemoryDirectory())


class TestNamed(DirectoryContract):
    @pytest.fixture
    def directory(self):
        return Named(MemoryDirectory(), "c", {})


def test_every_call_goes_on_with_what_it_was_given():
    theirs = MemoryDirectory(page_size=2)
    directory = Retold(theirs)
    with theirs.behind():
        ids = [theirs.create_customer(CustomerData(name=name)).id for name in ("Arc", "Bee", "Cee")]
    page = directory.changed("0")
    assert ([each.id for each in page.customers], page.more) == (ids[:2], True)
    assert directory.changed(page.cursor).customers[0].id == ids[2]
    first = directory.census(None, expected=3)
    assert (len(first.customers), first.total_pages) == (2, 2)
    assert [call.name for call in theirs.calls] == ["changed", "changed", "census"]
