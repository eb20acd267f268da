"""What is asked before a record is written may refuse or adjust it, and both directories come to rest."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.world import World, person, written
from webapp.sdk import ContactData
from webapp.sync.steps import Choices, Refusal


def adjusting(change):
    """Let each text be written as what `change` makes of it."""
    return lambda ref, side, values, before: {
        name: change(value) if isinstance(value, str) and value else value for name, value in values.items()
    }


def refusing(name, value, *, passing=False):
    """Refuse records that would be given a certain value."""

    def vet(ref, side, values, before):
        if values.get(name) == value:
            return Refusal(ref=ref, side=side, field=name, reason="Not that one.", passing=passing)
        return values

    return vet


def writes(world, our_id):
    """Sync, and count what was written on both sides."""
    before = len(written(world.ours)), len(written(world.theirs))
    world.sync(our_id)
    return len(written(world.ours)) - before[0], len(written(world.theirs)) - before[1]


def test_an_adjusted_value_is_written_and_the_other_side_keeps_its_own(world, pair):
    world.vet = adjusting(str.upper)
    world.edit_here(pair[0], website="new.example")
    assert writes(world, pair[0]) == (0, 1)
    assert world.read_there(pair[1]).customer.data.website == "NEW.EXAMPLE"
    assert world.read_here(pair[0]).customer.data.website == "new.example"


def test_an_adjusted_value_starts_no_loop_in_either_direction(world, pair):
    world.vet = adjusting(lambda text: f"{text}!")
    world.edit_here(pair[0], website="ours.example")
    world.edit_there(pair[1], company_name="Theirs")
    assert writes(world, pair[0]) == (1, 1)
    assert writes(world, pair[0]) == (0, 0)
    assert world.read_here(pair[0]).customer.data.company_name == "Theirs!"
    assert world.read_there(pair[1]).customer.data.website == "ours.example!"


def test_a_later_edit_of_what_was_adjusted_travels_once(world, pair):
    world.vet = adjusting(lambda text: f"{text}!")
    world.edit_here(pair[0], website="ours.example")
    world.sync(pair[0])
    world.edit_there(pair[1], website="theirs.example")
    assert writes(world, pair[0]) == (1, 0)
    assert writes(world, pair[0]) == (0, 0)
    assert world.read_here(pair[0]).customer.data.website == "theirs.example!"
    assert world.read_there(pair[1]).customer.data.website == "theirs.example"


def test_adjusts_what_is_made_anew_and_rests(world):
    world.vet = adjusting(str.upper)
    our_id, their_id = world.linked("Ada", person("Ann", "ann@x.example"))
    assert world.read_here(our_id).customer.data.name == "ADA"
    assert world.read_there(their_id).customer.data.name == "Ada"
    with world.ours.behind():
        world.ours.create_contact(our_id, person("Cat", "cat@x.example"))
    assert writes(world, our_id) == (0, 1)
    assert writes(world, our_id) == (0, 0)


def test_rests_though_the_answer_to_a_create_left_out_what_was_adjusted(world, pair):
    world.vet = adjusting(str.upper)
    create = world.theirs.create_contact

    def tell_little(customer_id, data):
        made = create(customer_id, data)
        return replace(made, data=replace(made.data, department=None))

    world.theirs.create_contact = tell_little
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat", "cat@x.example", department="Sales"))
    assert writes(world, pair[0]) == (0, 1)
    assert writes(world, pair[0]) == (0, 0)


def test_adjusts_a_merge_and_rests(world):
    our_id = world.here("Ada", website="ours.example")
    their_id = world.there("Ada", company_name="Theirs")
    world.vet = adjusting(str.upper)
    world.bring(their_id, "merge", our_id, choices=Choices(preset="ours"))
    assert world.read_there(their_id).customer.data.website == "OURS.EXAMPLE"
    assert world.read_here(our_id).customer.data.company_name == "THEIRS"
    assert writes(world, our_id) == (0, 0)


def test_comes_to_rest_after_a_crash_behind_an_adjusted_create(world, pair):
    world.vet = adjusting(str.upper)
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat", "cat@x.example"))
    intended = len(world.contact_links())
    keep = world.ledger.written
    world.ledger.written = lambda what: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        world.sync(pair[0])
    world.ledger.written = keep
    world.sync(pair[0])
    assert writes(world, pair[0]) == (0, 0)
    assert len(world.contact_links()) == intended + 1
    assert len(world.read_there(pair[1]).contacts) == 3


def test_cuts_to_what_the_provider_takes_before_that_is_refused(world, pair):
    world.capabilities = replace(world.capabilities, max_lengths={"customer": {"website": 20}})
    world.vet = adjusting(lambda text: text[:20])
    world.edit_here(pair[0], website="w" * 30)
    assert world.sync(pair[0]).failures == ()
    assert world.read_there(pair[1]).customer.data.website == "w" * 20


def test_refuses_what_was_adjusted_to_more_than_a_side_takes(world, pair):
    world.capabilities = replace(world.capabilities, max_lengths={"customer": {"website": 20}})
    world.vet = adjusting(lambda text: text * 3)
    world.edit_here(pair[0], website="ours.example")
    assert [failure.field for failure in world.sync(pair[0]).failures] == ["website"]


def test_a_veto_keeps_all_of_a_record_and_none_of_the_others(world, pair):
    world.vet = refusing("website", "bad.example")
    world.edit_here(pair[0], website="bad.example")
    world.edit_there(pair[1], company_name="Theirs")
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat"))
    outcome = world.sync(pair[0])
    assert [(each.reason, each.final) for each in outcome.failures] == [("Not that one.", True)]
    assert written(world.theirs) == ["create_contact"]
    assert world.read_here(pair[0]).customer.data.company_name != "Theirs"
    world.edit_here(pair[0], website="good.example")
    assert writes(world, pair[0]) == (1, 1)
    assert world.read_here(pair[0]).customer.data.company_name == "Theirs"


def test_a_plugin_that_fails_refuses_for_now(world, pair):
    world.vet = refusing("website", "bad.example", passing=True)
    world.edit_here(pair[0], website="bad.example")
    assert [each.final for each in world.sync(pair[0]).failures] == [False]


def test_a_customer_that_is_refused_does_not_come_in_nor_do_its_people(world):
    world.vet = refusing("name", "Ada")
    their_id = world.there("Ada", person("Ann"))
    outcome = world.bring(their_id)
    assert (outcome.status, written(world.ours), world.ledger.links) == ("failed", [], {})


def test_is_not_asked_who_is_primary_nor_about_deletes(world, pair):
    told = []
    world.vet = lambda ref, side, values, before: told.append(dict(values)) or values
    bob = next(each for each in world.read_here(pair[0]).contacts if each.data.first_name == "Bob")
    with world.ours.behind():
        world.ours.update_contact(pair[0], bob.id, {"primary": True})
    world.sync(pair[0])
    with world.ours.behind():
        world.ours.delete_contact(pair[0], bob.id)
    world.ledger.commit()
    world.sync(pair[0])
    assert set(written(world.theirs)) == {"update_contact", "delete_contact"}
    assert told == []


CHANGES = (str.upper, str.lower, lambda text: f"{text}!", lambda text: text[:3], lambda text: text[::-1])
EDITS = st.tuples(st.sampled_from(["here", "there"]), st.sampled_from(["A b", "ab", "A", "abcdef", ""]))


@settings(max_examples=40, deadline=None)
@given(change=st.sampled_from(CHANGES), edits=st.lists(EDITS, max_size=4))
def test_whatever_is_adjusted_and_edited_comes_to_rest(change, edits):
    world = World()
    our_id, their_id = world.linked("Ada", ContactData(first_name="Ann"), website="x.example")
    world.vet = adjusting(change)
    for side, website in edits:
        edit = world.edit_here if side == "here" else world.edit_there
        edit(our_id if side == "here" else their_id, website=website)
        for _ in range(2):
            world.sync(our_id)
    if not world.plan_sync(our_id).conflicts:
        assert writes(world, our_id) == (0, 0)
