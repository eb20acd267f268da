"""Links and how their shadows are kept."""

import json

import pytest

from webapp.sdk import Address, ContactData, CustomerData, CustomerRecord
from webapp.sync.link import Link, agreeing, fields_of, from_json, is_blank, known, new_link, settled, to_json

LINK = Link(
    kind="customer", our_id="o1", their_id="t1", agreed_ours={"name": "a"}, agreed_theirs={"name": "b"}
)


def test_takes_the_synced_fields_and_no_currency():
    fields = fields_of(CustomerData(name="Ada", currency="EUR"))
    assert fields == {
        "name": "Ada",
        "company_name": None,
        "website": None,
        "billing_address": None,
        "active": None,
    }


def test_takes_the_fields_of_a_contact():
    assert fields_of(ContactData(email="a@x.example"))["email"] == "a@x.example"


def test_survives_json():
    values = {"name": "Ada", "website": "", "active": False, "billing_address": Address(city="Bonn")}
    assert from_json(json.loads(json.dumps(to_json(values)))) == values


def test_leaves_the_unknown_out_of_json():
    assert to_json({"name": "Ada", "website": None}) == {"name": "Ada"}


def test_reads_an_address_that_was_kept_with_other_parts():
    assert from_json({"billing_address": {"city": "Bonn", "planet": "Earth"}}) == {
        "billing_address": Address(city="Bonn")
    }


def test_refuses_what_no_field_holds():
    with pytest.raises(TypeError, match="not int"):
        from_json({"name": 5})


@pytest.mark.parametrize(
    ("value", "blank"), [(None, True), ("", True), (Address(), True), (False, False), ("a", False)]
)
def test_knows_what_is_blank(value, blank):
    assert is_blank(value) is blank


def test_knows_what_is_known():
    assert known({"a": None, "b": "", "c": False}) == {"b": "", "c": False}


def test_links_two_records_that_agreed_on_nothing():
    ours = CustomerRecord(id="o1", data=CustomerData(name="Ada"), version="7")
    theirs = CustomerRecord(id="t1", data=CustomerData(name="Ada"), version="2026-11-22")
    link = new_link(ours, theirs)
    assert (link.kind, link.our_id, link.their_id) == ("customer", "o1", "t1")
    assert link.agreed_their_version == "2026-11-22"
    assert link.agreed_ours == link.agreed_theirs == {}


def test_moves_each_shadow_to_its_own_side():
    link = agreeing(LINK, ours={"website": "x"}, theirs={"website": "y"})
    assert (link.agreed_ours, link.agreed_theirs) == (
        {"name": "a", "website": "x"},
        {"name": "b", "website": "y"},
    )


@pytest.mark.parametrize(("winner", "agreed"), [("ours", ("a", "d")), ("theirs", ("c", "b"))])
def test_takes_the_losing_value_for_seen_when_a_person_decides(winner, agreed):
    link = settled(LINK, "name", winner, ours="c", theirs="d")
    assert (link.agreed_ours["name"], link.agreed_theirs["name"]) == agreed
