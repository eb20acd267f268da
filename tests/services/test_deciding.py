"""Deciding problems, with a real pass on both ends of it."""

import pytest

from tests.mirror_world import set_connection
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import ContactData, Rejected, Unavailable
from webapp.services import customers, deciding, drift, problems
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.store.columns import now
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.problem_list import Wanted


@pytest.fixture
def synced(world):
    yield SyncWorld(world)
    world.theirs.interrupt = None


def row(synced):
    db.session.rollback()
    [found] = problems.page(synced.portal_id, Wanted()).rows
    return found


def decide(act, synced, *which, **more):
    found = row(synced)
    return act(synced.portal_id, found.id, *which, synced.imports.place.user_id, seen=found.seen, **more)


@pytest.fixture
def refused(synced):
    """A customer deleted here that the provider keeps for its transactions: (our id, their id)."""
    [(our_id, their_id)] = synced.linked("Arc")
    synced.theirs.transactions.add(their_id)
    with synced.editing() as directory:
        directory.delete_customer(str(our_id))
    synced.look()
    return our_id, their_id


@pytest.fixture
def unclear(synced):
    """A contact of which it cannot be told whether it arrived: (ours, theirs, our contact)."""
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.editing() as directory:
        made = directory.create_contact(str(our_id), ContactData(first_name="Cy", email="cy@arc.example"))
    lost = [True]

    def interrupt(call, at):
        if call.name == "create_contact" and at == "after" and lost:
            lost.pop()
            with synced.theirs.behind():
                synced.theirs.create_contact(their_id, ContactData(first_name="Di"))
            raise Unavailable("no answer", effect_unknown=True)

    synced.theirs.interrupt = interrupt
    synced.look()
    set_connection(synced.connection_id, paused_until=None)
    due = db.update(Link).where(Link.connection_id == synced.connection_id, Link.due_at.is_not(None))
    db.session.execute(due.values(due_at=now()))
    db.session.commit()
    synced.look()
    return our_id, their_id, made.id


def test_a_parked_record_is_tried_again_with_all_tries_before_it(synced):
    [(our_id, their_id)] = synced.linked("Arc")

    def interrupt(call, at):
        if call.name == "update_customer" and at == "before":
            raise Rejected("Not that website.", field="website")

    synced.theirs.interrupt = interrupt
    synced.edit(our_id, website="https://new.example")
    synced.look()
    synced.theirs.interrupt = None
    found = row(synced)
    assert (found.question, found.attempts, found.reason) == ("failed", 1, "Not that website.")
    assert deciding.retry_all(synced.portal_id, Wanted(), synced.imports.place.user_id) == 1
    synced.look(interactive=True)
    assert synced.problems() == []
    assert synced.there(their_id).customer.data.website == "https://new.example"


def test_what_cannot_be_deleted_there_is_marked_inactive_on_both_sides(synced, refused):
    our_id, their_id = refused
    assert row(synced).question == "cannot be deleted there"
    decide(deciding.mark_inactive, synced)
    synced.look(interactive=True)
    assert (synced.here(our_id).active, synced.here(our_id).deleted_at) == (False, None)
    assert synced.there(their_id).customer.data.active is False
    assert synced.problems() == []


def test_what_cannot_be_deleted_there_is_restored_and_still_linked(synced, refused):
    our_id, _ = refused
    decide(deciding.restore_here, synced)
    synced.look(interactive=True)
    assert synced.here(our_id).deleted_at is None
    assert synced.link(our_id).our_id == our_id
    assert synced.problems() == []


def test_what_cannot_be_deleted_there_is_unlinked_and_stays_in_the_bin(synced, refused):
    our_id, their_id = refused
    decide(deciding.unlink, synced)
    synced.look()
    assert synced.here(our_id).deleted_at is not None
    assert synced.there(their_id).customer.data.name == "Arc"
    assert synced.problems() == []


def test_the_contact_a_person_names_is_linked_and_the_other_comes_here(synced, unclear):
    our_id, their_id, _ = unclear
    named = next(each for each in row(synced).candidates if each.name == "Cy")
    decide(deciding.adopt, synced, named.their_id)
    synced.look()
    assert synced.first_names(our_id) == synced.first_names_there(their_id) == ["Anna", "Bo", "Cy", "Di"]
    assert synced.problems() == []


def test_none_of_the_candidates_means_it_is_made_there(synced, unclear):
    our_id, their_id, _ = unclear
    with synced.theirs.behind():
        synced.theirs.delete_contact(their_id, synced.person_there(their_id, "Cy").id)
        synced.theirs.update_customer(their_id, {"website": "https://w.example"})
    synced.poll()
    assert [(row(synced).question, each.name) for each in row(synced).candidates] == [("held", "Di")]
    synced.theirs.calls.clear()
    decide(deciding.create_there, synced)
    synced.look()
    assert synced.written() == ["create_contact"]
    assert synced.first_names(our_id) == synced.first_names_there(their_id) == ["Anna", "Bo", "Cy", "Di"]
    query = db.select(Intent).where(Intent.connection_id == synced.connection_id, Intent.state != "done")
    assert db.session.scalars(query).all() == []


def test_left_apart_nobody_is_added_on_either_side_and_everybody_else_goes_on(synced, unclear):
    our_id, their_id, contact_id = unclear
    decide(deciding.leave_apart, synced)
    synced.theirs.calls.clear()
    synced.edit_there(their_id, website="https://w.example")
    synced.census()
    synced.edit(our_id, company_name="Arc Ltd")
    synced.look()
    assert synced.written() == ["update_customer"]
    assert synced.here(our_id).website == "https://w.example"
    assert synced.first_names(our_id) == ["Anna", "Bo", "Cy"]
    assert synced.first_names_there(their_id) == ["Anna", "Bo", "Cy", "Di"]
    assert synced.problems() == []
    told = [each for each in synced.told(our_id) if each.action == "left_apart"]
    assert [(str(each.record_id), each.new) for each in told] == [(contact_id, "Cy")]


def test_what_was_left_apart_is_told_in_the_drift_report_and_is_no_drift(synced, unclear):
    decide(deciding.leave_apart, synced)
    synced.census()
    found = list(drift.differences(synced.portal_id, synced.connection_id))
    assert {(each.record, each.reason) for each in found} == {("Cy", "apart"), ("Di", "apart")}
    made = drift.make(synced.portal_id, synced.connection_id, user_id=None)
    assert (made.drift, made.unexplained) == (0, 0)


def test_who_was_left_apart_is_paired_anew_once_the_customer_was_unlinked(synced, unclear):
    our_id, *_ = unclear
    decide(deciding.leave_apart, synced)
    customers.unlink(synced.portal_id, our_id, synced.connection_id, synced.imports.place.user_id)
    mine = Intent.connection_id == synced.connection_id, Intent.state == "apart"
    assert db.session.scalars(db.select(Intent).where(*mine)).all() == []


def test_a_merged_customer_is_linked_with_the_one_that_took_it_in(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    survivor = synced.imports.there("Arc", ContactData(first_name="Anna", email="anna@arc.example"))
    with synced.theirs.behind():
        synced.theirs.delete_customer(their_id)
    synced.census()
    found = row(synced)
    shown = [(each.their_id, each.taken) for each in found.candidates]
    assert (found.question, shown) == ("merged there", [(survivor, False)])
    decide(deciding.relink, synced, survivor)
    synced.look(interactive=True)
    assert synced.link(our_id).their_id == survivor
    assert synced.problems() == []
    assert synced.first_names(our_id) == synced.first_names_there(survivor)


def test_a_survivor_that_is_linked_with_another_one_here_is_shown_as_taken(synced):
    [(_, their_id), (_, survivor)] = synced.linked("Arc", "Bee")
    synced.theirs.merge_customers(their_id, survivor)
    synced.census()
    assert [(each.their_id, each.taken) for each in row(synced).candidates] == [(survivor, True)]
    with pytest.raises(Refused, match="linked to another one here"):
        decide(deciding.relink, synced, survivor)


def test_what_was_decided_already_is_not_decided_again(synced, refused):
    found = row(synced)
    decide(deciding.restore_here, synced)
    with pytest.raises(NotFound):
        deciding.unlink(synced.portal_id, found.id, synced.imports.place.user_id, seen=found.seen)
    assert synced.link(refused[0]).our_id == refused[0]


def test_another_question_than_was_seen_is_refused(synced, refused):
    with pytest.raises(Conflict):
        deciding.unlink(synced.portal_id, row(synced).id, synced.imports.place.user_id, seen="stale")
    assert len(synced.problems()) == 1
