"""Deleting a portal: asked by name, taken back, not before its time, and then all of it."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.services import audit, context, portal_deletions
from webapp.services.errors import Conflict, Invalid
from webapp.store import portal_deletions as store
from webapp.store.columns import new_id
from webapp.store.connections import Connection
from webapp.store.policies import portal_column, walled_tables
from webapp.store.portals import Membership, Portal, Profile, User
from webapp.walls import inside


@pytest.fixture
def synced(world):
    return SyncWorld(world)


@pytest.fixture
def portal_id(synced):
    """A portal with customers in step, and somebody who is in no other."""
    synced.linked("Arc", "Bee")
    user = User(
        id=new_id(), email=f"{uuid.uuid4().hex}@x.example", name="Lonely", fs_uniquifier=uuid.uuid4().hex
    )
    profile = Profile(portal_id=synced.portal_id, name="Any", permissions=[])
    db.session.add_all([user, profile])
    db.session.flush()
    db.session.add(Membership(portal_id=synced.portal_id, user_id=user.id, profile_id=profile.id))
    audit.record(synced.portal_id, "ada", "portal.added", "x")
    db.session.commit()
    with inside(synced.portal_id):
        yield synced.portal_id


def ask(portal_id):
    return portal_deletions.ask(portal_id, None, typed=db.session.get_one(Portal, portal_id).name)


@pytest.fixture
def age(as_owner, module_database_url):
    """Let a request be older than the delay, as only the database's owner can."""

    def older(portal_id, days=8):
        with as_owner(module_database_url) as owner:
            aged = "UPDATE portal_deletion SET asked_at = now() - make_interval(days => %s)"
            owner.execute(f"{aged} WHERE portal_id = %s", [days, portal_id])

    return older


def rows_left(as_owner, url, portal_id):
    with as_owner(url) as owner:
        return {
            table.name
            for table in walled_tables()
            if owner.execute(
                f'SELECT count(*) FROM "{table.name}" WHERE {portal_column(table)} = %s', [portal_id]
            ).fetchone()[0]
        }


def test_it_goes_with_everything_below_it_the_audit_too(portal_id, age, as_owner, module_database_url):
    ask(portal_id)
    assert {"audit_entry", "customer", "history_entry", "link", "mirror_customer"} <= rows_left(
        as_owner, module_database_url, portal_id
    )
    age(portal_id)
    assert portal_deletions.carry_out() == 1
    assert rows_left(as_owner, module_database_url, portal_id) == set()


def test_another_portal_keeps_everything(portal_id, age, as_owner, module_database_url, world):
    other = new_id()
    with inside(other):
        db.session.add(Portal(id=other, key=other.hex, name="Other"))
        db.session.flush()
        audit.record(other, "ada", "portal.added", "x")
        db.session.commit()
    ask(portal_id)
    age(portal_id)
    portal_deletions.carry_out()
    assert {"portal", "audit_entry"} <= rows_left(as_owner, module_database_url, other)


@pytest.mark.parametrize("days", [0, 6])
def test_it_does_not_go_before_its_time(portal_id, age, days, as_owner, module_database_url):
    ask(portal_id)
    age(portal_id, days)
    assert portal_deletions.carry_out() == 0
    assert not store.delete_due(portal_id)
    assert "portal" in rows_left(as_owner, module_database_url, portal_id)


def test_one_nobody_asked_for_never_goes(portal_id):
    assert not store.delete_due(portal_id)


def test_it_can_be_kept(portal_id, age):
    ask(portal_id)
    portal_deletions.keep(portal_id, None)
    assert portal_deletions.asked_for(portal_id) is None
    assert portal_deletions.carry_out() == 0
    told = [each.action for each in audit.newest(portal_id, 2)]
    assert told == ["portal.deletion_withdrawn", "portal.deletion_asked"]


def test_the_name_has_to_be_typed(portal_id):
    with pytest.raises(Invalid, match="Type the portal's name"):
        portal_deletions.ask(portal_id, None, typed="another")
    assert portal_deletions.asked_for(portal_id) is None


def test_asking_twice_does_not_begin_anew(portal_id):
    first = ask(portal_id).asked_at
    with pytest.raises(Conflict):
        ask(portal_id)
    db.session.rollback()
    assert portal_deletions.asked_for(portal_id).asked_at == first


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portal_deletion SET asked_at = now() - interval '30 days'",
        "DELETE FROM portal",
        "ALTER TABLE portal_deletion DISABLE TRIGGER ALL",
    ],
)
def test_the_application_cannot_bring_the_time_on(portal_id, statement):
    ask(portal_id)
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        db.session.execute(text(statement))
    db.session.rollback()


def test_the_time_of_asking_is_the_databases_own(portal_id):
    forged = text(
        "INSERT INTO portal_deletion (portal_id, asked_at) VALUES (:portal, now() - interval '30 days')"
    )
    db.session.execute(forged, {"portal": portal_id})
    db.session.commit()
    assert not store.delete_due(portal_id)
    assert portal_deletions.carry_out() == 0


def test_logins_that_lead_nowhere_else_go_and_others_stay(portal_id, age):
    lonely = db.session.scalars(select(User.id).where(User.name == "Lonely")).all()
    other = db.session.scalar(select(Membership.user_id).where(Membership.portal_id == portal_id))
    assert other in lonely
    ask(portal_id)
    age(portal_id)
    portal_deletions.carry_out()
    assert db.session.scalar(select(User.id).where(User.id == other)) is None


def test_authorisations_are_given_back_and_counts_in_valkey_go(portal_id, synced, age):
    connection = db.session.get_one(Connection, (portal_id, synced.connection_id))
    connection.organization_key = "ledgerly:9[x]"
    db.session.commit()
    valkey = context.valkey()
    for name in ("tandem:budget:{ledgerly:9[x]}:minute", "tandem:budget:{ledgerly:9x}:minute"):
        valkey.set(name, 1)
    ask(portal_id)
    age(portal_id)
    portal_deletions.carry_out()
    assert valkey.get("tandem:budget:{ledgerly:9[x]}:minute") is None
    assert valkey.get("tandem:budget:{ledgerly:9x}:minute") is not None
