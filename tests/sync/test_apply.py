"""Carrying a plan out: reading before writing, the fence, intents, and going on after failures."""

from dataclasses import replace

import pytest

from tests.sync.world import World, first_names, person, written
from webapp.sdk import RetryLater, Unavailable
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.ledger import Agreed, Intent, Written
from webapp.sync.link import Link
from webapp.sync.steps import Choices, Create, Plan, Ref


class FenceLost(Exception):
    """Another worker has taken over."""


def names(world):
    return [call.name for call in world.theirs.calls]


def contact_id(world, our_id, name):
    return next(row.id for row in world.read_here(our_id).contacts if row.data.first_name == name)


def edit_contact(world, our_id, name, **changes):
    with world.ours.behind():
        world.ours.update_contact(our_id, contact_id(world, our_id, name), changes)


def test_reads_right_before_each_update(world, pair):
    world.edit_here(pair[0], website="new.example")
    edit_contact(world, pair[0], "Ann", phone="1")
    world.sync(pair[0])
    assert names(world) == ["customer", "update_customer", "customer", "update_contact"]


def test_does_not_read_again_what_was_just_read(world, pair):
    world.edit_here(pair[0], website="new.example")
    world.carry_out(world.plan_sync(pair[0]), just_read=True)
    assert names(world) == ["update_customer"]


def test_reads_once_before_contacts_are_created(world, pair):
    for name in ("Cat", "Dan"):
        with world.ours.behind():
            world.ours.create_contact(pair[0], person(name))
    world.sync(pair[0])
    assert names(world) == ["customer", "create_contact", "create_contact"]


def test_asks_for_the_fence_before_every_call(world, pair):
    world.edit_here(pair[0], website="new.example")
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat", primary=True))
    asked_at = []
    world.theirs.interrupt = lambda call, when: (
        asked_at.append(world.ledger.asked) if when == "before" else None
    )
    world.sync(pair[0])
    assert len(asked_at) == len(names(world)) == 3
    assert asked_at == sorted(set(asked_at))
    assert asked_at[0] > 0


def test_writes_nothing_when_the_fence_is_lost(world, pair):
    world.edit_here(pair[0], website="new.example")

    def lost():
        raise FenceLost

    world.ledger.fence = lost
    with pytest.raises(FenceLost):
        world.sync(pair[0])
    assert names(world) == []


def test_stops_between_reading_and_writing_when_the_fence_is_lost_there(world, pair):
    world.edit_here(pair[0], website="new.example")

    def lost_after_one():
        if world.ledger.asked > 1:
            raise FenceLost

    world.ledger.fence = lost_after_one
    with pytest.raises(FenceLost):
        world.sync(pair[0])
    assert names(world) == ["customer"]


def test_leaves_an_intent_with_the_ids_there_before_a_create(world, pair):
    with world.ours.behind():
        our_contact = world.ours.create_contact(pair[0], person("Cat"))
    existing = {row.id for row in world.read_there(pair[1]).contacts}
    world.sync(pair[0])
    [intent] = [told for told in world.ledger.told if isinstance(told, Intent)]
    assert set(intent.existing) == existing
    assert (intent.our_id, intent.their_customer_id) == (our_contact.id, pair[1])
    assert world.ledger.told.index(intent) == 0


def test_keeps_the_intent_when_the_answer_is_lost(world, pair):
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat"))

    def lose_answer(call, when):
        if call.name == "create_contact" and when == "after":
            raise Unavailable("No answer.", effect_unknown=True)

    world.theirs.interrupt = lose_answer
    with pytest.raises(RetryLater):
        world.sync(pair[0])
    assert len(world.ledger.intents) == 1
    world.theirs.interrupt = None
    world.sync(pair[0])
    assert first_names(world.read_there(pair[1])) == ["Ann", "Bob", "Cat"]
    assert world.plan_sync(pair[0]).empty


def test_keeps_what_was_written_there_when_it_has_to_stop(world, pair):
    world.edit_here(pair[0], website="new.example")
    edit_contact(world, pair[0], "Ann", phone="1")

    def stop(call, when):
        if call.name == "update_contact":
            raise Unavailable("Not now.")

    world.theirs.interrupt = stop
    with pytest.raises(Unavailable):
        world.sync(pair[0])
    assert [type(told) for told in world.ledger.told] == [Written]
    assert world.ledger.links["customer", pair[0]].agreed_theirs["website"] == "new.example"


def test_writes_nothing_here_when_it_has_to_stop_there(world, pair):
    world.edit_here(pair[0], website="new.example")
    world.edit_there(pair[1], company_name="Ada Ltd")

    def stop(call, when):
        if call.name == "update_customer":
            raise Unavailable("Not now.")

    world.theirs.interrupt = stop
    with pytest.raises(Unavailable):
        world.sync(pair[0])
    assert written(world.ours) == []


def test_commits_everything_here_together(world, pair):
    world.edit_there(pair[1], website="new.example")
    with world.theirs.behind():
        world.theirs.create_contact(pair[1], person("Cat"))
    world.sync(pair[0])
    [agreed] = world.ledger.told
    assert isinstance(agreed, Agreed)
    assert {type(done.step).__name__ for done in agreed.done} == {"Update", "Create"}


def test_takes_the_version_of_the_answer_as_agreed(world, pair):
    world.edit_here(pair[0], website="new.example")
    world.sync(pair[0])
    link = world.ledger.links["customer", pair[0]]
    assert link.agreed_their_version == world.read_there(pair[1]).customer.version


def test_never_creates_a_customer_at_the_provider(world):
    our_id = world.here("Ada")
    record = world.read_here(our_id).customer
    ref = Ref(kind="customer", our_id=our_id, their_id="their-1")
    step = Create(ref=ref, side="theirs", data=record.data, source=record, reason="only here")
    with pytest.raises(TypeError):
        world.carry_out(Plan(our_id=our_id, their_id="their-1", steps=(step,)))


def test_does_nothing_for_an_empty_plan(world):
    outcome = world.carry_out(Plan(our_id="our-1", their_id="their-1", links={}))
    assert outcome.status == "done"
    assert world.ledger.told == []


def test_keeps_a_new_customer_link_before_the_links_of_its_contacts(world):
    our_id = world.here("Ada", person("Mine"))
    their_id = world.there("Ada", website="x.example")
    world.bring(their_id, "merge", our_id)
    kept: list[Link] = [
        link for told in world.ledger.told if isinstance(told, Written) for link in told.links
    ]
    assert [link.kind for link in kept][:2] == ["customer", "contact"]


@pytest.mark.parametrize(("obeys", "told"), [(True, ["Create"]), (False, ["Create", "Update"])])
def test_tells_once_of_a_primary_contact_made_there(world, obeys, told):
    our_id = world.here("Ada", person("Mine", primary=True))
    their_id = world.there("Ada", person("Bob"), person("Eve"))
    create = world.theirs.create_contact
    world.theirs.create_contact = lambda customer_id, data: create(
        customer_id, replace(data, primary=data.primary and obeys)
    )
    world.bring(their_id, "merge", our_id, choices=Choices(preset="ours"))
    done = [each.done for each in world.ledger.told if isinstance(each, Written)]
    assert [type(each.step).__name__ for each in done] == told
    assert done[-1].record.data.primary is True
    primary = [link for link in world.ledger.links.values() if link.agreed_ours.get("primary")]
    assert [link.agreed_theirs["primary"] for link in primary] == [True]


def test_knows_what_it_wrote_where_the_answer_leaves_it_out():
    world = World(theirs=MemoryDirectory(prefix="their-", detail_only=frozenset({"website"})))
    pair = world.linked("Ada", website="x.example")
    world.edit_here(pair[0], website="new.example")
    world.sync(pair[0])
    [kept] = [each.done.record for each in world.ledger.told if isinstance(each, Written)]
    assert kept.data.website == "new.example"
