"""What is Harbour's own: etags, a feed that tells deletions, names that repeat, one person at most."""

import pytest
from webapp.sdk import ContactData, CustomerData, Gone, HasTransactions, Rejected, Stale, Unavailable

from tandem_harbour.client import Client
from tandem_harbour.directory import HarbourDirectory
from tandem_harbour.provider import HARBOUR


class Meanwhile(Client):
    """A client behind which somebody else writes, once, between a reading and the write that follows it."""

    def __init__(self, account, fake):
        super().__init__(account)
        self.fake = fake

    def call(self, method, path, **words):
        if method in ("PUT", "DELETE"):
            row = self.fake.books.customer("1")
            self.fake.books.replace("1", {**row, "name": "Theirs"}, row["etag"])
        return super().call(method, path, **words)


@pytest.fixture
def directory(account):
    return HARBOUR.open(account)


@pytest.mark.parametrize(
    "write",
    [
        lambda directory: directory.update_customer("1", {"name": "Ours"}),
        lambda directory: directory.update_contact("1", "1-person", {"phone": "1"}),
        lambda directory: directory.delete_customer("1"),
    ],
)
def test_a_write_on_a_state_that_is_over_is_stale_and_overwrites_nothing(fake, account, write):
    fake.books.add({"name": "Ada", "email": "ada@ada.example"})
    with pytest.raises(Stale):
        write(HarbourDirectory(Meanwhile(account, fake)))
    assert fake.books.customer("1")["name"] == "Theirs"


def test_whoever_was_deleted_is_told_apart_from_the_changes_and_is_gone(directory):
    mark = directory.changed(None).cursor
    ada, bo = (directory.create_customer(CustomerData(name=name)).id for name in ("Ada", "Bo"))
    directory.delete_customer(ada)
    page = directory.changed(mark)
    assert ([row.id for row in page.customers], page.deleted) == ([bo], (ada,))
    assert not page.more and page.cursor == "3"
    with pytest.raises(Gone):
        directory.customer(ada)


def test_names_repeat(directory):
    ids = {directory.create_customer(CustomerData(name="Ada")).id for _ in range(2)}
    assert {row.id for row in directory.census(None).customers} == ids


def test_a_customer_without_a_person_is_a_whole_one(directory):
    bare = directory.create_customer(CustomerData(name="Ada"))
    assert bare.primary is None
    assert directory.customer(bare.id).contacts == ()
    assert directory.contact_census(None).contacts == ()


def test_a_person_is_not_blanked_away_but_deleted(directory):
    ada = directory.create_customer(CustomerData(name="Ada"))
    person = directory.create_contact(ada.id, ContactData(email="ada@ada.example", mobile="07700 1"))
    assert (person.data.email, person.data.mobile, person.data.primary) == ("ada@ada.example", None, True)
    with pytest.raises(Rejected, match="or delete the contact"):
        directory.update_contact(ada.id, person.id, {"email": ""})
    directory.delete_contact(ada.id, person.id)
    assert directory.customer(ada.id).contacts == ()


def test_refuses_a_person_of_whom_nothing_could_be_kept(directory):
    ada = directory.create_customer(CustomerData(name="Ada"))
    with pytest.raises(Rejected) as refused:
        directory.create_contact(ada.id, ContactData(mobile="07700 1"))
    assert refused.value.field == "first_name"


def test_keeps_a_customer_that_has_invoices(fake, directory):
    customer = directory.create_customer(CustomerData(name="Ada"))
    fake.books.invoiced.add(customer.id)
    with pytest.raises(HasTransactions):
        directory.delete_customer(customer.id)


def test_a_proxy_that_finds_nothing_says_nothing_of_a_record(fake, directory):
    fake.faults.append((404, {}, b"{}"))
    with pytest.raises(Unavailable):
        directory.customer("1")
