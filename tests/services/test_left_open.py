"""What items leave open that came to no end: writes of which nobody knows whether they arrived."""

import os

import pytest

from tests.import_world import ImportWorld
from webapp.extensions import db
from webapp.sdk import ContactData, Unavailable
from webapp.services import imports, leases, reviews, runs
from webapp.store.directory import PortalDirectory
from webapp.store.runs import Run, Selection

ANNA = ContactData(first_name="Anna", email="anna@arc.example")
BO = ContactData(first_name="Bo", email="bo@arc.example")
WRITES = ["update_customer", "create_contact"]


def commanded(world: ImportWorld, their_id: str, duplicates: str = "merge") -> Run:
    selection = Selection(ids=frozenset([their_id]))
    return imports.start(world.portal_id, world.connection_id, None, selection, duplicates)


def outcomes(world: ImportWorld, run: Run) -> list[tuple[str, str, str]]:
    return [(item.name, item.state, item.reason) for item in world.items(run)]


def lost(world: ImportWorld, write: str):
    """Let the answers to writes get lost."""
    really = getattr(world.theirs, write)

    def answer(*sent):
        really(*sent)
        raise Unavailable("Ledgerly cannot be reached.", effect_unknown=True)

    setattr(world.theirs, write, answer)
    return lambda: setattr(world.theirs, write, really)


def silenced(world: ImportWorld, write: str):
    """Let writes go unanswered without an effect."""
    really = getattr(world.theirs, write)

    def silent(*sent):
        raise Unavailable("Ledgerly cannot be reached.")

    setattr(world.theirs, write, silent)
    return lambda: setattr(world.theirs, write, really)


def given_up(world: ImportWorld, run: Run) -> None:
    """Carry out a run until its item is given up."""
    for _ in range(2):
        with pytest.raises(Unavailable):
            world.carry_out(run)
    world.carry_out(run)
    assert [state for _, state, _ in outcomes(world, run)] == ["failed"]


@pytest.mark.parametrize("write", WRITES)
def test_a_customer_given_up_with_one_there_can_be_merged_with_another(world, write):
    one, other = (world.there("Arc", ANNA, website="") for _ in range(2))
    ours = world.here("Arc", BO, website="https://arc.example")
    world.mirror()
    answering = silenced(world, write)
    given_up(world, commanded(world, one))
    answering()
    run = commanded(world, other)
    world.carry_out(run)
    assert outcomes(world, run) == [("Arc", "done", "")]
    assert [link.their_id for link in world.links() if link.our_id == ours] == [other]
    assert {each.data.first_name for each in world.theirs.customer(other).contacts} == {"Anna", "Bo"}


def test_a_customer_given_up_can_be_imported_beside_the_one_here(world):
    theirs, beside = world.there("Arc", ANNA), world.there("Bee", ANNA)
    world.here("Arc", BO)
    world.here("Bee", BO)
    world.mirror()
    answering = lost(world, "create_contact")
    run = commanded(world, theirs)
    with pytest.raises(Unavailable):
        world.carry_out(run)
    answering()
    answering = silenced(world, "customer")
    with pytest.raises(Unavailable):
        world.carry_out(run)
    world.carry_out(run)
    answering()
    assert [state for _, state, _ in outcomes(world, run)] == ["failed"]
    world.mirror()
    run = world.reviewed([theirs, beside])
    for item, wanted in zip(world.items(run), ["clone", "merge"], strict=True):
        reviews.answer(run, item.position, wanted)
    world.read_details([theirs, beside])
    run = reviews.confirm(run, world.place.user_id)
    world.carry_out(run)
    assert [(name, state) for name, state, _ in outcomes(world, run)] == [("Arc", "done"), ("Bee", "done")]


def test_what_changed_after_a_confirmation_comes_back_though_an_earlier_import_was_given_up(world):
    theirs = world.there("Arc", ANNA, website="")
    ours = world.here("Arc", BO, website="https://arc.example")
    world.mirror()
    answering = silenced(world, "create_contact")
    given_up(world, commanded(world, theirs))
    answering()
    run = world.confirmed([theirs], "merge")
    PortalDirectory(world.portal_id).update_customer(str(ours), {"website": "https://unseen.example"})
    db.session.commit()
    world.carry_out(run)
    assert [state for _, state, _ in outcomes(world, run)] == ["changed"]


@pytest.mark.parametrize("filled", ["", "https://arc.example"])
def test_links_nobody_to_a_customer_binned_while_it_was_merged(world, filled):
    theirs = world.there("Arc", ANNA, website="")
    ours = world.here("Arc", ANNA, BO, website=filled)
    world.mirror()
    run = world.confirmed([theirs], "merge")
    create_contact = world.theirs.create_contact

    def meanwhile(*sent):
        made = create_contact(*sent)
        PortalDirectory(world.portal_id).delete_customer(str(ours))
        db.session.commit()
        return made

    world.theirs.create_contact = meanwhile
    world.carry_out(run)
    assert [state for _, state, _ in outcomes(world, run)] == ["changed"]
    assert world.links() == []


@pytest.mark.parametrize("write", WRITES)
def test_whoever_died_in_the_middle_of_a_write_keeps_its_lease_until_that_runs_out(world, write):
    theirs = world.there("Arc", ANNA, website="")
    world.here("Arc", BO, website="https://arc.example")
    world.mirror()
    run = commanded(world, theirs)

    def killed(*sent):
        raise KeyboardInterrupt

    setattr(world.theirs, write, killed)
    lease = leases.take(world.connection_id)
    with pytest.raises(KeyboardInterrupt):
        runs.carry_out_slice(run.id, lease, until=lambda: False)
    db.session.rollback()
    leases.give_back(world.connection_id, pid=os.getpid())
    assert leases.take(world.connection_id) is None
