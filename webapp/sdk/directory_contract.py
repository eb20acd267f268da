"""Standard tests for every directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from webapp.sdk.directory import Directory
from webapp.sdk.errors import Gone, Rejected
from webapp.sdk.readings import changes_since, kept, read_census, read_contact_census
from webapp.sdk.records import Address, ContactData, ContactRecord, CustomerData, Value
from webapp.sdk.samples import FULL_CONTACT, FULL_CUSTOMER, ODD_TEXTS


class DirectoryContract:
    """Subclass this in your tests and override ``directory``; every test is a promise of ``Directory``.

    ``unsupported`` are fields the directory does not keep, such as ``customer.website``. The features say
    what else it can do; without ``several_contacts`` a customer has one at most, and another is refused with
    ``Rejected``; with ``keeps_unknown`` what it was never told stays unknown. ``crowd`` is how many
    customers the tests of listings make. Override ``settle`` where versions are too coarse to tell two
    writes of the same moment, and ``delete_behind`` where something else should delete.
    """

    unsupported: ClassVar[frozenset[str]] = frozenset()
    unique_names: ClassVar[bool] = False
    inactive: ClassVar[bool] = True
    deletes_customers: ClassVar[bool] = True
    several_contacts: ClassVar[bool] = True
    contact_census: ClassVar[bool] = True
    keeps_unknown: ClassVar[bool] = False
    crowd: ClassVar[int] = 7

    @pytest.fixture
    def directory(self) -> Directory:
        """Return an empty directory."""
        raise NotImplementedError("Override the fixture `directory`: return an empty directory of yours.")

    def settle(self, directory: Directory) -> None:
        """Let enough time pass for the next write to get another version."""

    def delete_behind(self, directory: Directory, customer_id: str) -> None:
        """Delete a customer as someone else would."""
        directory.delete_customer(customer_id)

    def test_keeps_every_field_of_a_customer(self, directory: Directory) -> None:
        record = directory.create_customer(self.full_customer())
        assert self.kept(directory.customer(record.id).customer.data) == self.kept(self.full_customer())

    def test_keeps_every_field_of_a_contact(self, directory: Directory) -> None:
        customer = directory.create_customer(CustomerData(name="Ada"))
        directory.create_contact(customer.id, self.full_contact())
        [contact] = directory.customer(customer.id).contacts
        assert contact.customer_id == customer.id
        assert self.kept(contact.data) == self.kept(replace(self.full_contact(), primary=True))

    def test_knows_every_field_when_read_in_full(self, directory: Directory) -> None:
        if self.keeps_unknown:
            pytest.skip("The directory keeps as unknown what it was never told.")
        customer = directory.create_customer(CustomerData(name="Bare"))
        directory.create_contact(customer.id, ContactData(first_name="Bo"))
        detail = directory.customer(customer.id)
        assert None not in self.kept(detail.customer.data).values()
        assert None not in self.kept(detail.contacts[0].data).values()

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_keeps_text_as_it_is(self, directory: Directory, text: str) -> None:
        customer = directory.create_customer(CustomerData(name=text))
        directory.create_contact(customer.id, ContactData(first_name=text))
        detail = directory.customer(customer.id)
        assert detail.customer.data.name == detail.contacts[0].data.first_name == text

    def test_writes_the_named_customer_fields_and_no_others(self, directory: Directory) -> None:
        record = directory.create_customer(self.full_customer())
        answer = directory.update_customer(record.id, {"name": "Renamed"})
        expected = self.kept(replace(self.full_customer(), name="Renamed"))
        assert answer.data.name == "Renamed"
        assert self.kept(directory.customer(record.id).customer.data) == expected

    def test_writes_the_named_contact_fields_and_no_others(self, directory: Directory) -> None:
        contact = self.add_contact(directory)
        answer = directory.update_contact(contact.customer_id, contact.id, {"last_name": "Byron"})
        [read] = directory.customer(contact.customer_id).contacts
        expected = replace(self.full_contact(), last_name="Byron", primary=True)
        assert answer.data.last_name == "Byron"
        assert self.kept(read.data) == self.kept(expected)

    @pytest.mark.parametrize("name", ["company_name", "website", "billing_address"])
    def test_blanks_a_customer_field(self, directory: Directory, name: str) -> None:
        self.skip_unsupported(f"customer.{name}")
        blank: Value = Address() if name == "billing_address" else ""
        record = directory.create_customer(self.full_customer())
        directory.update_customer(record.id, {name: blank})
        assert getattr(directory.customer(record.id).customer.data, name) == blank

    @pytest.mark.parametrize("name", ["salutation", "last_name", "email", "phone", "mobile", "department"])
    def test_blanks_a_contact_field(self, directory: Directory, name: str) -> None:
        self.skip_unsupported(f"contact.{name}")
        contact = self.add_contact(directory)
        directory.update_contact(contact.customer_id, contact.id, {name: ""})
        [read] = directory.customer(contact.customer_id).contacts
        assert getattr(read.data, name) == ""

    def test_marks_a_customer_inactive_and_active_again(self, directory: Directory) -> None:
        if not self.inactive:
            pytest.skip("The directory knows no inactive customers.")
        record = directory.create_customer(CustomerData(name="Ada"))
        directory.update_customer(record.id, {"active": False})
        assert directory.customer(record.id).customer.data.active is False
        directory.update_customer(record.id, {"active": True})
        assert directory.customer(record.id).customer.data.active is True

    def test_gives_a_changed_customer_another_version(self, directory: Directory) -> None:
        before = directory.create_customer(CustomerData(name="Ada"))
        self.settle(directory)
        directory.update_customer(before.id, {"name": "Ada Ltd"})
        assert directory.customer(before.id).customer.version != before.version

    def test_gives_an_unchanged_customer_the_same_version(self, directory: Directory) -> None:
        record = directory.create_customer(CustomerData(name="Ada"))
        assert directory.customer(record.id).customer.version == record.version

    def test_refuses_a_customer_without_a_name(self, directory: Directory) -> None:
        with pytest.raises(Rejected) as refused:
            directory.create_customer(CustomerData(name=""))
        assert refused.value.field == "name"

    def test_refuses_a_second_customer_of_the_same_name(self, directory: Directory) -> None:
        if not self.unique_names:
            pytest.skip("The directory lets names repeat.")
        directory.create_customer(CustomerData(name="Ada"))
        with pytest.raises(Rejected) as refused:
            directory.create_customer(CustomerData(name="Ada"))
        assert refused.value.field == "name"

    def test_says_that_an_unknown_customer_is_gone(self, directory: Directory) -> None:
        customer_id = self.gone_customer(directory)
        with pytest.raises(Gone):
            directory.customer(customer_id)
        with pytest.raises(Gone):
            directory.update_customer(customer_id, {"name": "Nobody"})
        with pytest.raises(Gone):
            directory.create_contact(customer_id, ContactData(first_name="Nobody"))

    def test_says_that_a_deleted_contact_is_gone(self, directory: Directory) -> None:
        contact = self.add_contact(directory)
        directory.delete_contact(contact.customer_id, contact.id)
        assert directory.customer(contact.customer_id).contacts == ()
        with pytest.raises(Gone):
            directory.delete_contact(contact.customer_id, contact.id)
        with pytest.raises(Gone):
            directory.update_contact(contact.customer_id, contact.id, {"last_name": "Nobody"})

    def test_makes_the_first_contact_primary(self, directory: Directory) -> None:
        customer = directory.create_customer(CustomerData(name="Ada"))
        first = directory.create_contact(customer.id, ContactData(first_name="First"))
        if self.several_contacts:
            directory.create_contact(customer.id, ContactData(first_name="Second", primary=False))
        assert self.primaries(directory, customer.id) == [first.id]

    def test_refuses_a_second_contact_where_there_is_room_for_one(self, directory: Directory) -> None:
        if self.several_contacts:
            pytest.skip("The directory keeps several contacts of a customer.")
        contact = self.add_contact(directory)
        with pytest.raises(Rejected):
            directory.create_contact(contact.customer_id, ContactData(first_name="Second"))
        assert self.primaries(directory, contact.customer_id) == [contact.id]

    def test_keeps_exactly_one_primary_contact(self, directory: Directory) -> None:
        if not self.several_contacts:
            pytest.skip("The directory keeps one contact of a customer.")
        customer = directory.create_customer(CustomerData(name="Ada"))
        directory.create_contact(customer.id, ContactData(first_name="First"))
        second = directory.create_contact(customer.id, ContactData(first_name="Second", primary=False))
        answer = directory.update_contact(customer.id, second.id, {"primary": True})
        assert answer.data.primary is True
        assert self.primaries(directory, customer.id) == [second.id]

    def test_tells_every_customer_that_changed_since(self, directory: Directory) -> None:
        ids = self.add_customers(directory)
        self.settle(directory)
        cursor = directory.changed(None).cursor
        self.settle(directory)
        for customer_id in ids[::2]:
            directory.update_customer(customer_id, {"name": f"Changed {customer_id}"})
        told, cursor = changes_since(directory, cursor)
        assert set(ids[::2]) <= set(told)

    def test_tells_a_change_that_follows_a_quiet_poll(self, directory: Directory) -> None:
        [customer_id, *_] = self.add_customers(directory)
        _, cursor = changes_since(directory, directory.changed(None).cursor)
        self.settle(directory)
        directory.update_customer(customer_id, {"name": "Changed at last"})
        told, _ = changes_since(directory, cursor)
        assert customer_id in told

    def test_tells_the_same_again_for_the_same_cursor(self, directory: Directory) -> None:
        cursor = directory.changed(None).cursor
        ids = self.add_customers(directory)
        told, _ = changes_since(directory, cursor)
        again, _ = changes_since(directory, cursor)
        assert set(ids) <= set(told) & set(again)

    @pytest.mark.parametrize("expected", [None, 0, 1, 10_000])
    def test_tells_every_customer_in_a_census(self, directory: Directory, expected: int | None) -> None:
        ids = self.add_customers(directory)
        assert {record.id for record in read_census(directory, expected)} == set(ids)

    @pytest.mark.parametrize("expected", [None, 0, 1, 10_000])
    def test_tells_every_contact_in_a_census(self, directory: Directory, expected: int | None) -> None:
        if not self.contact_census:
            pytest.skip("The directory cannot list all contacts.")
        made = {self.add_contact(directory, f"Customer {number}") for number in range(self.crowd)}
        told = {(contact.id, contact.customer_id) for contact in read_contact_census(directory, expected)}
        assert told == {(contact.id, contact.customer_id) for contact in made}

    def test_ends_a_census_of_nothing(self, directory: Directory) -> None:
        assert read_census(directory, None) == []

    def test_misses_no_live_customer_while_others_are_deleted(self, directory: Directory) -> None:
        if not self.deletes_customers:
            pytest.skip("The directory deletes no customers.")
        ids = self.add_customers(directory)
        page = directory.census(None)
        told = {record.id for record in page.customers}
        self.delete_behind(directory, ids[0])
        while page.cursor is not None:
            page = directory.census(page.cursor)
            told |= {record.id for record in page.customers}
        assert set(ids[1:]) <= told

    def test_tells_in_a_listing_what_the_full_reading_tells(self, directory: Directory) -> None:
        record = directory.create_customer(self.full_customer())
        directory.create_contact(record.id, self.full_contact())
        [row] = read_census(directory, None)
        detail = directory.customer(record.id)
        known = {name: value for name, value in self.kept(row.data).items() if value is not None}
        assert row.version == detail.customer.version
        assert known.items() <= self.kept(detail.customer.data).items()

    def full_customer(self) -> CustomerData:
        """Return a customer with every field filled."""
        return FULL_CUSTOMER

    def full_contact(self) -> ContactData:
        """Return a contact with every field filled."""
        return FULL_CONTACT

    def kept(self, data: CustomerData | ContactData) -> Mapping[str, Value]:
        """Return the fields the directory keeps."""
        return kept(data, self.unsupported)

    def skip_unsupported(self, field: str) -> None:
        """Skip a test about a field the directory does not keep."""
        if field in self.unsupported:
            pytest.skip(f"The directory does not keep {field}.")

    def add_customers(self, directory: Directory) -> list[str]:
        """Make a crowd; return the ids, oldest first."""
        return [
            directory.create_customer(CustomerData(name=f"Crowd {number}")).id for number in range(self.crowd)
        ]

    def add_contact(self, directory: Directory, name: str = "Ada") -> ContactRecord:
        """Make a customer with one contact."""
        customer = directory.create_customer(CustomerData(name=name))
        return directory.create_contact(customer.id, self.full_contact())

    def gone_customer(self, directory: Directory) -> str:
        """Return the id of a customer there is none of any more."""
        customer_id = directory.create_customer(CustomerData(name="Soon gone")).id
        self.delete_behind(directory, customer_id)
        return customer_id

    def primaries(self, directory: Directory, customer_id: str) -> list[str]:
        """Return the ids of the primary contacts of a customer."""
        return [contact.id for contact in directory.customer(customer_id).contacts if contact.data.primary]
