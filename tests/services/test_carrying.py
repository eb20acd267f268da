"""One item of a run carried out, while others change what it is about."""

import uuid

import pytest

from tests.import_world import ImportWorld
from webapp.extensions import db
from webapp.sdk import ContactData, RateLimited, Unavailable
from webapp.services import imports, runs
from webapp.store.customers import Customer
from webapp.store.runs import Run, Selection

ANNA = ContactData(first_name="Anna", email="anna@arc.example")
BO = ContactData(first_name="Bo", email="bo@arc.example")
CY = ContactData(first_name="Cy", email="cy@arc.example")


def outcomes(world: ImportWorld, run: Run) -> list[tuple[str, str]]:
    return [(item.name, item.state) for item in world.items(run)]


def commanded(world: ImportWorld, their_id: str, duplicates: str) -> Run:
    selection = Selection(ids=frozenset([their_id]))
    return imports.start(world.portal_id, world.connection_id, None, selection, duplicates)


def change_website(customer_id: uuid.UUID, website: str) -> None:
    """Let somebody else edit a customer here."""
    edited = db.update(Customer).where(Customer.id == customer_id)
    with db.engine.begin() as side:
        side.execute(edited.values(website=website, version=Customer.version + 1))


def silent(*asked: object):
    raise Unavailable("Ledgerly cannot be reached.")


def test_never_merges_two_customers_there_into_one_here(world):
    one, other = world.there("Arc", ANNA), world.there("Arc", BO)
    ours = world.here("Arc", CY)
    world.mirror()
    queued = [commanded(world, their_id, "merge") for their_id in (one, other)]
    for run in queued:
        world.carry_out(run)
    assert [outcomes(world, run) for run in queued] == [[("Arc", "done")], [("Arc", "failed")]]
    assert "linked to another one" in world.items(queued[1])[0].reason
    assert [link.their_id for link in world.links() if link.kind == "customer"] == [one]
    assert [person.first_name for person in world.people(ours)] == ["Anna", "Cy"]


def test_a_command_makes_no_second_customer_of_a_name_that_came_meanwhile(world):
    theirs = world.there("Arc", ANNA)
    world.mirror()
    run = commanded(world, theirs, "skip")
    ours = world.here("Arc")
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "changed")]
    assert [customer.id for customer in world.customers()] == [ours]


def test_sees_what_changed_here_while_others_of_its_batch_were_carried_out(world):
    ids = [world.there("Arc", ANNA), world.there("Bee", BO, website="https://theirs.example")]
    world.here("Arc", CY)
    bee = world.here("Bee", website="https://seen.example")
    world.mirror()
    run = world.confirmed(ids, "merge")
    create_contact = world.theirs.create_contact

    def meanwhile(customer_id: str, data: ContactData):
        change_website(bee, "https://unseen.example")
        return create_contact(customer_id, data)

    world.theirs.create_contact = meanwhile
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "done"), ("Bee", "changed")]
    assert next(each for each in world.customers() if each.id == bee).website == "https://unseen.example"


def test_brings_a_begun_merge_to_its_end_though_its_run_is_cancelled(world):
    ids = [world.there("Arc", ANNA), world.there("Bee")]
    ours = world.here("Arc", BO, CY)
    world.mirror()
    run = world.confirmed(ids, "merge")
    create_contact, created = world.theirs.create_contact, []

    def interrupted(customer_id: str, data: ContactData):
        created.append(data)
        if len(created) == 2:
            assert runs.cancel(run, world.place.user_id).state == "running"
            raise RateLimited("Too many.", scope="minute", after=60)
        return create_contact(customer_id, data)

    world.theirs.create_contact = interrupted
    with pytest.raises(RateLimited):
        world.carry_out(run)
    world.theirs.create_contact = create_contact
    assert world.carry_out(run) is False
    assert outcomes(world, run) == [("Arc", "done"), ("Bee", "cancelled")]
    assert runs.run(world.portal_id, run.id).state == "cancelled"
    assert [person.first_name for person in world.people(ours)] == ["Anna", "Bo", "Cy"]
    assert len(world.theirs.customer(ids[0]).contacts) == 3


def test_keeps_what_was_being_written_at_the_provider_when_its_run_was_cancelled(world):
    theirs = world.there("Arc", ANNA, website="")
    ours = world.here("Arc", BO, website="https://arc.example")
    world.mirror()
    run = world.confirmed([theirs], "merge")
    update_customer, create_contact = world.theirs.update_customer, world.theirs.create_contact

    def cancelled(*written):
        assert runs.cancel(run, world.place.user_id).state == "running"
        return update_customer(*written)

    def interrupted(*written):
        raise RateLimited("Too many.", scope="minute", after=60)

    world.theirs.update_customer, world.theirs.create_contact = cancelled, interrupted
    with pytest.raises(RateLimited):
        world.carry_out(run)
    world.theirs.update_customer, world.theirs.create_contact = update_customer, create_contact
    assert world.carry_out(run) is False
    assert outcomes(world, run) == [("Arc", "done")]
    assert runs.run(world.portal_id, run.id).state == "cancelled"
    assert [person.first_name for person in world.people(ours)] == ["Anna", "Bo"]


def test_creates_nothing_at_the_provider_once_its_run_was_cancelled(world):
    theirs = world.there("Arc", ANNA)
    world.here("Arc", BO)
    world.mirror()
    run = world.confirmed([theirs], "merge")
    read = world.theirs.customer

    def cancelled(customer_id: str):
        runs.cancel(run, world.place.user_id)
        return read(customer_id)

    world.theirs.customer = cancelled
    world.carry_out(run)
    world.theirs.customer = read
    assert outcomes(world, run) == [("Arc", "cancelled")]
    assert len(read(theirs).contacts) == 1
    assert world.links() == []


def test_an_outage_is_no_item_s_fault(world):
    ids = [world.there("Arc", ANNA), world.there("Bee", ANNA)]
    for name in ("Arc", "Bee"):
        world.here(name, BO)
    world.mirror()
    run = world.confirmed(ids, "merge")
    answering = {name: getattr(world.theirs, name) for name in ("customer", "changed")}
    for name in answering:
        setattr(world.theirs, name, silent)
    for _ in range(7):
        with pytest.raises(Unavailable):
            world.carry_out(run)
    for name, answer in answering.items():
        setattr(world.theirs, name, answer)
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "done"), ("Bee", "done")]


def test_says_whom_an_interruption_leaves_to_a_person(world):
    theirs = world.there("Arc")
    world.here("Arc", BO)
    world.mirror()
    run = world.confirmed([theirs], "merge")
    run_id, create_contact = run.id, world.theirs.create_contact

    def interrupted(customer_id: str, data: ContactData):
        create_contact(customer_id, data)
        with world.theirs.behind():
            create_contact(customer_id, CY)
        raise KeyboardInterrupt

    world.theirs.create_contact = interrupted
    with pytest.raises(KeyboardInterrupt):
        world.carry_out(run)
    world.theirs.create_contact = create_contact
    run = runs.run(world.portal_id, run_id)
    world.carry_out(run)
    assert len(world.theirs.customer(theirs).contacts) == 2
    assert world.items(run)[0].reason.startswith("Bo: it cannot be told")


def test_a_merge_that_is_given_up_half_way_can_be_imported_again(world):
    theirs = world.there("Arc", ANNA)
    ours = world.here("Arc", BO, CY)
    world.mirror()
    run = world.confirmed([theirs], "merge")
    create_contact, created = world.theirs.create_contact, []

    def falling_silent(customer_id: str, data: ContactData):
        created.append(data)
        return create_contact(customer_id, data) if len(created) == 1 else silent()

    world.theirs.create_contact = falling_silent
    for _ in range(2):
        with pytest.raises(Unavailable):
            world.carry_out(run)
    world.carry_out(run)
    world.theirs.create_contact = create_contact
    assert (outcomes(world, run), world.links()) == ([("Arc", "failed")], [])
    world.mirror()
    again = world.confirmed([theirs], "merge")
    world.carry_out(again)
    assert outcomes(world, again) == [("Arc", "done")]
    assert [person.first_name for person in world.people(ours)] == ["Anna", "Bo", "Cy"]
    assert len(world.theirs.customer(theirs).contacts) == 3
