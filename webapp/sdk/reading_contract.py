"""Standard tests for an account that people work with: they only read, a few pages of it."""

from __future__ import annotations

from itertools import islice
from typing import ClassVar

import pytest

from webapp.sdk.directory import CustomerDetail, Directory
from webapp.sdk.readings import changes_since, kept
from webapp.sdk.records import CustomerRecord


class ReadingContract:
    """Subclass this and override ``directory``: a directory somebody filled, of which nothing is changed.

    ``unsupported``, ``contact_census`` and ``keeps_unknown`` are as in ``DirectoryContract``; ``sample`` is
    how many customers are read in full.
    """

    unsupported: ClassVar[frozenset[str]] = frozenset()
    contact_census: ClassVar[bool] = True
    keeps_unknown: ClassVar[bool] = False
    sample: ClassVar[int] = 3

    @pytest.fixture
    def directory(self) -> Directory:
        """Return a directory that holds customers."""
        raise NotImplementedError("Override the fixture `directory`: return a directory with customers.")

    def test_lists_customers_each_with_a_name_and_once_on_its_page(self, directory: Directory) -> None:
        rows = self.rows(directory)
        assert all(row.data.name.strip() for row in rows)
        assert len({row.id for row in rows}) == len(rows)

    def test_goes_on_with_the_listing_after_its_first_page(self, directory: Directory) -> None:
        first = directory.census(None)
        if first.cursor is None:
            pytest.skip("All customers are on one page.")
        second = directory.census(first.cursor)
        assert second.cursor != first.cursor
        assert {row.id for row in second.customers} - {row.id for row in first.customers}

    def test_tells_in_the_listing_what_the_full_reading_tells(self, directory: Directory) -> None:
        for row in islice(self.rows(directory), self.sample):
            full = directory.customer(row.id).customer
            known = {
                name: value for name, value in kept(row.data, self.unsupported).items() if value is not None
            }
            assert row.version == full.version
            assert known.items() <= kept(full.data, self.unsupported).items()

    def test_knows_every_field_when_read_in_full(self, directory: Directory) -> None:
        if self.keeps_unknown:
            pytest.skip("The directory keeps as unknown what it was never told.")
        for detail in self.details(directory):
            assert None not in kept(detail.customer.data, self.unsupported).values()
            for contact in detail.contacts:
                assert None not in kept(contact.data, self.unsupported).values()

    def test_gives_an_unchanged_customer_the_same_version(self, directory: Directory) -> None:
        for detail in self.details(directory):
            assert directory.customer(detail.customer.id).customer.version == detail.customer.version

    def test_names_the_customer_of_each_contact(self, directory: Directory) -> None:
        for detail in self.details(directory):
            assert {contact.customer_id for contact in detail.contacts} <= {detail.customer.id}

    def test_tells_one_primary_contact_where_there_are_contacts(self, directory: Directory) -> None:
        for detail in self.details(directory):
            primaries = [contact for contact in detail.contacts if contact.data.primary]
            assert len(primaries) == bool(detail.contacts)

    def test_ends_the_changes_since_a_moment_ago(self, directory: Directory) -> None:
        _, cursor = changes_since(directory, directory.changed(None).cursor)
        assert cursor

    def test_lists_all_contacts_with_their_customers(self, directory: Directory) -> None:
        if not self.contact_census:
            pytest.skip("The directory cannot list all contacts.")
        contacts = directory.contact_census(None).contacts
        assert all(contact.customer_id for contact in contacts)
        assert len({contact.id for contact in contacts}) == len(contacts)

    def rows(self, directory: Directory) -> tuple[CustomerRecord, ...]:
        """Return the first page of the census; skip the test where there is nobody on it."""
        rows = directory.census(None).customers
        if not rows:
            pytest.skip("There is no customer to read.")
        return rows

    def details(self, directory: Directory) -> list[CustomerDetail]:
        """Read some customers in full."""
        return [directory.customer(row.id) for row in islice(self.rows(directory), self.sample)]
