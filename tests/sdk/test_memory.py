"""The directory in memory keeps every promise of a directory, however it is set up."""

from typing import get_args

import pytest

from webapp.sdk.errors import Gone, HasTransactions, Rejected, Unavailable
from webapp.sdk.records import ContactData, CustomerData
from webapp.sdk.testing import Call, DirectoryContract, Interruption, MemoryDirectory


class TestMemoryDirectory(DirectoryContract):
    @pytest.fixture
    def directory(self):
        return MemoryDirectory()


class TestSmallPagesAndUniqueNames(DirectoryContract):
    unique_names = True

    @pytest.fixture
    def directory(self):
        return MemoryDirectory(
            prefix="crm9-",
            page_size=2,
            unique_names=True,
            detail_only=frozenset({"billing_address"}),
            parents_follow=True,
        )


class TestUnknownStaysUnknown(DirectoryContract):
    keeps_unknown = True

    @pytest.fixture
    def directory(self):
        return MemoryDirectory(keeps_unknown=True)


@pytest.fixture
def directory():
    return MemoryDirectory()


def test_counts_calls_but_not_those_behind_its_back(directory):
    with directory.behind():
        customer = directory.create_customer(CustomerData(name="Ada"))
    directory.customer(customer.id)
    assert [(call.name, call.about, call.writes) for call in directory.calls] == [
        ("customer", customer.id, False)
    ]


@pytest.mark.parametrize(("failing", "customers"), [("before", 0), ("after", 1)])
def test_fails_before_a_call_without_effect_and_after_it_with_effect(directory, failing, customers):
    def lose_answer(call, when):
        if when == failing:
            raise Unavailable("No answer.", effect_unknown=True)

    directory.interrupt = lose_answer
    with pytest.raises(Unavailable):
        directory.create_customer(CustomerData(name="Ada"))
    assert len(directory.customers()) == customers


def test_asks_at_each_moment_of_a_call_whether_it_is_interrupted(directory):
    [_, moments], _ = get_args(Interruption)
    asked = []
    directory.interrupt = lambda call, when: asked.append((call, when))
    directory.census(None)
    assert asked == [(Call("census"), when) for when in get_args(moments)]


def test_keeps_customers_with_transactions(directory):
    customer = directory.create_customer(CustomerData(name="Ada"))
    directory.transactions.add(customer.id)
    with pytest.raises(HasTransactions):
        directory.delete_customer(customer.id)
    assert directory.customer(customer.id).customer.data.name == "Ada"


def test_brings_back_a_customer_with_the_contacts_that_went_along(directory):
    customer = directory.create_customer(CustomerData(name="Ada"))
    first = directory.create_contact(customer.id, ContactData(first_name="First"))
    second = directory.create_contact(customer.id, ContactData(first_name="Second"))
    directory.delete_contact(customer.id, first.id)
    directory.delete_customer(customer.id)
    directory.restore_customer(customer.id)
    assert [contact.id for contact in directory.customer(customer.id).contacts] == [second.id]


def test_brings_back_a_contact_without_taking_the_primary_mark(directory):
    customer = directory.create_customer(CustomerData(name="Ada"))
    first = directory.create_contact(customer.id, ContactData(first_name="First"))
    directory.create_contact(customer.id, ContactData(first_name="Second"))
    directory.delete_contact(customer.id, first.id)
    assert [contact.id for contact in directory.binned_contacts(customer.id)] == [first.id]
    assert directory.restore_contact(customer.id, first.id).data.primary is False


def test_brings_back_nothing_that_is_not_in_the_bin(directory):
    customer = directory.create_customer(CustomerData(name="Ada"))
    with pytest.raises(Gone):
        directory.restore_customer(customer.id)
    with pytest.raises(Gone):
        directory.restore_contact(customer.id, "9")


def test_goes_back_to_a_checkpoint(directory):
    customer = directory.create_customer(CustomerData(name="Ada"))
    roll_back = directory.checkpoint()
    directory.update_customer(customer.id, {"name": "Eve"})
    directory.create_customer(CustomerData(name="New"))
    roll_back()
    assert [detail.customer.data.name for detail in directory.customers()] == ["Ada"]


def test_refuses_long_values_by_the_name_of_the_field():
    directory = MemoryDirectory(max_lengths={"customer": {"website": 5}})
    with pytest.raises(Rejected) as refused:
        directory.create_customer(CustomerData(name="Ada", website="https://ada.example"))
    assert refused.value.field == "website"


def test_lets_another_contact_take_the_primary_mark_but_nobody_give_it_up(directory):
    customer = directory.create_customer(CustomerData(name="Ada"))
    first = directory.create_contact(customer.id, ContactData(first_name="First"))
    with pytest.raises(Rejected) as refused:
        directory.update_contact(customer.id, first.id, {"primary": False})
    assert refused.value.field == "primary"
