"""Deletions there of which the answer was lost: told once as what they are, by whoever deleted here."""

import os

import pytest

from tests.mirror_world import set_connection
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.sdk import Unavailable
from webapp.services import deleting, leases, sync
from webapp.store.audit import AuditEntry
from webapp.store.columns import new_id, now
from webapp.store.intents import Intent
from webapp.store.links import Link

SOMEBODY_ELSE = new_id()


@pytest.fixture
def synced(world):
    yield SyncWorld(world)
    world.theirs.interrupt = None


@pytest.fixture
def arc(synced):
    [ids] = synced.linked("Arc")
    return ids


def delete_person(synced, our_id):
    bo = synced.person(our_id, "Bo")
    user_id = synced.imports.place.user_id
    deleting.delete_contact(synced.portal_id, our_id, bo.id, user_id, version=bo.version)
    return bo.id


def delete(synced, our_id):
    version = synced.here(our_id).version
    deleting.delete_customer(synced.portal_id, our_id, synced.imports.place.user_id, version=version)


def unanswered(synced, when, *, then=lambda: None):
    """Let the next deletion go unanswered, before or after its effect."""
    errors = [Unavailable("no answer", effect_unknown=True)]

    def interrupt(call, at):
        if call.name.startswith("delete") and at == when and errors:
            then()
            raise errors.pop()

    synced.theirs.interrupt = interrupt
    synced.look()
    assert not errors
    set_connection(synced.connection_id, paused_until=None)


def look_again(synced):
    due = db.update(Link).where(Link.connection_id == synced.connection_id, Link.due_at.is_not(None))
    db.session.execute(due.values(due_at=now()))
    db.session.commit()
    synced.look()


def read_alone(synced):
    """Let everything there be read while nothing is brought into step."""
    set_connection(synced.connection_id, sync_paused_at=now())
    synced.census()
    set_connection(synced.connection_id, sync_paused_at=None)


def told(synced, our_id):
    """Tell what the history says of deletions there and what else of links, with whoever is named."""
    rows = [row for row in synced.told(our_id) if row.action in ("deleted_there", "unlinked")]
    return [(row.kind, row.action, row.actor) for row in rows]


def audited(synced):
    db.session.rollback()
    query = db.select(AuditEntry).where(AuditEntry.portal_id == synced.portal_id)
    deletions = query.where(AuditEntry.action.in_(["provider.contact_deleted", "provider.customer_deleted"]))
    return [(row.action, row.subject, row.actor) for row in db.session.scalars(deletions)]


def open_intents(synced):
    db.session.rollback()
    query = db.select(Intent).where(Intent.portal_id == synced.portal_id, Intent.state == "open")
    return list(db.session.scalars(query))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_contact_is_told_once_as_deleted_by_whoever_did(synced, arc, when):
    our_id, their_id = arc
    bo_there = synced.person_there(their_id, "Bo").id
    delete_person(synced, our_id)
    unanswered(synced, when)
    look_again(synced)
    user = str(synced.imports.place.user_id)
    assert told(synced, our_id) == [("contact", "deleted_there", user)]
    assert audited(synced) == [("provider.contact_deleted", bo_there, user)]
    assert synced.written() == ["delete_contact"] * (2 if when == "before" else 1)
    assert synced.runs()[-1].counts["there"] == 1
    assert (synced.first_names_there(their_id), synced.due(), open_intents(synced)) == (["Anna"], [], [])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_customer_is_told_once_as_deleted_by_whoever_did(synced, arc, when):
    our_id, their_id = arc
    delete(synced, our_id)
    unanswered(synced, when)
    look_again(synced)
    user = str(synced.imports.place.user_id)
    assert told(synced, our_id) == [("customer", "deleted_there", user)]
    assert audited(synced) == [("provider.customer_deleted", their_id, user)]
    assert synced.imports.links() == []
    assert synced.runs()[-1].counts["there"] == 1
    assert open_intents(synced) == []


def test_whoever_edits_meanwhile_is_not_named_as_having_deleted(synced, arc):
    our_id, _ = arc
    bo_id = delete_person(synced, our_id)

    def restore():
        deleting.restore_contact(synced.portal_id, our_id, bo_id, SOMEBODY_ELSE)

    unanswered(synced, "after", then=restore)
    look_again(synced)
    assert told(synced, our_id) == [("contact", "deleted_there", str(synced.imports.place.user_id))]
    assert sorted(synced.first_names(our_id)) == synced.first_names_there(arc[1]) == ["Anna", "Bo"]


def test_a_customer_restored_meanwhile_comes_back_unlinked_with_an_open_item(synced, arc):
    our_id, _ = arc
    delete(synced, our_id)
    unanswered(
        synced, "after", then=lambda: deleting.restore_customer(synced.portal_id, our_id, SOMEBODY_ELSE)
    )
    look_again(synced)
    assert [problem.question for problem in synced.problems()] == ["restored"]
    assert told(synced, our_id) == [("customer", "deleted_there", str(synced.imports.place.user_id))]
    assert synced.imports.links() == []


def test_a_contact_that_was_edited_there_meanwhile_comes_back_and_is_not_deleted_again(synced, arc):
    our_id, their_id = arc
    delete_person(synced, our_id)
    unanswered(synced, "before")
    with synced.theirs.behind() as there:
        there.update_contact(their_id, synced.person_there(their_id, "Bo").id, {"last_name": "Ekman"})
    synced.poll()
    look_again(synced)
    assert synced.first_names(our_id) == ["Anna", "Bo"]
    assert (told(synced, our_id), audited(synced), open_intents(synced)) == ([], [], [])


def test_a_contact_whose_customer_is_gone_is_told_as_deleted_too(synced, arc):
    our_id, their_id = arc
    delete_person(synced, our_id)
    unanswered(synced, "after")
    with synced.theirs.behind() as there:
        there.delete_customer(their_id)
    look_again(synced)
    assert told(synced, our_id) == [("contact", "deleted_there", str(synced.imports.place.user_id))]
    assert synced.here(our_id).deleted_at is not None


def test_a_contact_that_a_merge_moved_meanwhile_is_not_told_as_deleted(synced, arc):
    our_id, their_id = arc
    [(_, survivor)] = synced.linked("Bee", people=())
    delete_person(synced, our_id)
    unanswered(synced, "before")
    with synced.theirs.behind() as there:
        there.merge_customers(their_id, survivor)
    read_alone(synced)
    look_again(synced)
    assert (told(synced, our_id), audited(synced), open_intents(synced)) == ([], [], [])
    assert [(each.question, each.survivors) for each in synced.problems()] == [("merged there", [survivor])]


def test_a_customer_that_a_merge_took_in_meanwhile_is_not_told_as_deleted(synced, arc):
    our_id, their_id = arc
    [(_, survivor)] = synced.linked("Bee", people=())
    delete(synced, our_id)
    unanswered(synced, "before")
    with synced.theirs.behind() as there:
        there.merge_customers(their_id, survivor)
    read_alone(synced)
    look_again(synced)
    assert ("customer", "deleted_there") not in [row[:2] for row in told(synced, our_id)]
    assert (audited(synced), open_intents(synced)) == ([], [])


def test_a_refused_deletion_leaves_nothing_open(synced, arc):
    our_id, their_id = arc
    synced.theirs.transactions.add(their_id)
    delete(synced, our_id)
    synced.look()
    assert [problem.question for problem in synced.problems()] == ["cannot be deleted there"]
    assert (told(synced, our_id), audited(synced), open_intents(synced)) == ([], [], [])


def test_whoever_died_while_it_deleted_keeps_its_lease_until_that_runs_out(synced, arc):
    delete_person(synced, arc[0])

    def killed(call, at):
        if call.writes:
            raise KeyboardInterrupt

    synced.theirs.interrupt = killed
    lease = leases.take(synced.connection_id)
    with pytest.raises(KeyboardInterrupt):
        sync.sync_slice(lease, until=lambda: False, interactive=True)
    db.session.rollback()
    leases.give_back(synced.connection_id, pid=os.getpid())
    assert leases.take(synced.connection_id) is None
