"""Merging any two customers: both sides hold the same afterwards, nothing is lost and nothing is twice."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.soaking import tries
from tests.sync.world import World, person
from webapp.sync.link import fields_of, is_blank
from webapp.sync.pair import pair_contacts

pytestmark = pytest.mark.soak

NAMES = st.sampled_from(["Ann", "ann ", "Žofie", "ZOFIE", "李", "Анна", "مريم", ""])
EMAILS = st.sampled_from(["", "a@x.example", "A@X.example", "b@x.example", "ü@bücher.example"])
TEXTS = st.sampled_from(["", "one", "two", "ＯＮＥ", "ו" * 40])
PEOPLE = st.lists(st.tuples(NAMES, EMAILS, TEXTS, TEXTS), max_size=5)
CUSTOMER = st.fixed_dictionaries({"website": TEXTS, "company_name": TEXTS})
SIDES = st.tuples(CUSTOMER, PEOPLE)


def made(make, side, name):
    """Make a customer of a side, and return its id."""
    fields, people = side
    contacts = [
        person(
            first, email, last_name=f"of {name}" if not (first or email) else "", phone=phone, mobile=mobile
        )
        for first, email, phone, mobile in people
    ]
    return make(name, *contacts, **fields)


def two_sides(ours, theirs):
    """Make a portal with one customer, and a provider with another."""
    world = World()
    return world, made(world.here, ours, "Ada"), made(world.there, theirs, "ADA")


def people_of(detail):
    """Return what is known of people, without ids and who is primary."""
    return Counter(
        tuple(sorted((name, value or "") for name, value in fields_of(row.data).items() if name != "primary"))
        for row in detail.contacts
    )


def values_of(detail):
    """Return every value somebody wrote on a side: of whom, which field, what."""
    told = {("customer", name, value) for name, value in fields_of(detail.customer.data).items()}
    for row in detail.contacts:
        told |= {("contact", name, value) for name, value in fields_of(row.data).items()}
    return {entry for entry in told if entry[1] not in ("primary", "active") and not is_blank(entry[2])}


@settings(max_examples=tries(150, soak=20_000))
@given(SIDES, SIDES)
def test_both_sides_hold_the_same_and_rest(ours, theirs):
    world, our_id, their_id = two_sides(ours, theirs)
    assert world.bring(their_id, "merge", our_id).status == "done"
    here, there = world.read_here(our_id), world.read_there(their_id)
    assert people_of(here) == people_of(there)
    for name in ("website", "company_name"):
        assert getattr(here.customer.data, name) == getattr(there.customer.data, name)
    assert world.plan_sync(our_id).empty
    world.forget_calls()
    world.sync(our_id)
    assert world.ours.calls == world.theirs.calls == []


@settings(max_examples=tries(150, soak=20_000))
@given(SIDES, SIDES)
def test_every_value_is_on_both_sides_or_told_as_a_loss(ours, theirs):
    world, our_id, their_id = two_sides(ours, theirs)
    before = values_of(world.read_here(our_id)) | values_of(world.read_there(their_id))
    plan = world.plan_import(their_id, "merge", our_id)
    world.carry_out(plan)
    lost = {(loss.field, loss.lost) for loss in plan.losses}
    here, there = values_of(world.read_here(our_id)), values_of(world.read_there(their_id))
    assert {entry for entry in before - (here & there) if entry[1:] not in lost} == set()


@settings(max_examples=tries(150, soak=20_000))
@given(SIDES, SIDES)
def test_everybody_is_there_once(ours, theirs):
    world, our_id, their_id = two_sides(ours, theirs)
    here, there = world.read_here(our_id).contacts, world.read_there(their_id).contacts
    pairs = len(pair_contacts(here, there).pairs)
    world.bring(their_id, "merge", our_id)
    assert len(world.read_here(our_id).contacts) == len(here) + len(there) - pairs
    assert len(world.read_there(their_id).contacts) == len(here) + len(there) - pairs
    assert len(world.ledger.links) == 1 + len(here) + len(there) - pairs


@settings(max_examples=tries(150, soak=20_000))
@given(SIDES, SIDES)
def test_a_clone_touches_neither_side_that_was_there(ours, theirs):
    world, our_id, their_id = two_sides(ours, theirs)
    here, there = world.read_here(our_id), world.read_there(their_id)
    cloned = world.bring(their_id, "clone", our_id).our_id
    assert (world.read_here(our_id), world.read_there(their_id)) == (here, there)
    assert people_of(world.read_here(cloned)) == people_of(there)
    assert world.plan_sync(cloned).empty
