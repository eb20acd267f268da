"""Ways in which a sync could lose, double or overwrite somebody's data without a word, each closed."""

import pytest

from tests.mirror_world import set_connection
from tests.services.synced import ANNA, BO, SyncWorld
from webapp.extensions import db
from webapp.sdk import Address, ContactData, Unavailable
from webapp.services import brakes, customers
from webapp.store.columns import now
from webapp.store.links import Link


@pytest.fixture
def synced(world):
    yield SyncWorld(world)
    world.theirs.interrupt = None


@pytest.mark.parametrize("active", [True, False], ids=["active", "inactive"])
def test_a_merge_there_of_two_linked_customers_asks_before_anything_goes_here(synced, active):
    [(_, their_first), (second, their_second)] = synced.linked("Arc", "Bee")
    synced.edit_there(their_first, active=active)
    with synced.theirs.behind():
        synced.theirs.merge_customers(their_second, their_first)
    synced.census()
    assert synced.here(second).deleted_at is None
    [problem] = synced.problems()
    assert (problem.question, problem.survivors) == ("merged there", [their_first])


def test_whom_a_merge_there_moved_comes_with_its_survivor_once_the_other_is_unlinked(synced):
    [(first, their_first)] = synced.linked("Arc", people=(ANNA,))
    [(second, their_second)] = synced.linked("Bee", people=(BO,))
    with synced.theirs.behind():
        synced.theirs.merge_customers(their_second, their_first)
    synced.census()
    assert synced.first_names(first) == ["Anna"]
    customers.unlink(synced.portal_id, second, synced.connection_id, synced.imports.place.user_id)
    synced.look()
    assert synced.first_names(first) == synced.first_names_there(their_first) == ["Anna", "Bo"]


def test_a_merge_there_that_left_its_twin_inactive_stays_asked_about(synced):
    [(_our_id, their_id)] = synced.linked("Arc")
    survivor = synced.imports.there("Arc", ContactData(first_name="Anna", email="anna@arc.example"))
    synced.edit_there(their_id, active=False)
    synced.poll()
    assert [(each.question, each.survivors) for each in synced.problems()] == [("merged there", [survivor])]
    synced.poll()
    assert [(each.question, each.survivors) for each in synced.problems()] == [("merged there", [survivor])]


def test_addresses_changed_there_arrive_however_many_they_are(synced):
    pairs = synced.linked(*(f"Customer {number}" for number in range(12)))
    there = Address(street="1 New Road", city="Lund")
    for _, their_id in pairs:
        synced.edit_there(their_id, billing_address=there)
    synced.poll()
    here = [synced.here(our_id).billing_address or {} for our_id, _ in pairs]
    assert {each.get("street") for each in here} == {"1 New Road"}


def test_a_contact_of_an_unlinked_customer_is_not_looked_for_once_it_is_linked_again(synced):
    [(our_id, their_id)] = synced.linked("Arc")

    def interrupt(call, at):
        if call.name == "create_contact" and at == "after":
            raise Unavailable("no answer", effect_unknown=True)

    synced.theirs.interrupt = interrupt
    with synced.editing() as directory:
        made = directory.create_contact(str(our_id), ContactData(first_name="Cy", email="cy@arc.example"))
    synced.look()
    synced.theirs.interrupt = None
    customers.unlink(synced.portal_id, our_id, synced.connection_id, synced.imports.place.user_id)
    with synced.editing() as directory:
        directory.delete_contact(str(our_id), made.id)
    set_connection(synced.connection_id, paused_until=None)
    synced.look()
    synced.imports.mirror()
    synced.imports.carry_out(synced.imports.confirmed([their_id], "merge"))
    synced.look()
    synced.look()
    assert synced.problems() == []
    assert synced.first_names(our_id) == ["Anna", "Bo", "Cy"]
    assert synced.first_names_there(their_id) == ["Anna", "Bo", "Cy"]


def test_what_fails_unexpectedly_is_parked_in_the_end(synced):
    [(our_id, _their_id)] = synced.linked("Arc")

    def interrupt(call, at):
        if call.name == "update_customer" and at == "before":
            raise ZeroDivisionError

    synced.theirs.interrupt = interrupt
    synced.edit(our_id, website="https://new.example")
    for _ in range(5):
        set_connection(synced.connection_id, paused_until=None)
        due = db.update(Link).where(Link.connection_id == synced.connection_id, Link.due_at.is_not(None))
        db.session.execute(due.values(due_at=now()))
        db.session.commit()
        synced.look()
    [problem] = synced.problems()
    assert (problem.attempts, problem.parked) == (5, True)


def test_an_import_waits_while_an_older_database_is_looked_at(synced):
    their_id = synced.imports.there("Arc", ANNA)
    synced.imports.here("Arc", BO)
    synced.imports.mirror()
    synced.imports.confirmed([their_id], "merge")
    set_connection(synced.connection_id, held={"why": "restored", "at": now().isoformat()})
    synced.look()
    assert synced.written() == []
    assert synced.imports.links() == []


def test_what_was_let_go_on_does_not_let_go_on_what_came_after(synced):
    pairs = synced.linked(
        *(f"Customer {number}" for number in range(12)), people=(), website="https://a.example"
    )
    for _, their_id in pairs:
        synced.edit_there(their_id, website="")
    synced.poll()
    user_id = synced.imports.place.user_id
    set_connection(synced.connection_id, sync_paused_at=now())
    brakes.let_go_on(synced.portal_id, synced.connection_id, user_id, count=12)
    with synced.theirs.behind():
        for _, their_id in pairs:
            synced.theirs.delete_customer(their_id)
    synced.census()
    set_connection(synced.connection_id, sync_paused_at=None)
    synced.look()
    assert {synced.here(our_id).deleted_at for our_id, _ in pairs} == {None}
    assert [each["records"] for each in synced.connection().brakes] == [12]
