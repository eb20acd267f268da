"""Syncing the contacts of a linked customer: made, changed, deleted and primary, on either side."""

from dataclasses import replace

import pytest

from tests.sync.people import (
    contact_here,
    contact_there,
    drop_contact_here,
    drop_contact_there,
    edit_contact_here,
    edit_contact_there,
)
from tests.sync.world import first_names, person, primary_name, written
from webapp.sync.plan import plan_sync
from webapp.sync.steps import OurCustomer


def test_creates_a_contact_there_that_was_added_here(world, pair):
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat"))
    world.sync(pair[0])
    assert first_names(world.read_there(pair[1])) == ["Ann", "Bob", "Cat"]
    assert world.plan_sync(pair[0]).empty


def test_creates_a_contact_here_that_was_added_there(world, pair):
    with world.theirs.behind():
        world.theirs.create_contact(pair[1], person("Cat"))
    world.sync(pair[0])
    assert first_names(world.read_here(pair[0])) == ["Ann", "Bob", "Cat"]
    assert world.plan_sync(pair[0]).empty


def test_pairs_a_contact_that_was_added_on_both_sides(world, pair):
    for directory, customer_id in ((world.ours, pair[0]), (world.theirs, pair[1])):
        with directory.behind():
            directory.create_contact(customer_id, person("Cat", "cat@x.example"))
    world.sync(pair[0])
    assert (
        first_names(world.read_here(pair[0]))
        == first_names(world.read_there(pair[1]))
        == ["Ann", "Bob", "Cat"]
    )
    assert world.plan_sync(pair[0]).empty


def test_leaves_a_first_meeting_of_different_values_to_a_person(world, pair):
    for directory, customer_id, phone in ((world.ours, pair[0], "1"), (world.theirs, pair[1], "2")):
        with directory.behind():
            directory.create_contact(customer_id, person("Cat", "cat@x.example", phone=phone))
    plan = world.plan_sync(pair[0])
    world.carry_out(plan)
    assert [(conflict.field, conflict.ours, conflict.theirs) for conflict in plan.conflicts] == [
        ("phone", "1", "2")
    ]
    assert world.plan_sync(pair[0]).empty


def test_updates_a_contact_both_ways(world, pair):
    edit_contact_here(world, pair[0], "Ann", phone="1")
    edit_contact_there(world, pair[1], "Bob", phone="2")
    world.sync(pair[0])
    assert contact_there(world, pair[1], "Ann").data.phone == "1"
    assert contact_here(world, pair[0], "Bob").data.phone == "2"


def test_deletes_a_contact_there_that_was_deleted_here(world, pair):
    drop_contact_here(world, pair[0], "Bob")
    world.sync(pair[0])
    assert first_names(world.read_there(pair[1])) == ["Ann"]
    assert len(world.ledger.links) == 2


def test_deletes_a_contact_here_that_is_gone_there(world, pair):
    drop_contact_there(world, pair[1], "Bob")
    world.sync(pair[0])
    assert first_names(world.read_here(pair[0])) == ["Ann"]
    assert len(world.ledger.links) == 2


def test_deletes_nothing_for_a_contact_that_was_merely_not_seen(world, pair):
    ours = world.our_customer(pair[0])
    theirs = replace(world.their_customer(ours), contacts=(), gone_contacts=frozenset())
    plan = plan_sync(ours, theirs, rule="ask", capabilities=world.capabilities)
    assert plan.empty
    assert len(plan.unconfirmed) == 2


def test_brings_a_contact_back_that_was_edited_there_after_it_was_deleted_here(world, pair):
    drop_contact_here(world, pair[0], "Bob")
    edit_contact_there(world, pair[1], "Bob", phone="2")
    world.sync(pair[0])
    assert contact_here(world, pair[0], "Bob").data.phone == "2"
    assert world.plan_sync(pair[0]).empty


def test_makes_a_contact_again_that_was_edited_here_after_it_was_deleted_there(world, pair):
    edit_contact_here(world, pair[0], "Bob", phone="1")
    drop_contact_there(world, pair[1], "Bob")
    world.sync(pair[0])
    assert contact_there(world, pair[1], "Bob").data.phone == "1"
    assert len(world.ledger.links) == 3
    assert world.plan_sync(pair[0]).empty


def test_unlinks_a_contact_that_was_deleted_on_both_sides(world, pair):
    drop_contact_here(world, pair[0], "Bob")
    drop_contact_there(world, pair[1], "Bob")
    world.sync(pair[0])
    assert len(world.ledger.links) == 2
    assert written(world.theirs) == written(world.ours) == []


def test_makes_the_same_contact_primary_here(world, pair):
    edit_contact_there(world, pair[1], "Bob", primary=True)
    world.sync(pair[0])
    assert primary_name(world.read_here(pair[0])) == "Bob"
    assert world.plan_sync(pair[0]).empty


def test_makes_the_same_contact_primary_there(world, pair):
    edit_contact_here(world, pair[0], "Bob", primary=True)
    world.sync(pair[0])
    assert primary_name(world.read_there(pair[1])) == "Bob"
    assert world.plan_sync(pair[0]).empty


def test_makes_a_new_contact_primary_there(world, pair):
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat", primary=True))
    world.sync(pair[0])
    assert primary_name(world.read_there(pair[1])) == "Cat"
    assert world.plan_sync(pair[0]).empty


def test_leaves_two_new_primary_contacts_to_a_person(world):
    our_id, their_id = world.linked("Ada", person("Ann"), person("Bob"), person("Cat"))
    edit_contact_here(world, our_id, "Bob", primary=True)
    edit_contact_there(world, their_id, "Cat", primary=True)
    [conflict] = world.plan_sync(our_id).conflicts
    assert (conflict.ref.kind, conflict.field) == ("customer", "primary")
    assert conflict.ours == contact_here(world, our_id, "Bob").id
    assert conflict.theirs == contact_there(world, their_id, "Cat").id
    assert world.plan_sync(our_id).empty


@pytest.mark.parametrize(("rule", "name"), [("portal", "Bob"), ("provider", "Cat")])
def test_decides_between_two_new_primary_contacts_by_rule(world, rule, name):
    world.rule = rule
    our_id, their_id = world.linked("Ada", person("Ann"), person("Bob"), person("Cat"))
    edit_contact_here(world, our_id, "Bob", primary=True)
    edit_contact_there(world, their_id, "Cat", primary=True)
    world.sync(our_id)
    assert primary_name(world.read_here(our_id)) == primary_name(world.read_there(their_id)) == name
    assert world.plan_sync(our_id).empty


def test_plans_nothing_for_contacts_that_wait_for_a_person(world, pair):
    with world.ours.behind():
        mine = world.ours.create_contact(pair[0], person("Cat")).id
    with world.theirs.behind():
        its = world.theirs.create_contact(pair[1], person("Kat")).id
    world.ledger.held = frozenset({mine, its})
    assert world.plan_sync(pair[0]).empty


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_leaves_who_is_primary_as_it_is_while_that_contact_waits_for_a_person(world, pair, side):
    directory, customer_id = (world.ours, pair[0]) if side == "ours" else (world.theirs, pair[1])
    with directory.behind():
        waiting = directory.create_contact(customer_id, person("Cat", primary=True)).id
    world.ledger.held = frozenset({waiting})
    assert world.plan_sync(pair[0]).empty


def test_leaves_a_link_alone_whose_contact_here_is_not_told_of(world, pair):
    ours: OurCustomer = world.our_customer(pair[0])
    plan = plan_sync(
        replace(ours, contacts=()), world.their_customer(ours), rule="ask", capabilities=world.capabilities
    )
    assert plan.empty


@pytest.mark.parametrize("there", [False, True])
def test_deletes_a_contact_that_only_became_the_primary_one_on_the_other_side(world, pair, there):
    edit = edit_contact_there if there else edit_contact_here
    drop = drop_contact_here if there else drop_contact_there
    edit(world, pair[1 if there else 0], "Bob", primary=True)
    drop(world, pair[0 if there else 1], "Bob")
    world.sync(pair[0])
    world.sync(pair[0])
    for side in (world.read_here(pair[0]), world.read_there(pair[1])):
        assert (first_names(side), primary_name(side)) == (["Ann"], "Ann")
    assert world.plan_sync(pair[0]).empty


def test_writes_nothing_when_both_sides_made_the_same_contact_primary(world, pair):
    edit_contact_here(world, pair[0], "Bob", primary=True)
    edit_contact_there(world, pair[1], "Bob", primary=True)
    world.sync(pair[0])
    assert (written(world.ours), written(world.theirs)) == ([], [])
    assert world.plan_sync(pair[0]).empty


@pytest.mark.parametrize(("rule", "name"), [("ask", "Cat"), ("portal", "Bob"), ("provider", "Cat")])
def test_one_made_primary_there_and_the_one_before_deleted_here_end_as_the_rule_says(world, rule, name):
    world.rule = rule
    our_id, their_id = world.linked("Bee", person("Ann"), person("Bob"), person("Cat"))
    drop_contact_here(world, our_id, "Ann")
    edit_contact_there(world, their_id, "Cat", primary=True)
    world.sync(our_id)
    world.sync(our_id)
    here, there = world.read_here(our_id), world.read_there(their_id)
    assert first_names(here) == first_names(there) == ["Bob", "Cat"]
    assert primary_name(here) == primary_name(there) == name
    plan = world.plan_sync(our_id)
    assert (plan.empty, plan.conflicts) == (True, ())


def test_one_made_primary_here_stays_though_the_one_before_was_deleted_there(world):
    our_id, their_id = world.linked("Bee", person("Ann"), person("Cat"), person("Bob"))
    drop_contact_there(world, their_id, "Ann")
    edit_contact_here(world, our_id, "Bob", primary=True)
    world.sync(our_id)
    here, there = world.read_here(our_id), world.read_there(their_id)
    assert primary_name(here) == primary_name(there) == "Bob"
    assert first_names(here) == first_names(there) == ["Bob", "Cat"]
    assert world.plan_sync(our_id).empty


def test_the_one_made_primary_there_stays_though_a_pass_died_after_it_deleted_the_one_before(world):
    our_id, their_id = world.linked("Bee", person("Ann"), person("Bob"), person("Cat"))
    ann = world.ledger.links["contact", contact_here(world, our_id, "Ann").id]
    drop_contact_here(world, our_id, "Ann")
    edit_contact_there(world, their_id, "Cat", primary=True)
    drop_contact_there(world, their_id, "Ann")
    del world.ledger.links["contact", ann.our_id]
    world.sync(our_id)
    assert primary_name(world.read_here(our_id)) == primary_name(world.read_there(their_id)) == "Cat"


def test_keeps_in_mind_who_gave_way_as_primary_to_a_choice_there(world):
    our_id, their_id = world.linked("Bee", person("Ann"), person("Bob"), person("Cat"))
    bob = contact_here(world, our_id, "Bob").id
    drop_contact_here(world, our_id, "Ann")
    edit_contact_there(world, their_id, "Cat", primary=True)
    losses = world.plan_sync(our_id).losses
    assert [(loss.ref.our_id, loss.field, loss.side) for loss in losses] == [(bob, "primary", "ours")]


def test_leaves_to_a_person_whether_a_new_contact_here_or_one_chosen_there_is_primary(world):
    our_id, their_id = world.linked("Bee", person("Ann"), person("Bob"), person("Cat"))
    drop_contact_here(world, our_id, "Ann")
    with world.ours.behind():
        world.ours.create_contact(our_id, person("Dee", primary=True))
    edit_contact_there(world, their_id, "Cat", primary=True)
    assert [conflict.field for conflict in world.plan_sync(our_id).conflicts] == ["primary"]
