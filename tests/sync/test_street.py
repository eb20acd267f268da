"""The street: an edit at one provider arrives at the other, and what is taken away shows."""

import pytest

from tests.soaking import seeds
from tests.sync.recovery import Recovery
from tests.sync.street import Street, play


def met():
    """A street, and a customer that is linked at both providers."""
    street = Street()
    return street, sorted(street.in_both())[0]


def websites(street, our_id):
    """Read a customer's website here and at both providers."""
    there = [house.read("theirs", house.tables.customers()[our_id]) for house in street.houses]
    return {each.customer.data.website for each in (street.houses[0].read("ours", our_id), *there)}


def test_an_edit_at_one_provider_arrives_at_the_other():
    street, our_id = met()
    house = street.houses[0]
    with house.behind("theirs") as directory:
        directory.update_customer(house.tables.customers()[our_id], {"website": "moved.example"})
    street.settle()
    assert websites(street, our_id) == {"moved.example"}


def test_whom_one_provider_deletes_the_other_deletes_as_well():
    street, our_id = met()
    house = street.houses[1]
    [gone, *_] = house.read("theirs", house.tables.customers()[our_id]).contacts
    house.witness.dropped.add(gone.data.department)
    with house.behind("theirs") as directory:
        directory.delete_contact(gone.customer_id, gone.id)
    street.settle()
    for each in street.houses:
        people = each.read("theirs", each.tables.customers()[our_id]).contacts
        assert gone.data.department not in {row.data.department for row in people}


def test_a_create_that_is_forgotten_shows_at_either_provider(monkeypatch):
    monkeypatch.setattr(Recovery, "creates", lambda recovery: recovery.tables.intents.clear())
    street, _ = met()
    with pytest.raises(AssertionError, match="twice"):
        for which in range(2):
            street.happen(which, "lose_create", 0, 0, 0)
        street.settle()


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(10, soak=5000))
def test_whatever_happens_at_either_provider_nothing_is_lost_or_doubled(seed):
    play(Street(), seed)
