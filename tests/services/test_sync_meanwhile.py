"""What people decide while a pass is at work on the same customer stands, and nothing of it is undone."""

import pytest

from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services import customers, deleting, settling
from webapp.store import conflict_list
from webapp.store.intents import Intent
from webapp.store.links import Link


@pytest.fixture
def synced(world):
    yield SyncWorld(world)
    world.theirs.interrupt = None


def meanwhile(synced, name, at, act):
    """Do something once, when a call of this name is about to be made, or was just answered."""
    once = [act]

    def interrupt(call, when):
        if call.name == name and when == at and once:
            once.pop()()
            db.session.rollback()

    synced.theirs.interrupt = interrupt


def links(synced):
    db.session.rollback()
    return list(db.session.scalars(db.select(Link).where(Link.connection_id == synced.connection_id)))


def unlink(synced, our_id):
    user_id = synced.imports.place.user_id
    customers.unlink(synced.portal_id, our_id, synced.connection_id, user_id)


def test_a_customer_unlinked_while_it_is_written_there_stays_unlinked(synced):
    [(our_id, _)] = synced.linked("Arc")
    meanwhile(synced, "update_customer", "after", lambda: unlink(synced, our_id))
    synced.edit(our_id, website="https://new.example")
    synced.look()
    assert links(synced) == []
    assert synced.problems() == []


def test_a_customer_unlinked_while_a_contact_is_made_there_stays_unlinked(synced):
    [(our_id, _their_id)] = synced.linked("Arc")
    with synced.editing() as directory:
        directory.create_contact(str(our_id), ContactData(first_name="Cy", email="cy@arc.example"))
    meanwhile(synced, "create_contact", "after", lambda: unlink(synced, our_id))
    synced.look()
    assert links(synced) == []
    assert synced.problems() == []
    query = db.select(Intent).where(Intent.connection_id == synced.connection_id, Intent.state != "done")
    assert db.session.scalars(query).all() == []


def test_nothing_more_is_written_there_once_a_customer_was_unlinked(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    meanwhile(synced, "update_customer", "after", lambda: unlink(synced, our_id))
    with synced.editing() as directory:
        directory.update_customer(str(our_id), {"website": "https://new.example"})
        bo = synced.person(our_id, "Bo")
        directory.delete_contact(str(our_id), str(bo.id))
    synced.look()
    assert synced.written() == ["update_customer"]
    assert synced.first_names_there(their_id) == ["Anna", "Bo"]


def settle(synced, winner):
    """Settle the only conflict there is."""
    [key] = conflict_list.keys(synced.portal_id, conflict_list.Wanted(), limit=9)
    decision = settling.Decision(key=key, winner=winner, seen="")
    settling.settle(synced.portal_id, [decision], synced.imports.place.user_id)


def test_a_conflict_settled_while_another_field_is_written_is_carried_out(synced):
    [(our_id, their_id)] = synced.linked("Arc", website="https://a.example", company_name="Arc")
    synced.edit_there(their_id, website="https://theirs.example")
    synced.edit(our_id, website="https://ours.example")
    synced.poll()
    assert [each.field for each in synced.conflicts()] == ["website"]
    meanwhile(synced, "update_customer", "after", lambda: settle(synced, "ours"))
    synced.edit(our_id, company_name="Arc Ltd")
    synced.look()
    assert synced.conflicts() == []
    assert synced.there(their_id).customer.data.website == "https://ours.example"


def test_a_customer_restored_while_its_deletion_travels_is_not_left_alone_in_silence(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    user_id = synced.imports.place.user_id
    with synced.editing() as directory:
        directory.delete_customer(str(our_id))
    meanwhile(
        synced,
        "customer",
        "after",
        lambda: deleting.restore_customer(synced.portal_id, our_id, user_id),
    )
    synced.look()
    assert synced.here(our_id).deleted_at is None
    assert synced.written() == []
    assert synced.there(their_id).customer.data.name == "Arc"


def test_a_customer_restored_in_the_very_moment_of_its_deletion_there_is_asked_about(synced):
    [(our_id, _)] = synced.linked("Arc")
    user_id = synced.imports.place.user_id
    with synced.editing() as directory:
        directory.delete_customer(str(our_id))
    meanwhile(
        synced,
        "delete_customer",
        "after",
        lambda: deleting.restore_customer(synced.portal_id, our_id, user_id),
    )
    synced.look()
    assert synced.here(our_id).deleted_at is None
    assert [each.question for each in synced.problems()] == ["restored"]


def test_a_contact_added_on_both_sides_at_once_is_not_there_twice(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    person = ContactData(first_name="Cy", email="cy@arc.example")
    with synced.theirs.behind():
        synced.theirs.create_contact(their_id, person)

    def add_here():
        with synced.editing() as directory:
            directory.create_contact(str(our_id), person)

    synced.edit(our_id, company_name="Arc Ltd")
    meanwhile(synced, "update_customer", "after", add_here)
    synced.poll()
    synced.look()
    assert synced.first_names(our_id) == ["Anna", "Bo", "Cy"]
    assert synced.first_names_there(their_id) == ["Anna", "Bo", "Cy"]
