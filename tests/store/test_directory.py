"""The portal's own directory keeps the promises every directory makes."""

import uuid

import pytest

from tests.portal_world import World, portal_app
from tests.queries import queries
from webapp.extensions import db
from webapp.sdk import ContactData, CustomerData, Gone, Rejected
from webapp.sdk.testing import DirectoryContract
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def directory():
    yield PortalDirectory(World.new().portal_id)
    db.session.rollback()


class TestContract(DirectoryContract):
    keeps_unknown = True

    @pytest.fixture
    def directory(self):
        yield PortalDirectory(World.new().portal_id)
        db.session.rollback()


def row(record):
    return db.session.scalars(db.select(Customer).where(Customer.id == uuid.UUID(record.id))).one()


def test_a_contact_edit_bumps_the_contact_alone(directory):
    made = directory.create_customer(CustomerData(name="Arc"))
    contact = directory.create_contact(made.id, ContactData(first_name="Anna"))
    edited = directory.update_contact(made.id, contact.id, {"phone": "040 123"})
    assert (edited.version, directory.customer(made.id).customer.version) == ("2", "1")


def test_an_echo_changes_no_version(directory):
    made = directory.create_customer(CustomerData(name="Arc", website=""))
    assert directory.update_customer(made.id, {"name": "Arc", "website": ""}).version == "1"


def test_keeps_what_a_customer_is_found_by(directory):
    made = directory.create_customer(CustomerData(name="Årc"))
    contact = directory.create_contact(made.id, ContactData(first_name="Anna", phone="(040) 1-2"))
    directory.flush()
    assert row(made).search == "arc\nanna\n4012"
    directory.update_contact(made.id, contact.id, {"email": "a@x.example"})
    assert "a@x.example" in row(made).search
    directory.delete_contact(made.id, contact.id)
    assert row(made).search == "arc"
    directory.update_customer(made.id, {"name": "ŁUK"})
    assert (row(made).search, row(made).name_key) == ("luk", "łuk")


def test_deleted_customers_lie_in_the_bin_with_their_contacts(directory):
    made = directory.create_customer(CustomerData(name="Arc"))
    directory.create_contact(made.id, ContactData(first_name="Anna"))
    before = directory.create_contact(made.id, ContactData(first_name="Bo"))
    directory.delete_contact(made.id, before.id)
    directory.delete_customer(made.id)
    with pytest.raises(Gone):
        directory.customer(made.id)
    assert row(made).deleted_at is not None
    directory.restore_customer(made.id)
    assert [each.data.first_name for each in directory.customer(made.id).contacts] == ["Anna"]
    restored = directory.restore_contact(made.id, before.id)
    assert restored.data.primary is False
    assert len(directory.customer(made.id).contacts) == 2


@pytest.mark.parametrize("name", ["", "   "])
def test_refuses_a_customer_without_a_name(directory, name):
    with pytest.raises(Rejected) as refused:
        directory.create_customer(CustomerData(name=name))
    assert refused.value.field == "name"


def test_refuses_what_a_database_cannot_keep(directory):
    made = directory.create_customer(CustomerData(name="Arc"))
    with pytest.raises(Rejected) as refused:
        directory.create_contact(made.id, ContactData(first_name="\x00"))
    assert refused.value.field == "first_name"


def test_creates_a_customer_with_its_contacts_in_one_statement(directory):
    with queries(db.engine) as statements:
        made = directory.create_customer(CustomerData(name="Arc"))
        for number in range(5):
            directory.create_contact(made.id, ContactData(first_name=str(number)))
        directory.flush()
    assert len(statements) == 1
    assert db.session.scalar(db.select(db.func.count()).where(Contact.customer_id == row(made).id)) == 5


@pytest.mark.parametrize("their_id", ["", "x", "1'; DROP TABLE customer", str(uuid.UUID(int=7))])
def test_knows_no_foreign_ids(directory, their_id):
    with pytest.raises(Gone):
        directory.customer(their_id)
