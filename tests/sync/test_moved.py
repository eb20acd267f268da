"""Records that moved between planning and writing: nothing is written over what nobody has seen."""

from tests.sync.people import edit_contact_here
from tests.sync.world import first_names, person, written
from webapp.sdk import Gone, Stale


def names(world):
    return [call.name for call in world.theirs.calls]


def test_is_stale_when_the_provider_moved_and_gives_the_fresh_reading(world, pair):
    world.edit_here(pair[0], website="new.example")
    plan = world.plan_sync(pair[0])
    world.edit_there(pair[1], company_name="Ada Ltd")
    outcome = world.carry_out(plan)
    assert outcome.status == "stale"
    assert outcome.fresh == world.read_there(pair[1])
    assert written(world.theirs) == []


def test_is_stale_when_a_contact_to_update_is_gone(world, pair):
    edit_contact_here(world, pair[0], "Bob", phone="1")
    plan = world.plan_sync(pair[0])
    with world.theirs.behind():
        detail = world.theirs.customer(pair[1])
        bob = next(row.id for row in detail.contacts if row.data.first_name == "Bob")
        world.theirs.delete_contact(pair[1], bob)
    assert world.carry_out(plan).status == "stale"


def test_is_stale_when_someone_added_a_contact_there_meanwhile(world, pair):
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat"))
    plan = world.plan_sync(pair[0])
    with world.theirs.behind():
        world.theirs.create_contact(pair[1], person("Cat"))
    assert world.carry_out(plan).status == "stale"
    assert first_names(world.read_there(pair[1])) == ["Ann", "Bob", "Cat"]


def test_is_stale_when_someone_edited_here_what_would_be_overwritten(world, pair):
    world.edit_there(pair[1], website="theirs.example")
    plan = world.plan_sync(pair[0])
    world.edit_here(pair[0], website="ours.example")
    outcome = world.carry_out(plan)
    assert outcome.status == "stale"
    assert outcome.fresh is None, "what was read here is no reading of theirs"
    assert world.read_here(pair[0]).customer.data.website == "ours.example"


def test_is_stale_when_someone_deleted_here_what_would_be_written(world, pair):
    world.edit_there(pair[1], website="theirs.example")
    plan = world.plan_sync(pair[0])
    with world.ours.behind():
        world.ours.delete_customer(pair[0])
    assert world.carry_out(plan).status == "stale"


def test_is_stale_when_a_contact_of_a_customer_to_delete_was_edited_there(world, pair):
    with world.ours.behind():
        world.ours.delete_customer(pair[0])
    plan = world.plan_sync(pair[0])
    with world.theirs.behind():
        [ann, _] = world.theirs.customer(pair[1]).contacts
        world.theirs.update_contact(pair[1], ann.id, {"phone": "1"})
    assert world.carry_out(plan).status == "stale"
    assert len(world.theirs.customers()) == 1


def test_is_stale_when_the_provider_says_so(world, pair):
    world.edit_here(pair[0], website="new.example")

    def stale(call, when):
        if call.name == "update_customer" and when == "before":
            raise Stale("It changed.")

    world.theirs.interrupt = stale
    assert world.carry_out(world.plan_sync(pair[0])).status == "stale"


def test_does_not_mind_a_version_that_moved_for_nothing(world, pair):
    world.edit_here(pair[0], website="new.example")
    plan = world.plan_sync(pair[0])
    world.edit_there(pair[1], website="x.example")
    assert world.carry_out(plan).status == "done"


def test_does_not_mind_a_value_that_is_there_already(world, pair):
    world.edit_here(pair[0], website="new.example")
    plan = world.plan_sync(pair[0])
    world.edit_there(pair[1], website="new.example")
    assert world.carry_out(plan).status == "done"
    assert world.plan_sync(pair[0]).empty


def test_says_when_the_customer_is_gone_there(world, pair):
    world.edit_here(pair[0], website="new.example")
    plan = world.plan_sync(pair[0])
    with world.theirs.behind():
        world.theirs.delete_customer(pair[1])
    assert world.carry_out(plan).status == "gone"


def test_tells_nobody_as_having_deleted_what_is_gone_already(world, pair):
    with world.ours.behind():
        world.ours.delete_customer(pair[0])
    plan = world.plan_sync(pair[0])
    with world.theirs.behind():
        world.theirs.delete_customer(pair[1])
    assert world.carry_out(plan).status == "gone"
    assert world.sync(pair[0]).done[0].step.reason == "deleted on both sides"
    assert world.ledger.links == {}


def test_goes_on_with_the_contacts_when_a_linked_customer_is_rejected(world, pair):
    world.edit_here(pair[0], website="new.example")
    edit_contact_here(world, pair[0], "Ann", phone="1")

    def gone_wrong(call, when):
        if call.name == "update_customer" and when == "before":
            raise Gone("No such customer.")

    world.theirs.interrupt = gone_wrong
    assert world.carry_out(world.plan_sync(pair[0])).status == "stale"


def test_is_over_when_a_contact_cannot_be_made_since_its_customer_is_gone(world, pair):
    with world.ours.behind():
        world.ours.create_contact(pair[0], person("Cat"))
    plan = world.plan_sync(pair[0])

    def delete_first(call, when):
        if call.name == "create_contact" and when == "before":
            with world.theirs.behind():
                world.theirs.delete_customer(pair[1])

    world.theirs.interrupt = delete_first
    assert world.carry_out(plan).status == "gone"
    assert names(world) == ["customer", "create_contact", "customer"]
