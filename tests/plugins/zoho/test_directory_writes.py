"""Writing to an organization at Zoho, over HTTP."""

from __future__ import annotations

import pytest

from tests.plugins.zoho_world import all_customers, named
from webapp.sdk import (
    Address,
    AuthorizationLost,
    ContactData,
    CustomerData,
    Gone,
    HasTransactions,
    Rejected,
    Unavailable,
)

SHIP = "Ærø Søtransport ApS"


@pytest.fixture
def directory(world):
    return world.directory


@pytest.fixture
def ship(world):
    """A customer with several contacts."""
    return named(world.directory, SHIP)


def test_a_customer_is_created_as_a_customer(world, directory):
    address = Address(street="Kaj 1", city="Aarhus", postal_code="8000", country="Denmark")
    data = CustomerData(
        name="Ny Kunde", company_name="Ny ApS", website="https://ny.example", billing_address=address
    )
    made = directory.create_customer(data)
    assert made == directory.customer(made.id).customer
    assert made.data.billing_address == address and made.data.active and made.data.currency == "EUR"
    assert made.id in {contact["id"] for contact in world.contacts()}
    (post,) = [
        call for call in world.account.calls if call.url.endswith("/contacts") and call.method == "POST"
    ]
    assert post.json["contact_type"] == "customer"


def test_a_customer_is_created_in_a_currency_and_inactive(directory):
    made = directory.create_customer(CustomerData(name="Quiet", currency="USD", active=False))
    assert (made.data.currency, made.data.active) == ("USD", False)


def test_a_currency_that_is_not_there_is_refused_by_name(directory):
    with pytest.raises(Rejected) as caught:
        directory.create_customer(CustomerData(name="Strange", currency="XXX"))
    assert caught.value.field == "currency"


def test_a_customer_made_is_told_even_if_it_could_not_be_made_inactive(world, directory):
    world.fault(path="/inactive$", status=500)
    made = directory.create_customer(CustomerData(name="Half", active=False))
    assert made.data.active is True and made.id


def test_a_name_that_is_taken_is_refused_by_name(directory):
    other = next(each for each in all_customers(directory).values() if each.data.name != SHIP)
    for write in (
        lambda: directory.create_customer(CustomerData(name=SHIP)),
        lambda: directory.update_customer(other.id, {"name": SHIP}),
    ):
        with pytest.raises(Rejected) as caught:
            write()
        assert caught.value.field == "name"


def test_a_value_too_long_is_refused_by_name(directory, ship):
    with pytest.raises(Rejected) as caught:
        directory.update_customer(ship.id, {"company_name": "x" * 201})
    assert caught.value.field == "company_name"


def test_an_update_writes_the_named_fields_and_no_others(world, directory, ship):
    before = directory.customer(ship.id)
    world.clear_log()
    told = directory.update_customer(ship.id, {"website": "https://only.example"})
    after = directory.customer(ship.id)
    assert told == after.customer and after.contacts == before.contacts
    assert after.customer.data.billing_address == before.customer.data.billing_address
    assert after.customer.data.website == "https://only.example"
    (put,) = [call for call in world.account.calls if call.method == "PUT"]
    assert put.json == {"website": "https://only.example"}


def test_an_update_never_sends_persons(world, directory, ship):
    changes = {
        "name": "Nyt Navn",
        "company_name": "",
        "website": "",
        "billing_address": Address(),
        "active": False,
    }
    directory.update_customer(ship.id, changes)
    assert all("contact_persons" not in (call.json or {}) for call in world.account.calls)
    assert len(directory.customer(ship.id).contacts) > 1


def test_an_address_is_written_as_an_object_and_keeps_what_is_not_mapped(world, directory, ship):
    world.edit("update_contact", contact_id=ship.id, fields={"billing_address": {"phone": "5", "fax": "6"}})
    address = Address(attention="Mette", street="Kaj 2", city="Marstal", country="Denmark")
    assert directory.update_customer(ship.id, {"billing_address": address}).data.billing_address == address
    kept = world.edit("update_contact", contact_id=ship.id, fields={"notes": "x"})["billing_address"]
    assert (kept["phone"], kept["fax"]) == ("5", "6")
    (put,) = [call for call in world.account.calls if call.method == "PUT"]
    sent = put.json["billing_address"]
    assert (sent["address"], sent["phone"], sent["fax"]) == ("Kaj 2", "5", "6")


def test_a_customer_goes_inactive_after_and_active_before_its_other_fields(world, directory, ship):
    world.clear_log()
    told = directory.update_customer(ship.id, {"active": False, "website": "https://a.example"})
    assert (told.data.active, told.data.website) == (False, "https://a.example")
    told = directory.update_customer(ship.id, {"active": True, "website": "https://b.example"})
    assert (told.data.active, told.data.website) == (True, "https://b.example")
    path = f"/contacts/{ship.id}"
    assert world.api_calls() == [
        f"PUT {path}",
        f"POST {path}/inactive",
        f"GET {path}",
        f"POST {path}/active",
        f"PUT {path}",
    ]


def test_what_is_unknown_is_not_written(world, directory, ship):
    world.clear_log()
    told = directory.update_customer(ship.id, {"website": None, "active": None})
    assert told == directory.customer(ship.id).customer
    assert not [call for call in world.api_calls() if not call.startswith("GET")]


def test_a_customer_is_deleted(directory):
    made = directory.create_customer(CustomerData(name="Short"))
    directory.delete_customer(made.id)
    for act in (directory.customer, directory.delete_customer):
        with pytest.raises(Gone):
            act(made.id)
    with pytest.raises(Gone):
        directory.update_customer(made.id, {"website": ""})


def test_a_customer_with_transactions_is_not_deleted(world, directory, ship):
    world.edit("update_contact", contact_id=ship.id, fields={"has_transaction": True})
    assert directory.customer(ship.id).customer.has_transactions
    with pytest.raises(HasTransactions):
        directory.delete_customer(ship.id)


def test_the_first_contact_of_a_customer_becomes_primary(directory):
    customer = directory.create_customer(CustomerData(name="Empty"))
    first = directory.create_contact(customer.id, ContactData(first_name="Ada", email="ada@empty.example"))
    second = directory.create_contact(customer.id, ContactData(first_name="Bo"))
    assert (first.data.primary, second.data.primary) == (True, False)
    assert directory.customer(customer.id).contacts == (first, second)


def test_a_contact_can_be_created_primary(directory, ship):
    made = directory.create_contact(ship.id, ContactData(first_name="Ny", last_name="Chef", primary=True))
    told = directory.customer(ship.id).contacts
    assert made in told and [contact.id for contact in told if contact.data.primary] == [made.id]


def test_a_contact_made_is_told_even_if_it_could_not_become_primary(world, directory, ship):
    world.fault(path="/primary$", status=500)
    made = directory.create_contact(ship.id, ContactData(first_name="Ny", primary=True))
    assert made.data.primary is False and made in directory.customer(ship.id).contacts


def test_a_contact_without_a_first_name_is_refused_before_any_call(world, directory, ship):
    world.clear_log()
    with pytest.raises(Rejected) as caught:
        directory.create_contact(ship.id, ContactData(last_name="Byron"))
    assert caught.value.field == "first_name" and world.api_calls() == []


def test_a_contact_is_updated_in_the_named_fields_and_no_others(world, directory, ship):
    before = directory.customer(ship.id).contacts[1]
    told = directory.update_contact(ship.id, before.id, {"phone": "", "department": "Drift"})
    assert told in directory.customer(ship.id).contacts
    assert (told.data.phone, told.data.department) == ("", "Drift")
    assert told.data.email == before.data.email
    (put,) = [call for call in world.account.calls if call.method == "PUT"]
    assert put.json == {"contact_id": ship.id, "phone": "", "department": "Drift"}


@pytest.mark.parametrize("others", [{}, {"phone": "+45 2"}])
def test_a_contact_becomes_primary_by_a_call_of_its_own(directory, ship, others):
    second = directory.customer(ship.id).contacts[1]
    told = directory.update_contact(ship.id, second.id, {"primary": True, **others})
    now = directory.customer(ship.id).contacts
    assert told in now and [contact.id for contact in now if contact.data.primary] == [second.id]


def test_a_contact_ceases_to_be_primary_only_by_another(directory, ship):
    first = directory.customer(ship.id).contacts[0]
    assert directory.update_contact(ship.id, first.id, {"primary": False}) == first


def test_a_contact_is_deleted(directory, ship):
    doomed = directory.customer(ship.id).contacts[1]
    directory.delete_contact(ship.id, doomed.id)
    assert doomed not in directory.customer(ship.id).contacts
    with pytest.raises(Gone):
        directory.delete_contact(ship.id, doomed.id)
    with pytest.raises(Gone):
        directory.update_contact(ship.id, doomed.id, {"phone": "1"})


@pytest.mark.parametrize("fault", [{"cut": "before"}, {"cut": "middle"}, {"status": 502}, {"body": "<html>"}])
def test_a_write_whose_answer_is_lost_may_have_happened(world, directory, ship, fault):
    world.fault(method="POST", path="/contactpersons$", after_effect=True, **fault)
    with pytest.raises(Unavailable) as caught:
        directory.create_contact(ship.id, ContactData(first_name="Lost"))
    assert caught.value.effect_unknown
    names = [contact.data.first_name for contact in directory.customer(ship.id).contacts]
    assert names.count("Lost") == 1


def test_a_token_without_the_right_to_write_is_told_as_such(world, ship):
    token = world.control("token", {"scope": "ZohoBooks.contacts.READ,ZohoBooks.settings.READ"})
    world.directory.client.account.keep({"refresh_token": token["refresh_token"], "access_token": ""})
    with pytest.raises(AuthorizationLost, match="permission"):
        world.directory.update_customer(ship.id, {"website": ""})
