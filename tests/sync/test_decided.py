"""What a person decided: the next pass carries it out, and nothing is overwritten unseen."""

from dataclasses import replace

import pytest

from tests.sync.people import contact_here, contact_there, edit_contact_here, edit_contact_there
from tests.sync.world import first_names, person, primary_name
from webapp.sync.decided import relinked, settled_primary
from webapp.sync.link import Link


@pytest.mark.parametrize(("winner", "name"), [("ours", "Bob"), ("theirs", "Cat")])
def test_lets_the_chosen_primary_contact_win_on_both_sides(world, winner, name):
    our_id, their_id = world.linked("Ada", person("Ann"), person("Bob"), person("Cat"))
    edit_contact_here(world, our_id, "Bob", primary=True)
    edit_contact_there(world, their_id, "Cat", primary=True)
    [conflict] = world.plan_sync(our_id).conflicts
    decide(world, settled_primary(world.contact_links(), winner, ours=conflict.ours, theirs=conflict.theirs))
    world.sync(our_id)
    assert primary_name(world.read_here(our_id)) == primary_name(world.read_there(their_id)) == name
    assert world.plan_sync(our_id).empty


def test_leaves_a_primary_contact_open_that_is_not_linked_yet(world, pair):
    assert settled_primary(world.contact_links(), "ours", ours="our-1", theirs="their-99") == ()


def test_keeps_the_persons_that_moved_along_to_the_survivor(world, pair):
    survivor = merged_there(world, pair[1], "Adam")
    ann, bob = (contact_here(world, pair[0], name).id for name in ("Ann", "Bob"))
    links = relinked(world.our_customer(pair[0]), world.read_there(survivor))
    assert {(link.our_id, link.their_id) for link in links} == {
        (pair[0], survivor),
        (ann, contact_there(world, survivor, "Ann").id),
        (bob, contact_there(world, survivor, "Bob").id),
    }


def test_asks_about_what_the_survivor_holds_otherwise(world, pair):
    survivor = merged_there(world, pair[1], "Adam", website="adam.example")
    decide(world, relinked(world.our_customer(pair[0]), world.read_there(survivor)))
    conflicts = {conflict.field for conflict in world.plan_sync(pair[0]).conflicts}
    world.sync(pair[0])
    assert conflicts == {"name", "website"}
    assert world.read_here(pair[0]).customer.data.website == "x.example"
    assert world.read_there(survivor).customer.data.website == "adam.example"


def test_fills_what_is_blank_at_the_survivor_and_takes_its_other_persons_along(world, pair):
    survivor = merged_there(world, pair[1], "Ada", person("Eve", "eve@x.example"))
    edit_contact_here(world, pair[0], "Bob", phone="2")
    decide(world, relinked(world.our_customer(pair[0]), world.read_there(survivor)))
    world.sync(pair[0])
    here, there = world.read_here(pair[0]), world.read_there(survivor)
    assert here.customer.data.website == there.customer.data.website == "x.example"
    assert first_names(here) == first_names(there) == ["Ann", "Bob", "Eve"]
    assert contact_there(world, survivor, "Bob").data.phone == "2"


def test_pairs_with_the_survivor_by_e_mail_when_persons_got_other_ids(world, pair):
    survivor = world.there("Ada", person("Robert", "bob@x.example"), website="x.example")
    links = relinked(world.our_customer(pair[0]), world.read_there(survivor))
    assert [link.our_id for link in links if link.kind == "contact"] == [
        contact_here(world, pair[0], "Bob").id
    ]


def test_lets_a_deletion_travel_that_was_under_way(world, pair):
    with world.ours.behind():
        world.ours.delete_contact(pair[0], contact_here(world, pair[0], "Bob").id)
    survivor = merged_there(world, pair[1], "Ada")
    decide(world, relinked(world.our_customer(pair[0]), world.read_there(survivor)))
    world.sync(pair[0])
    assert first_names(world.read_there(survivor)) == ["Ann"]


def test_refuses_a_customer_that_is_not_linked(world):
    our_id, their_id = world.here("Ada"), world.there("Ada")
    with pytest.raises(ValueError, match="Only a linked customer"):
        relinked(world.our_customer(our_id), world.read_there(their_id))


def merged_there(world, their_id, name, *others, **more):
    """Let somebody at the provider merge a customer into a new one, which keeps its persons."""
    survivor = world.there(name, *others, **more)
    with world.theirs.behind():
        world.theirs.merge_customers(their_id, survivor)
    return survivor


def decide(world, links: tuple[Link, ...]) -> None:
    """Keep the links of a decision in place of those of the same records."""
    for link in links:
        world.ledger.links[link.kind, link.our_id] = replace(link)
