"""Syncing a customer that was deleted on one side or both: what goes, what comes back, what is asked."""

from dataclasses import replace

import pytest

from tests.sync.people import (
    drop_here,
    drop_there,
    edit_contact_here,
    edit_contact_there,
)
from tests.sync.world import first_names, person, written
from webapp.sync.plan import plan_sync
from webapp.sync.steps import TheirCustomer


def test_deletes_a_customer_there_that_was_deleted_here(world, pair):
    drop_here(world, pair[0])
    world.sync(pair[0])
    assert world.theirs.customers() == ()
    assert world.ledger.links == {}


def test_takes_what_is_first_read_of_a_deleted_customer_for_no_edit_there(world, pair):
    never_read(world, pair, "website")
    drop_here(world, pair[0])
    world.sync(pair[0])
    assert world.theirs.customers() == ()


def test_brings_a_customer_back_that_moved_there_before_it_was_ever_read_in_full(world, pair):
    never_read(world, pair, "website")
    drop_here(world, pair[0])
    world.edit_there(pair[1], website="new.example")
    world.sync(pair[0])
    assert list(world.ours.binned()) == []
    assert len(world.theirs.customers()) == 1


def never_read(world, pair, name):
    """Let a field be one that only a full reading tells, of a customer never read in full."""
    world.edit_there(pair[1], **{name: "old.example"})
    world.sync(pair[0])
    (key,) = [key for key, link in world.ledger.links.items() if link.kind == "customer"]
    link = world.ledger.links[key]
    shadow = {field: value for field, value in link.agreed_theirs.items() if field != name}
    world.ledger.links[key] = replace(link, agreed_theirs=shadow)


def test_asks_when_the_provider_keeps_a_customer_for_its_transactions(world, pair):
    world.theirs.transactions.add(pair[1])
    drop_here(world, pair[0])
    outcome = world.sync(pair[0])
    assert [item.question for item in outcome.open_items] == ["cannot be deleted there"]
    assert len(world.ledger.links) == 3


def test_asks_when_the_provider_deletes_no_customers_at_all(world, pair):
    world.capabilities = replace(world.capabilities, deletes_customers=False)
    drop_here(world, pair[0])
    plan = world.plan_sync(pair[0])
    assert plan.empty
    assert [item.question for item in plan.open_items] == ["cannot be deleted there"]


def test_deletes_a_customer_here_that_is_gone_there(world, pair):
    drop_there(world, pair[1])
    world.sync(pair[0])
    assert list(world.ours.binned()) == [pair[0]]
    assert world.ledger.links == {}


def test_asks_for_a_customer_that_was_not_seen(world, pair):
    plan = plan_sync(
        world.our_customer(pair[0]), TheirCustomer(customer=None), rule="ask", capabilities=world.capabilities
    )
    assert plan.empty
    assert plan.unconfirmed == (pair[1],)


@pytest.mark.parametrize("edit", ["customer", "contact", "new contact"])
def test_brings_a_customer_back_that_was_edited_there_after_it_was_deleted_here(world, pair, edit):
    drop_here(world, pair[0])
    if edit == "customer":
        world.edit_there(pair[1], website="new.example")
    elif edit == "contact":
        edit_contact_there(world, pair[1], "Bob", phone="2")
    else:
        with world.theirs.behind():
            world.theirs.create_contact(pair[1], person("Cat"))
    world.sync(pair[0])
    world.sync(pair[0])
    here, there = world.read_here(pair[0]), world.read_there(pair[1])
    assert here.customer.data.website == there.customer.data.website
    assert first_names(here) == first_names(there)
    assert world.plan_sync(pair[0]).empty


def test_brings_a_customer_back_even_when_what_was_edited_there_is_refused(world, pair):
    world.capabilities = replace(world.capabilities, max_lengths={"customer": {"company_name": 5}})
    world.edit_here(pair[0], company_name="Ada Limited")
    drop_here(world, pair[0])
    world.edit_there(pair[1], website="new.example")
    outcome = world.sync(pair[0])
    assert [failure.field for failure in outcome.failures] == ["company_name"]


@pytest.mark.parametrize("edit", ["customer", "contact", "new contact"])
def test_asks_about_a_customer_that_was_edited_here_and_is_gone_there(world, pair, edit):
    drop_there(world, pair[1])
    if edit == "customer":
        world.edit_here(pair[0], website="new.example")
    elif edit == "contact":
        edit_contact_here(world, pair[0], "Bob", phone="2")
    else:
        with world.ours.behind():
            world.ours.create_contact(pair[0], person("Cat"))
    plan = world.plan_sync(pair[0])
    assert plan.empty
    assert [item.question for item in plan.open_items] == ["gone there"]


def test_deletes_a_customer_of_which_only_the_primary_contact_changed_on_the_other_side(world, pair):
    edit_contact_here(world, pair[0], "Bob", primary=True)
    drop_there(world, pair[1])
    world.sync(pair[0])
    assert list(world.ours.binned()) == [pair[0]]
    other, their_id = world.linked("Bee", person("Cat"), person("Dan"))
    edit_contact_there(world, their_id, "Dan", primary=True)
    drop_here(world, other)
    world.sync(other)
    assert world.theirs.customers() == ()


def test_offers_the_survivor_of_a_merge_there(world, pair):
    ours = world.our_customer(pair[0])
    theirs = TheirCustomer(customer=None, gone=True, survivors=("their-99",))
    plan = plan_sync(ours, theirs, rule="ask", capabilities=world.capabilities)
    assert plan.empty
    assert [(item.question, item.survivors) for item in plan.open_items] == [("merged there", ("their-99",))]


def test_offers_the_survivor_when_a_customer_went_inactive_beside_its_like(world, pair):
    world.edit_there(pair[1], active=False)
    ours = world.our_customer(pair[0])
    theirs = replace(world.their_customer(ours), survivors=("their-99",))
    plan = plan_sync(ours, theirs, rule="ask", capabilities=world.capabilities)
    assert [item.question for item in plan.open_items] == ["merged there"]


def test_unlinks_a_customer_that_is_deleted_on_both_sides(world, pair):
    drop_here(world, pair[0])
    drop_there(world, pair[1])
    world.sync(pair[0])
    assert world.ledger.links == {}
    assert written(world.theirs) == written(world.ours) == []
