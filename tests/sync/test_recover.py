"""What became of a create, an update or a deletion that may have been sent before a crash."""

import pytest

from webapp.sdk import ContactData, ContactRecord, CustomerData, CustomerDetail, CustomerRecord
from webapp.sync.ledger import Intent
from webapp.sync.link import Link
from webapp.sync.recover import (
    Adopt,
    CreateAgain,
    Hold,
    adopted_link,
    arrived,
    recover_create,
    updated_links,
    was_deleted,
)

SENT = ContactData(first_name="Ann", email="ann@x.example", phone="")
INTENT = Intent(our_id="o1", their_customer_id="t1", data=SENT, existing=("old",))


def contact(row, data=SENT):
    return ContactRecord(id=row, customer_id="t1", data=data, version="9")


READING = CustomerDetail(
    customer=CustomerRecord(id="t1", data=CustomerData(name="Arc"), version="1"),
    contacts=(contact("old"),),
)


def test_creates_again_when_nothing_new_is_there():
    assert recover_create(INTENT, [contact("old")]) == CreateAgain()


def test_creates_again_even_when_an_equal_one_was_there_before():
    assert recover_create(INTENT, [contact("old", SENT)]) == CreateAgain()


def test_adopts_the_one_new_contact_that_is_what_was_sent():
    assert recover_create(INTENT, [contact("old"), contact("new")]) == Adopt("new")


def test_adopts_though_the_provider_made_it_primary_or_does_not_tell_all():
    there = ContactData(first_name="Ann", email="ann@x.example", phone=None, primary=True)
    assert recover_create(INTENT, [contact("new", there)]) == Adopt("new")


@pytest.mark.parametrize(
    ("contacts", "held"),
    [
        ([contact("new", ContactData(first_name="Bob"))], ("new",)),
        ([contact("new2"), contact("new1")], ("new1", "new2")),
    ],
)
def test_holds_what_cannot_be_told(contacts, held):
    assert recover_create(INTENT, contacts) == Hold(held)


def test_links_an_adopted_contact_with_what_was_sent_and_what_is_there():
    link = adopted_link(INTENT, contact("new", ContactData(first_name="ANN")))
    assert (link.our_id, link.their_id) == ("o1", "new")
    assert link.agreed_their_version == "9"
    assert (link.agreed_ours["first_name"], link.agreed_theirs["first_name"]) == ("Ann", "ANN")


def test_agrees_on_nothing_that_somebody_edited_before_the_contact_was_adopted():
    there = ContactData(first_name="Ann", email="anna@x.example", phone="040 1")
    link = adopted_link(INTENT, contact("new", there))
    for shadow in (link.agreed_ours, link.agreed_theirs):
        assert shadow["first_name"] == "Ann"
        assert not {"email", "phone"} & shadow.keys()


def linked(number, **agreed):
    ids = {"our_id": f"o{number}", "their_id": f"t{number}"}
    return Link(kind="contact", **ids, agreed_ours=agreed, agreed_theirs=agreed)


def test_tells_what_arrived_of_an_update_that_takes_two_calls():
    there = contact("t1", ContactData(first_name="Anna", primary=False)).data
    assert arrived({"first_name": "Anna", "primary": True}, there) == {"first_name": "Anna"}


def test_takes_what_arrived_for_agreed_so_that_a_later_edit_here_is_one_of_ours_alone():
    record = contact("t1", ContactData(first_name="Anna", phone="1"))
    [link] = updated_links([linked(1, first_name="Ann"), linked(2)], {"first_name": "Anna"}, record)
    assert (link.our_id, link.agreed_ours, link.agreed_theirs) == (
        "o1", {"first_name": "Anna"}, {"first_name": "Anna"},
    )  # fmt: skip
    assert link.agreed_their_version == "9"


def test_moves_who_is_primary_from_one_contact_to_the_other_when_that_arrived():
    record = contact("t1", ContactData(primary=True))
    moved = updated_links([linked(1, primary=False), linked(2, primary=True)], {"primary": True}, record)
    assert {link.our_id: link.agreed_theirs["primary"] for link in moved} == {"o1": True, "o2": False}


@pytest.mark.parametrize(
    ("kind", "their_id", "reading", "moved", "deleted"),
    [
        ("contact", "old", READING, (), False),
        ("contact", "gone", READING, (), True),
        ("contact", "gone", READING, ("gone",), False),
        ("contact", "gone", None, (), True),
        ("contact", "gone", None, ("gone",), False),
        ("contact", "gone", None, ("another",), True),
        ("customer", "t1", READING, (), False),
        ("customer", "t1", None, (), True),
        ("customer", "t1", None, ("old",), False),
    ],
)
def test_takes_for_deleted_what_is_gone_unless_a_merge_took_it_along(kind, their_id, reading, moved, deleted):
    assert was_deleted(kind, their_id, reading, moved) is deleted
