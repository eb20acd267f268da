"""A directory's methods and its pages are what plugins write and return."""

from __future__ import annotations

import inspect

import pytest

from webapp.sdk import CensusPage, ChangePage, ContactPage, CustomerData, CustomerDetail, Directory
from webapp.sdk.testing import MemoryDirectory

METHODS = [name for name in vars(Directory) if not name.startswith("_")]


@pytest.mark.parametrize("name", METHODS)
def test_the_directory_in_memory_takes_what_a_directory_takes(name: str):
    promised = inspect.signature(getattr(Directory, name))
    assert inspect.signature(getattr(MemoryDirectory, name)) == promised
    assert inspect.getdoc(getattr(Directory, name))


def test_returns_pages_of_the_promised_kinds():
    directory = MemoryDirectory()
    assert directory.changed(None) == ChangePage(customers=(), cursor="0", more=False)
    assert directory.census(None) == CensusPage(customers=(), cursor=None, total_pages=0)
    assert directory.contact_census(None) == ContactPage(contacts=(), cursor=None, total_pages=0)


def test_a_page_need_not_say_how_many_there_are():
    assert CensusPage(customers=(), cursor=None).total_pages is None
    assert ContactPage(contacts=(), cursor=None).total_pages is None


def test_a_customer_without_persons_is_a_whole_one():
    directory = MemoryDirectory()
    directory.create_customer(CustomerData(name="Nordwind KG"))
    [record] = directory.census(None).customers
    assert record.primary is None
    assert directory.customer(record.id) == CustomerDetail(customer=record, contacts=())
