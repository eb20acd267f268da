"""Syncing one linked customer: its fields, planned, carried out and planned again."""

from dataclasses import replace

import pytest

from tests.sync.people import (
    contact_there,
    drop_contact_here,
    edit_contact_here,
)
from tests.sync.world import World, person, written
from webapp.sdk import Address, ContactData
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.ledger import Written
from webapp.sync.link import settled
from webapp.sync.plan import plan_sync
from webapp.sync.steps import TheirCustomer


def test_writes_nothing_when_nothing_changed(world, pair):
    assert world.sync(pair[0]).status == "done"
    assert world.theirs.calls == []
    assert world.ours.calls == []
    assert world.ledger.told == []


def test_brings_their_change_here(world, pair):
    world.edit_there(pair[1], website="new.example")
    world.sync(pair[0])
    assert world.read_here(pair[0]).customer.data.website == "new.example"
    assert written(world.theirs) == []


def test_brings_our_change_there(world, pair):
    world.edit_here(pair[0], website="new.example")
    world.sync(pair[0])
    assert world.read_there(pair[1]).customer.data.website == "new.example"
    assert written(world.ours) == []


def test_brings_a_blank_there(world, pair):
    world.edit_here(pair[0], website="")
    world.sync(pair[0])
    assert world.read_there(pair[1]).customer.data.website == ""


def test_marks_inactive_on_the_other_side(world, pair):
    world.edit_there(pair[1], active=False)
    world.sync(pair[0])
    assert world.read_here(pair[0]).customer.data.active is False


def test_leaves_inactive_alone_where_the_provider_does_not_know_it(world, pair):
    world.capabilities = replace(world.capabilities, inactive=False)
    world.edit_here(pair[0], active=False)
    assert world.plan_sync(pair[0]).empty


def test_agrees_without_writing_when_both_changed_alike(world, pair):
    world.edit_here(pair[0], website="new.example")
    world.edit_there(pair[1], website="new.example")
    world.sync(pair[0])
    assert written(world.theirs) == written(world.ours) == []
    assert world.plan_sync(pair[0]).empty


def test_keeps_both_values_in_a_conflict_and_lets_other_fields_go_on(world, pair):
    world.edit_here(pair[0], website="ours.example", company_name="Ada Ltd")
    world.edit_there(pair[1], website="theirs.example")
    plan = world.plan_sync(pair[0])
    world.carry_out(plan)
    assert [(conflict.field, conflict.ours, conflict.theirs) for conflict in plan.conflicts] == [
        ("website", "ours.example", "theirs.example")
    ]
    assert world.read_here(pair[0]).customer.data.website == "ours.example"
    assert world.read_there(pair[1]).customer.data.website == "theirs.example"
    assert world.read_there(pair[1]).customer.data.company_name == "Ada Ltd"


@pytest.mark.parametrize(
    ("rule", "winner", "lost_side"),
    [("portal", "ours.example", "theirs"), ("provider", "theirs.example", "ours")],
)
def test_decides_a_conflict_by_rule_and_tells_the_loss(world, pair, rule, winner, lost_side):
    world.rule = rule
    world.edit_here(pair[0], website="ours.example")
    world.edit_there(pair[1], website="theirs.example")
    plan = world.plan_sync(pair[0])
    world.carry_out(plan)
    assert world.read_here(pair[0]).customer.data.website == winner
    assert world.read_there(pair[1]).customer.data.website == winner
    assert [(loss.side, loss.kept) for loss in plan.losses] == [(lost_side, winner)]


@pytest.mark.parametrize(("winner", "value"), [("ours", "ours.example"), ("theirs", "theirs.example")])
def test_carries_a_settled_conflict_out_as_an_ordinary_change(world, pair, winner, value):
    world.edit_here(pair[0], website="ours.example")
    world.edit_there(pair[1], website="theirs.example")
    key = ("customer", pair[0])
    world.ledger.links[key] = settled(
        world.ledger.links[key], "website", winner, ours="ours.example", theirs="theirs.example"
    )
    world.sync(pair[0])
    assert world.read_here(pair[0]).customer.data.website == value
    assert world.read_there(pair[1]).customer.data.website == value


def test_takes_what_the_provider_made_of_a_value_as_agreed():
    world = World(
        theirs=MemoryDirectory(
            prefix="their-", keeps=lambda name, value: str(value).strip() if name == "website" else value
        )
    )
    our_id, their_id = world.linked("Ada")
    world.edit_here(our_id, website=" x.example ")
    world.sync(our_id)
    assert world.read_there(their_id).customer.data.website == "x.example"
    assert world.plan_sync(our_id).empty
    assert world.read_here(our_id).customer.data.website == " x.example "


def test_learns_a_field_that_listings_leave_out():
    world = World(theirs=MemoryDirectory(prefix="their-", detail_only=frozenset({"billing_address"})))
    our_id, their_id = world.linked("Ada")
    world.edit_there(their_id, billing_address=Address(city="Bonn"))
    world.sync(our_id)
    assert world.read_here(our_id).customer.data.billing_address == Address(city="Bonn")
    assert world.plan_sync(our_id).empty


def test_takes_an_unknown_field_for_unchanged(world, pair):
    ours = world.our_customer(pair[0])
    theirs = world.their_customer(ours)
    unknown = replace(theirs.customer, data=replace(theirs.customer.data, website=None, billing_address=None))
    plan = plan_sync(ours, replace(theirs, customer=unknown), rule="ask", capabilities=world.capabilities)
    assert plan.empty


def test_looks_at_the_versions_of_every_linked_pair(world, pair):
    world.edit_here(pair[0], website="ours.example")
    seen = world.plan_sync(pair[0]).seen
    assert {(look.kind, look.our_id) for look in seen} == set(world.ledger.links)
    assert next(look.our_version for look in seen if look.kind == "customer") == 2


def test_refuses_what_is_too_long_for_the_provider_and_brings_the_rest(world, pair):
    world.capabilities = replace(world.capabilities, max_lengths={"customer": {"website": 20}})
    world.edit_here(pair[0], website="w" * 21)
    edit_contact_here(world, pair[0], "Ann", phone="1")
    outcome = world.sync(pair[0])
    assert [failure.field for failure in outcome.failures] == ["website"]
    assert world.read_there(pair[1]).customer.data.website == "x.example"
    assert contact_there(world, pair[1], "Ann").data.phone == "1"


def test_refuses_a_customer_without_a_name(world, pair):
    ours = world.our_customer(pair[0])
    theirs = world.their_customer(ours)
    nameless = replace(theirs.customer, data=replace(theirs.customer.data, name=""))
    plan = plan_sync(ours, replace(theirs, customer=nameless), rule="ask", capabilities=world.capabilities)
    assert [refusal.field for refusal in plan.refusals] == ["name"]


def test_puts_customers_before_contacts_and_deletes_after(world, pair):
    world.edit_here(pair[0], website="new.example")
    edit_contact_here(world, pair[0], "Ann", phone="1")
    drop_contact_here(world, pair[0], "Bob")
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat"))
    world.sync(pair[0])
    assert written(world.theirs) == ["update_customer", "create_contact", "update_contact", "delete_contact"]


def test_sends_only_the_fields_that_changed(world, pair):
    world.edit_here(pair[0], website="new.example")
    [step] = world.plan_sync(pair[0]).steps
    assert step.changes == {"website": "new.example"}


def test_keeps_each_outside_write_at_once(world, pair):
    world.edit_here(pair[0], website="new.example")
    edit_contact_here(world, pair[0], "Ann", phone="1")
    world.sync(pair[0])
    assert [len(told.links) for told in world.ledger.told if isinstance(told, Written)] == [1, 1]


def test_shows_field_by_field_what_an_update_does_and_why(world, pair):
    world.edit_here(pair[0], website="new.example")
    [step] = world.plan_sync(pair[0]).steps
    [detail] = step.details
    assert (detail.field, detail.ours, detail.theirs, detail.winner, detail.reason) == (
        "website", "new.example", "x.example", "ours", "changed here",
    )  # fmt: skip


def test_needs_a_link(world):
    our_id = world.here("Ada", ContactData(first_name="Ann"))
    with pytest.raises(ValueError, match="linked"):
        plan_sync(
            world.our_customer(our_id),
            TheirCustomer(customer=None),
            rule="ask",
            capabilities=world.capabilities,
        )
