"""What a pass does when a record fails, the provider is silent, or somebody works at the same time."""

import pytest
from sqlalchemy import text

from tests.mirror_world import set_connection
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import ContactData, Rejected, Unavailable
from webapp.services import leases, sync
from webapp.services.leases import LeaseLost
from webapp.store import dirty
from webapp.store.columns import now
from webapp.store.directory import PortalDirectory
from webapp.store.intents import Intent
from webapp.store.links import Link


@pytest.fixture
def synced(world):
    yield SyncWorld(world)
    world.theirs.interrupt = None


def fail(synced, name, error, times=1):
    """Let the next calls of a name fail."""
    left = [error] * times

    def interrupt(call, when):
        if call.name == name and when == "before" and left:
            raise left.pop()

    synced.theirs.interrupt = interrupt


def meanwhile(synced, name, act, when="after"):
    """Act once, right before or after a call is carried out."""
    acts = [act]

    def interrupt(call, at):
        if call.name == name and at == when and acts:
            acts.pop()()

    synced.theirs.interrupt = interrupt


def try_again(synced):
    """Let the time for the next try have come."""
    db.session.execute(
        db.update(Link)
        .where(Link.connection_id == synced.connection_id, Link.due_at.is_not(None))
        .values(due_at=now())
    )
    db.session.commit()
    synced.look()


def test_one_that_fails_does_not_hold_up_the_others(synced):
    ids = synced.linked("Arc", "Bee", "Cee")
    for our_id, _ in ids:
        synced.edit(our_id, website="https://new.example")
    fail(synced, "update_customer", Rejected("Not that website.", field="website"))
    synced.look()
    values = [synced.there(their_id).customer.data.website for _, their_id in ids]
    assert sorted(values) == ["", "https://new.example", "https://new.example"]
    [problem] = synced.problems()
    assert (problem.question, problem.side, problem.field, problem.attempts, problem.parked) == (
        "failed",
        "theirs",
        "website",
        1,
        False,
    )
    assert synced.link(problem.our_id).due_at == problem.next_try_at
    assert synced.runs()[-1].counts["failed"] == 1
    try_again(synced)
    assert synced.problems() == []
    assert synced.due() == []


def test_what_failed_five_times_is_parked_until_it_changes(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit(our_id, website="https://new.example")
    fail(synced, "update_customer", Rejected("Not that website.", field="website"), times=5)
    synced.look()
    for _ in range(4):
        try_again(synced)
    [problem] = synced.problems()
    assert (problem.attempts, problem.parked, problem.next_try_at) == (5, True, None)
    assert synced.due() == []
    synced.edit(our_id, website="https://other.example")
    synced.look()
    assert synced.problems() == []
    assert synced.there(their_id).customer.data.website == "https://other.example"


def test_a_value_too_long_for_a_side_is_refused_before_any_call(synced):
    [(our_id, _)] = synced.linked("Arc")
    with synced.theirs.behind():
        synced.theirs.create_contact(synced.link(our_id).their_id, ContactData(first_name="x" * 400))
    synced.poll()
    [problem] = synced.problems()
    assert (problem.side, problem.field, problem.parked) == ("ours", "first_name", True)
    assert synced.first_names(our_id) == ["Anna", "Bo"]
    assert synced.due() == []


def test_a_silent_provider_pauses_the_connection_and_nothing_is_lost(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit(our_id, website="https://new.example")
    fail(synced, "update_customer", Unavailable("no answer", effect_unknown=True))
    synced.look()
    assert synced.connection().paused_until is not None
    set_connection(synced.connection_id, paused_until=None)
    try_again(synced)
    assert synced.there(their_id).customer.data.website == "https://new.example"
    assert (synced.problems(), synced.due()) == ([], [])


def test_a_create_whose_answer_was_lost_is_adopted_and_not_repeated(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.editing() as directory:
        directory.create_contact(str(our_id), ContactData(first_name="Cy", email="cy@arc.example"))

    def lose():
        raise Unavailable("no answer", effect_unknown=True)

    meanwhile(synced, "create_contact", lose)
    synced.look()
    set_connection(synced.connection_id, paused_until=None)
    try_again(synced)
    assert synced.first_names_there(their_id) == ["Anna", "Bo", "Cy"]
    assert synced.written() == ["create_contact"]
    assert [each.action for each in synced.told(our_id)].count("created_there") == 1
    assert synced.link(synced.person(our_id, "Cy").id).their_id == synced.person_there(their_id, "Cy").id


def test_a_create_of_which_it_cannot_be_told_waits_for_a_person(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    with synced.editing() as directory:
        made = directory.create_contact(str(our_id), ContactData(first_name="Cy", email="cy@arc.example"))

    def lose_among_others():
        with synced.theirs.behind():
            synced.theirs.create_contact(their_id, ContactData(first_name="Di"))
        raise Unavailable("no answer", effect_unknown=True)

    meanwhile(synced, "create_contact", lose_among_others)
    synced.look()
    set_connection(synced.connection_id, paused_until=None)
    try_again(synced)
    [problem] = synced.problems()
    assert (problem.question, problem.kind, str(problem.our_id)) == ("held", "contact", made.id)
    assert len(problem.survivors) == 2
    assert synced.written() == ["create_contact"]


def test_an_edit_here_during_its_pass_is_neither_lost_nor_doubled(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit(our_id, website="https://first.example")
    meanwhile(synced, "update_customer", lambda: synced.edit_behind(our_id, website="https://second.example"))
    synced.look(interactive=True)
    synced.look()
    assert synced.here(our_id).website == "https://second.example"
    assert synced.there(their_id).customer.data.website == "https://second.example"
    assert synced.written() == ["update_customer", "update_customer"]
    assert synced.due() == []


def test_an_edit_here_while_its_look_is_closed_stays_due(synced):
    [(our_id, _)] = synced.linked("Arc")
    connection = synced.connection()
    known = dirty.fingerprints(connection, [our_id])[our_id]
    db.session.rollback()
    synced.edit_behind(our_id, name="Edited")
    closed = dirty.looked(connection, [dirty.Looked(known=known)])
    db.session.commit()
    assert closed == 0
    assert synced.due() == [our_id]


def test_an_edit_there_during_its_pass_is_seen_before_anything_is_written(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit(our_id, website="https://here.example")
    synced.edit_there(their_id, name="Arc there")
    synced.look(interactive=True)
    there = synced.there(their_id).customer.data
    assert (there.name, there.website) == ("Arc there", "https://here.example")
    assert synced.here(our_id).name == "Arc there"


def test_a_worker_that_lost_its_lease_writes_nothing(synced):
    [(our_id, _)] = synced.linked("Arc")
    synced.edit(our_id, website="https://new.example")

    def lose():
        with db.engine.begin() as other:
            other.execute(text("SELECT set_config('tandem.portal', '*', true)"))
            other.execute(text("UPDATE connection SET fence = fence + 1"))

    meanwhile(synced, "customer", lose)
    with leases.take(synced.connection_id, interactive=True) as lease, pytest.raises(LeaseLost):
        sync.sync_slice(lease, until=lambda: False, interactive=True)
    db.session.rollback()
    assert synced.written() == []
    assert synced.due() == [our_id]


def test_no_intent_is_left_open_after_a_pass(synced):
    [(our_id, _)] = synced.linked("Arc")
    synced.edit(our_id, website="https://new.example")
    with synced.editing() as directory:
        assert isinstance(directory, PortalDirectory)
        directory.create_contact(str(our_id), ContactData(first_name="Cy"))
    synced.look()
    states = db.session.scalars(db.select(Intent.state).where(Intent.connection_id == synced.connection_id))
    assert "open" not in set(states)
