"""Links that end while a write there is in doubt: what may have been sent is told, and nothing stays open."""

import pytest

from tests.mirror_world import set_connection
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import Unavailable
from webapp.services import customers, deciding, deleting, problems
from webapp.store.audit import AuditEntry
from webapp.store.intents import Intent
from webapp.store.problem_list import Wanted


@pytest.fixture
def synced(world):
    yield SyncWorld(world)
    world.theirs.interrupt = None


@pytest.fixture
def arc(synced):
    [ids] = synced.linked("Arc")
    return ids


def unanswered(synced, verb):
    """Let the next call of a verb arrive and its answer be lost."""
    errors = [Unavailable("no answer", effect_unknown=True)]

    def interrupt(call, at):
        if call.name.startswith(verb) and at == "after" and errors:
            raise errors.pop()

    synced.theirs.interrupt = interrupt
    synced.look()
    assert not errors
    set_connection(synced.connection_id, paused_until=None)


def killed_after(synced, verb):
    """Let whoever makes the next call of a verb be killed once it has arrived."""

    def interrupt(call, at):
        if call.name.startswith(verb) and at == "after":
            raise KeyboardInterrupt

    synced.theirs.interrupt = interrupt
    with pytest.raises(KeyboardInterrupt):
        synced.look()
    db.session.rollback()


def unlink(synced, our_id):
    customers.unlink(synced.portal_id, our_id, synced.connection_id, synced.imports.place.user_id)


def in_doubt(synced, our_id):
    rows = [row for row in synced.told(our_id) if row.action.startswith("maybe_")]
    return [(row.kind, row.action, row.field, row.old, row.new, row.actor) for row in rows]


def audited(synced):
    db.session.rollback()
    query = db.select(AuditEntry).where(AuditEntry.portal_id == synced.portal_id)
    rows = db.session.scalars(query.where(AuditEntry.action.endswith("_in_doubt")))
    return [(row.action, row.subject, row.details["fields"]) for row in rows]


def left_open(synced):
    db.session.rollback()
    query = db.select(Intent).where(Intent.portal_id == synced.portal_id, Intent.state != "done")
    return list(db.session.scalars(query))


def test_an_update_that_may_have_been_sent_is_told_with_what_it_replaced(synced, arc):
    our_id, their_id = arc
    user = str(synced.imports.place.user_id)
    synced.edit(our_id, website="https://new.example")
    unanswered(synced, "update")
    unlink(synced, our_id)
    told = ("customer", "maybe_changed_there", "website", "", "https://new.example", user)
    assert in_doubt(synced, our_id) == [told]
    assert audited(synced) == [("provider.customer_update_in_doubt", their_id, ["website"])]
    assert left_open(synced) == []


def test_a_deletion_that_may_have_been_sent_is_told_by_whoever_did(synced, arc):
    our_id, their_id = arc
    user = synced.imports.place.user_id
    bo, bo_there = synced.person(our_id, "Bo"), synced.person_there(their_id, "Bo").id
    deleting.delete_contact(synced.portal_id, our_id, bo.id, user, version=bo.version)
    unanswered(synced, "delete")
    unlink(synced, our_id)
    assert in_doubt(synced, our_id) == [("contact", "maybe_deleted_there", "", "Bo Ek", None, str(user))]
    assert audited(synced) == [("provider.contact_deletion_in_doubt", bo_there, [])]
    assert left_open(synced) == []


def test_unlinking_tells_nothing_of_writes_that_were_answered(synced, arc):
    synced.edit(arc[0], website="https://new.example")
    synced.look()
    unlink(synced, arc[0])
    assert (in_doubt(synced, arc[0]), audited(synced)) == ([], [])


def test_a_write_to_the_twin_before_is_told_when_another_one_takes_its_place(synced, arc):
    our_id, their_id = arc
    survivor = synced.imports.there("Arc", website="https://survivor.example")
    synced.edit_there(their_id, active=False)
    synced.census()
    synced.edit(our_id, website="https://new.example")
    killed_after(synced, "update")
    [row] = problems.page(synced.portal_id, Wanted()).rows
    deciding.relink(synced.portal_id, row.id, survivor, synced.imports.place.user_id, seen=row.seen)
    assert [row[1:3] for row in in_doubt(synced, our_id)] == [("maybe_changed_there", "website")]
    assert audited(synced) == [("provider.customer_update_in_doubt", their_id, ["website"])]
    assert left_open(synced) == []
