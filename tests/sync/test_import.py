"""Importing one customer: planned, carried out, and planned again."""

import pytest

from tests.sync.world import World, first_names, person, primary_name, written
from webapp.sdk import Address, Rejected, Unavailable
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.ledger import Agreed
from webapp.sync.steps import Choices, Limits


def test_creates_a_customer_with_its_contacts_and_links_them(world):
    their_id = world.there("Ada", person("Ann", "a@x.example"), person("Bob"), website="x.example")
    outcome = world.bring(their_id)
    here = world.read_here(outcome.our_id)
    assert outcome.status == "done"
    assert (here.customer.data.name, here.customer.data.website) == ("Ada", "x.example")
    assert first_names(here) == ["Ann", "Bob"]
    assert len(world.ledger.links) == 3


def test_creates_with_one_commit_and_no_call_to_the_provider(world):
    their_id = world.there("Ada", person("Ann"), person("Bob"))
    world.bring(their_id)
    assert world.theirs.calls == []
    assert [type(told) for told in world.ledger.told] == [Agreed]


def test_gives_the_new_customer_the_same_primary_contact(world):
    their_id = world.there("Ada", person("Ann"), person("Bob", primary=True))
    assert primary_name(world.read_here(world.bring(their_id).our_id)) == "Bob"


def test_takes_the_currency_over_when_it_creates(world):
    their_id = world.there("Ada", currency="EUR")
    assert world.read_here(world.bring(their_id).our_id).customer.data.currency == "EUR"


def test_leaves_the_existing_customer_alone_when_it_clones(world):
    our_id = world.here("Ada", person("Mine"))
    their_id = world.there("Ada", person("Ann"))
    before = world.read_here(our_id)
    outcome = world.bring(their_id, "clone", our_id)
    assert outcome.our_id != our_id
    assert world.read_here(our_id) == before


def test_has_nothing_to_sync_after_an_import(world):
    our_id, _ = world.linked("Ada", person("Ann"), person("Bob", primary=True), website="x.example")
    assert world.plan_sync(our_id).empty


@pytest.mark.parametrize("page", ["", "mine.example"])
def test_has_nothing_to_sync_after_a_merge(world, page):
    our_id = world.here("Ada", person("Mine", "mine@x.example"), person("Ann"), website=page)
    their_id = world.there("ADA", person("Ann", "ann@x.example"), website="x.example")
    world.bring(their_id, "merge", our_id)
    assert world.plan_sync(our_id).empty


def test_fills_blanks_both_ways_in_a_merge(world):
    our_id = world.here("Ada", company_name="Ada Ltd", billing_address=Address(city="Bonn"))
    their_id = world.there("Ada", website="x.example")
    world.bring(their_id, "merge", our_id)
    for detail in (world.read_here(our_id), world.read_there(their_id)):
        data = detail.customer.data
        assert (data.company_name, data.website, data.billing_address) == (
            "Ada Ltd", "x.example", Address(city="Bonn"),
        )  # fmt: skip


def test_lets_their_value_win_a_merge_and_tells_the_loss(world):
    our_id = world.here("Ada", website="mine.example")
    their_id = world.there("Ada", website="x.example")
    plan = world.plan_import(their_id, "merge", our_id)
    world.carry_out(plan)
    assert world.read_here(our_id).customer.data.website == "x.example"
    assert [(loss.field, loss.side, loss.lost, loss.kept) for loss in plan.losses] == [
        ("website", "ours", "mine.example", "x.example")
    ]


def test_lets_our_value_win_where_a_person_chose_it(world):
    our_id = world.here("Ada", person("Ann", "a@x.example", phone="1"), website="mine.example")
    their_id = world.there("Ada", person("Ann", "a@x.example", phone="2"), website="x.example")
    contact_id = world.read_there(their_id).contacts[0].id
    choices = Choices(customer={"website": "ours"}, contacts={contact_id: {"phone": "ours"}})
    world.bring(their_id, "merge", our_id, choices=choices)
    there = world.read_there(their_id)
    assert there.customer.data.website == "mine.example"
    assert there.contacts[0].data.phone == "1"


def test_takes_over_their_spelling_of_the_name(world):
    our_id = world.here("ada  ltd")
    their_id = world.there("Ada Ltd")
    plan = world.plan_import(their_id, "merge", our_id)
    world.carry_out(plan)
    assert world.read_here(our_id).customer.data.name == "Ada Ltd"
    assert [loss.field for loss in plan.losses] == ["name"]


def test_adds_missing_contacts_on_both_sides_in_a_merge(world):
    our_id = world.here("Ada", person("Mine", "mine@x.example"), person("Both", "both@x.example"))
    their_id = world.there("Ada", person("Both", "both@x.example"), person("Theirs", "theirs@x.example"))
    world.bring(their_id, "merge", our_id)
    assert first_names(world.read_here(our_id)) == ["Both", "Mine", "Theirs"]
    assert first_names(world.read_there(their_id)) == ["Both", "Mine", "Theirs"]
    assert len(world.ledger.links) == 4


def test_keeps_their_primary_contact_in_a_merge(world):
    our_id = world.here("Ada", person("Mine"), person("Ann"))
    their_id = world.there("Ada", person("Ann"), person("Bob", primary=True))
    world.bring(their_id, "merge", our_id)
    assert primary_name(world.read_here(our_id)) == "Bob"
    assert primary_name(world.read_there(their_id)) == "Bob"


def test_keeps_our_primary_contact_where_a_person_chose_it(world):
    our_id = world.here("Ada", person("Mine"), person("Ann"))
    their_id = world.there("Ada", person("Ann"), person("Bob"))
    world.bring(their_id, "merge", our_id, choices=Choices(customer={"primary": "ours"}))
    assert primary_name(world.read_here(our_id)) == "Mine"
    assert primary_name(world.read_there(their_id)) == "Mine"
    assert world.plan_sync(our_id).empty


def test_makes_our_contact_primary_where_the_provider_has_none(world):
    our_id = world.here("Ada", person("Mine"))
    their_id = world.there("Ada")
    world.bring(their_id, "merge", our_id)
    assert primary_name(world.read_there(their_id)) == "Mine"
    assert written(world.theirs) == ["create_contact"]


def test_writes_the_provider_before_the_portal(world):
    our_id = world.here("Ada", person("Mine"), company_name="Ada Ltd")
    their_id = world.there("Ada", person("Ann"), website="x.example")
    steps = world.plan_import(their_id, "merge", our_id).steps
    sides = [step.side for step in steps if hasattr(step, "side")]
    assert sides == sorted(sides, key=["theirs", "ours"].index)


def test_never_writes_a_currency(world):
    our_id = world.here("Ada", currency="EUR")
    their_id = world.there("Ada", currency="USD")
    world.bring(their_id, "merge", our_id)
    assert world.read_here(our_id).customer.data.currency == "EUR"
    assert world.read_there(their_id).customer.data.currency == "USD"


def test_refuses_a_customer_the_portal_cannot_hold_and_cuts_nothing(world):
    their_id = world.there("Ada", person("Ann"), website="w" * 30)
    outcome = world.bring(their_id, limits=Limits(ours={"customer": {"website": 20}}))
    assert outcome.status == "failed"
    assert [(failure.field, failure.reason) for failure in outcome.failures] == [
        ("website", "The website has 30 characters, the portal takes 20: shorten it.")
    ]
    assert world.ours.customers() == ()


def test_refuses_one_long_contact_and_brings_the_others(world):
    their_id = world.there("Ada", person("Ann"), person("B" * 30))
    outcome = world.bring(their_id, limits=Limits(ours={"contact": {"first_name": 20}}))
    assert outcome.status == "partly"
    assert first_names(world.read_here(outcome.our_id)) == ["Ann"]


def test_refuses_a_part_of_an_address_that_is_too_long(world):
    their_id = world.there("Ada", billing_address=Address(street="s" * 30))
    limits = Limits(ours={"customer": {"billing_address.street": 20}})
    [refusal] = world.plan_import(their_id, limits=limits).refusals
    assert refusal.field == "billing_address"


def test_links_nothing_when_the_provider_rejects_the_customer(world):
    world = World(theirs=MemoryDirectory(prefix="their-", max_lengths={"customer": {"company_name": 5}}))
    our_id = world.here("Ada", person("Mine"), company_name="Ada Limited")
    their_id = world.there("Ada", person("Ann"), website="x.example")
    outcome = world.bring(their_id, "merge", our_id)
    assert outcome.status == "failed"
    assert isinstance(outcome.failures[0].error, Rejected)
    assert world.ledger.links == {}
    assert world.read_here(our_id).customer.data.website is None


def test_goes_on_when_the_provider_rejects_a_contact(world):
    world = World(theirs=MemoryDirectory(prefix="their-", max_lengths={"contact": {"first_name": 5}}))
    our_id = world.here("Ada", person("Too long"), person("Short"))
    their_id = world.there("Ada")
    outcome = world.bring(their_id, "merge", our_id)
    assert outcome.status == "partly"
    assert first_names(world.read_there(their_id)) == ["Short"]
    assert world.ledger.intents == {}


def test_takes_up_a_merge_that_broke_off(world):
    our_id = world.here("Ada", person("One"), person("Two"), company_name="Ada Ltd")
    their_id = world.there("Ada", website="x.example")

    def break_off(call, when):
        if when == "before" and call.name == "create_contact" and len(written(world.theirs)) == 3:
            raise Unavailable("No answer.")

    world.theirs.interrupt = break_off
    with pytest.raises(Unavailable):
        world.bring(their_id, "merge", our_id)
    world.theirs.interrupt = None
    world.recover()
    outcome = world.bring(their_id, "merge", our_id)
    assert outcome.status == "done"
    assert first_names(world.read_there(their_id)) == ["One", "Two"]
    assert world.read_here(our_id).customer.data.website == "x.example"
    assert world.plan_sync(our_id).empty


def test_needs_a_customer_to_merge_with(world):
    with pytest.raises(ValueError, match="merge with"):
        world.plan_import(world.there("Ada"), "merge")
