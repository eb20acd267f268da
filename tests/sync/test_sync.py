"""Syncing one linked customer: every row of the two tables, planned, carried out and planned again."""

from dataclasses import replace

import pytest

from tests.sync.world import World, first_names, person, primary_name, written
from webapp.sdk import Address, ContactData
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.ledger import Written
from webapp.sync.link import settled
from webapp.sync.plan import plan_sync
from webapp.sync.steps import OurCustomer, TheirCustomer


@pytest.fixture
def world():
    return World()


@pytest.fixture
def pair(world):
    """A linked customer with two contacts, Ann being the primary one."""
    return world.linked(
        "Ada", person("Ann", "ann@x.example"), person("Bob", "bob@x.example"), website="x.example"
    )


def contact_here(world, our_id, name):
    return next(row for row in world.read_here(our_id).contacts if row.data.first_name == name)


def contact_there(world, their_id, name):
    return next(row for row in world.read_there(their_id).contacts if row.data.first_name == name)


def edit_contact_here(world, our_id, name, **changes):
    with world.ours.behind():
        world.ours.update_contact(our_id, contact_here(world, our_id, name).id, changes)
    world.ledger.commit()


def edit_contact_there(world, their_id, name, **changes):
    with world.theirs.behind():
        world.theirs.update_contact(their_id, contact_there(world, their_id, name).id, changes)


def drop_contact_here(world, our_id, name):
    with world.ours.behind():
        world.ours.delete_contact(our_id, contact_here(world, our_id, name).id)
    world.ledger.commit()


def drop_contact_there(world, their_id, name):
    with world.theirs.behind():
        world.theirs.delete_contact(their_id, contact_there(world, their_id, name).id)


def drop_here(world, our_id):
    with world.ours.behind():
        world.ours.delete_customer(our_id)
    world.ledger.commit()


def drop_there(world, their_id):
    with world.theirs.behind():
        world.theirs.delete_customer(their_id)


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


def test_deletes_a_customer_there_that_was_deleted_here(world, pair):
    drop_here(world, pair[0])
    world.sync(pair[0])
    assert world.theirs.customers() == ()
    assert world.ledger.links == {}


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


def test_plans_nothing_for_contacts_that_wait_for_a_person(world, pair):
    with world.ours.behind():
        mine = world.ours.create_contact(pair[0], person("Cat")).id
    with world.theirs.behind():
        its = world.theirs.create_contact(pair[1], person("Kat")).id
    world.ledger.held = frozenset({mine, its})
    assert world.plan_sync(pair[0]).empty


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


def test_leaves_a_link_alone_whose_contact_here_is_not_told_of(world, pair):
    ours: OurCustomer = world.our_customer(pair[0])
    plan = plan_sync(
        replace(ours, contacts=()), world.their_customer(ours), rule="ask", capabilities=world.capabilities
    )
    assert plan.empty


def test_needs_a_link(world):
    our_id = world.here("Ada", ContactData(first_name="Ann"))
    with pytest.raises(ValueError, match="linked"):
        plan_sync(
            world.our_customer(our_id),
            TheirCustomer(customer=None),
            rule="ask",
            capabilities=world.capabilities,
        )


def test_brings_a_customer_back_even_when_what_was_edited_there_is_refused(world, pair):
    world.capabilities = replace(world.capabilities, max_lengths={"customer": {"company_name": 5}})
    world.edit_here(pair[0], company_name="Ada Limited")
    drop_here(world, pair[0])
    world.edit_there(pair[1], website="new.example")
    outcome = world.sync(pair[0])
    assert [failure.field for failure in outcome.failures] == ["company_name"]
