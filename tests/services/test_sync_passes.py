"""Passes as a whole: asked for, paused, previewed, cheap, and between other work."""

import pytest
from sqlalchemy import text

from tests.mirror_world import set_connection
from tests.queries import queries
from tests.services.synced import ANNA, SyncWorld
from webapp.extensions import db
from webapp.services import leases, runs, sync
from webapp.services.errors import NotFound, Refused
from webapp.services.look import look
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.links import Link


@pytest.fixture
def synced(world):
    return SyncWorld(world)


@pytest.mark.parametrize("state", [{"sync_paused_at": now()}, {"held": {"why": "reconnected"}}])
def test_nothing_is_written_while_a_person_has_to_let_it_go_on(synced, state):
    (first, first_there), (second, second_there) = synced.linked("Arc", "Bee")
    set_connection(synced.connection_id, **state)
    synced.edit(first, website="https://new.example")
    synced.edit_there(second_there, website="https://there.example")
    synced.poll()
    assert synced.written() == []
    assert synced.here(second).website == ""
    with pytest.raises(Refused):
        sync.request(synced.portal_id, synced.connection_id, cause="person")
    set_connection(synced.connection_id, sync_paused_at=None, held={})
    synced.look()
    assert synced.there(first_there).customer.data.website == "https://new.example"
    assert synced.here(second).website == "https://there.example"


def test_a_pass_that_was_asked_for_is_followed_by_its_run(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit_there(their_id, website="https://there.example")
    run = sync.request(
        synced.portal_id, synced.connection_id, cause="person", user_id=synced.imports.place.user_id
    )
    assert (run.kind, run.state, run.cause) == ("sync", "queued", "person")
    synced.look()
    [run] = synced.runs()
    assert (run.state, run.counts["here"]) == ("done", 1)
    assert synced.here(our_id).website == "https://there.example"
    with pytest.raises(NotFound):
        sync.request(synced.portal_id, new_id())


def test_a_pass_that_was_asked_for_and_finds_nothing_ends_with_its_reading(synced):
    synced.linked("Arc")
    sync.request(synced.portal_id, synced.connection_id, cause="person")
    look(synced.connection_id, interactive=True)
    [run] = synced.runs()
    assert (run.state, run.counts["looked"]) == ("done", 0)


def test_a_preview_plans_what_is_due_and_writes_nothing(synced):
    (first, _), _, (third, third_there) = synced.linked("Arc", "Bee", "Cee")
    synced.edit(first, website="https://new.example")
    synced.edit_there(third_there, website="https://there.example")
    set_connection(synced.connection_id, sync_paused_at=now())
    synced.poll()
    synced.theirs.calls.clear()
    planned = {each.our_id: each for each in sync.preview(synced.portal_id, synced.connection_id)}
    assert planned.keys() == {first, third}
    assert [step.side for each in (first, third) for step in planned[each].plan.steps] == ["theirs", "ours"]
    assert planned[first].name == "Arc"
    assert synced.called() == []
    assert set(synced.due()) == {first, third}


def test_a_hundred_unchanged_customers_cost_few_queries(synced):
    ids = synced.linked(*(f"Customer {number}" for number in range(100)), people=(ANNA,))
    db.session.execute(db.update(Link).where(Link.kind == "customer").values(due_at=now()))
    db.session.commit()
    with leases.take(synced.connection_id, interactive=False) as lease, queries(db.engine) as seen:
        assert sync.sync_slice(lease, until=lambda: False, interactive=False) is False
        db.session.rollback()
    assert synced.due() == []
    assert len(ids) == 100
    assert len(seen) <= 40, "\n".join(seen)


def test_a_census_at_night_finds_what_no_trigger_has_told(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    synced.edit(our_id, website="https://new.example")
    db.session.execute(db.update(Link).where(Link.our_id == our_id).values(due_at=None, edited_here=False))
    db.session.commit()
    synced.poll()
    assert synced.there(their_id).customer.data.website == ""
    synced.census()
    assert synced.there(their_id).customer.data.website == "https://new.example"


def test_a_tombstone_is_forgotten_after_three_months_unless_it_is_linked(synced):
    (_, gone), (other, linked_there), _ = synced.linked("Arc", "Bee", "Cee", people=())
    with synced.theirs.behind():
        synced.theirs.delete_customer(gone)
        synced.theirs.delete_customer(linked_there)
    synced.edit(other, website="https://kept.example")
    synced.census()
    db.session.execute(
        text("UPDATE mirror_customer SET gone_at = now() - interval '91 days' WHERE gone_at IS NOT NULL")
    )
    db.session.commit()
    synced.census()
    left = db.session.scalars(
        text("SELECT their_id FROM mirror_customer WHERE connection_id = :id"), {"id": synced.connection_id}
    )
    assert linked_there in (left := list(left))
    assert gone not in left


def test_two_looks_at_once_do_not_meet(synced):
    [(our_id, _)] = synced.linked("Arc")
    synced.edit(our_id, website="https://new.example")
    with leases.take(synced.connection_id, interactive=False):
        synced.look(interactive=True)
        assert synced.written() == []
        wanted = db.session.scalar(
            db.select(Connection.push_wanted_at).where(Connection.id == synced.connection_id)
        )
        db.session.rollback()
    assert wanted is not None
    synced.look(interactive=True)
    assert synced.written() == ["update_customer"]


def test_an_edit_here_goes_between_the_items_of_an_import(synced):
    [(our_id, their_id)] = synced.linked("Arc")
    ids = [synced.imports.there(f"New {number}") for number in range(6)]
    synced.imports.mirror()
    run = synced.imports.confirmed(ids)
    with leases.take(synced.connection_id, interactive=False) as lease:
        asked = []

        def over():
            asked.append(True)
            if len(asked) == 4:
                synced.edit_behind(our_id, website="https://new.example")
                synced.look(interactive=True)
            return lease.wanted()

        assert runs.carry_out_slice(run.id, lease, until=over) is True
        db.session.rollback()
    synced.look(interactive=True)
    assert synced.there(their_id).customer.data.website == "https://new.example"
    assert "pending" in {item.state for item in synced.imports.items(run)}
    synced.look()
    assert {item.state for item in synced.imports.items(run)} == {"done"}


def test_a_link_that_an_import_made_is_no_edit_that_anybody_waits_for(synced):
    ids = [synced.imports.there("Arc", ANNA)]
    synced.imports.mirror()
    synced.imports.carry_out(synced.imports.confirmed(ids))
    [link] = [link for link in synced.imports.links() if link.kind == "customer"]
    assert (link.edited_here, link.due_at is not None) == (False, True)
