"""Audit: a chain in which nothing can be changed or left out unseen."""

import pytest
from psycopg.types.json import Json
from sqlalchemy import delete, update
from sqlalchemy.exc import ProgrammingError

from tests.mirror_world import Place
from webapp.extensions import db
from webapp.services import audit
from webapp.store.audit import AuditEntry
from webapp.store.columns import new_id
from webapp.store.portals import Membership, Profile

ZERO = "0" * 64


@pytest.fixture
def portal_id(place):
    for number in range(3):
        audit.record(place.portal_id, "ada", "customer.written", f"customer {number}", {"field": "name"})
        db.session.commit()
    return place.portal_id


@pytest.fixture
def tamper(as_owner, module_database_url, portal_id):
    """Change the table as somebody who owns the database; an entry is ``{of}`` and its number."""

    def tamper(statement, *values):
        with as_owner(module_database_url) as owner:
            owner.execute(statement.format(of=f"portal_id = '{portal_id}' AND number"), values)
        db.session.rollback()

    return tamper


def entry(portal_id, number):
    return db.session.get_one(AuditEntry, (portal_id, number))


def test_a_chain_that_was_left_alone_verifies(portal_id):
    chain = audit.walk(portal_id)
    assert (chain.broken_at, chain.head.number) == (None, 3)
    assert chain.head.digest == entry(portal_id, 3).digest
    assert audit.walk(Place.new().portal_id).head.number == 0


@pytest.mark.parametrize("act", [update(AuditEntry).values(actor="eve"), delete(AuditEntry)])
def test_the_application_itself_can_neither_change_nor_take_out_an_entry(portal_id, act):
    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(act.where(AuditEntry.portal_id == portal_id))
    db.session.rollback()
    assert audit.verify(portal_id) is None


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("actor", "eve", "what the entry says was changed"),
        ("details", Json({}), "what the entry says was changed"),
        ("subject", "", "what the entry says was changed"),
        ("digest", ZERO, "the entry's digest was changed"),
        ("previous", ZERO, "the entry does not follow the one before it"),
    ],
)
def test_a_changed_entry_is_found(portal_id, tamper, column, value, fault):
    tamper(f"UPDATE audit_entry SET {column} = %s WHERE {{of}} = 2", value)
    chain = audit.walk(portal_id)
    assert (audit.verify(portal_id), chain.broken_at, chain.fault) == (2, 2, fault)


def test_an_end_that_was_written_anew_shows_against_one_that_was_noted(portal_id, tamper):
    noted = audit.walk(portal_id).head
    tamper("DELETE FROM audit_entry WHERE {of} >= 2")
    for number in (2, 3):
        audit.record(portal_id, "eve", "customer.written", f"customer {number}")
        db.session.commit()
    assert audit.verify(portal_id) is None
    chain = audit.walk(portal_id, noted)
    assert (chain.broken_at, chain.fault) == (3, "the entry is not the one noted")


def test_an_entry_that_was_taken_out_is_found(portal_id, tamper):
    tamper("DELETE FROM audit_entry WHERE {of} = 2")
    chain = audit.walk(portal_id)
    assert (chain.broken_at, chain.fault, chain.head.number) == (2, "the entry is missing", 1)


def test_entries_that_changed_places_are_found(portal_id, tamper):
    for number, place in ((1, 101), (2, 1), (101, 2)):
        tamper("UPDATE audit_entry SET number = %s WHERE {of} = %s", place, number)
    assert audit.verify(portal_id) == 1


def test_an_entry_appended_by_another_hand_is_found(portal_id):
    last = entry(portal_id, 3)
    content = {"actor": "eve", "action": "x", "subject": "y", "details": {}, "at": last.at}
    digests = {"content_digest": ZERO, "previous": last.digest, "digest": ZERO}
    db.session.add(AuditEntry(portal_id=portal_id, number=4, **content, **digests))
    db.session.commit()
    assert audit.verify(portal_id) == 4


def test_entries_taken_off_the_end_show_against_an_end_that_was_noted(portal_id, tamper):
    noted = audit.walk(portal_id).head
    tamper("DELETE FROM audit_entry WHERE {of} = 3")
    assert audit.verify(portal_id) is None
    chain = audit.walk(portal_id, noted)
    assert (chain.broken_at, chain.fault) == (3, "the chain once had 3 entries")


def test_an_end_that_was_noted_stays_good_while_the_chain_grows(portal_id):
    noted = audit.walk(portal_id).head
    audit.record(portal_id, "ada", "customer.written", "customer 4")
    db.session.commit()
    assert audit.walk(portal_id, noted).broken_at is None


def test_an_entry_of_a_transaction_that_failed_is_not_there(portal_id):
    audit.record(portal_id, "ada", "customer.written", "customer 4")
    db.session.rollback()
    assert audit.walk(portal_id).head.number == 3
    assert audit.record(portal_id, "ada", "customer.written", "customer 4").number == 4


def test_what_concerns_a_login_is_told_in_every_portal_of_its_user():
    one, other = Place.new(), Place.new()
    for place in (one, other):
        profile = Profile(id=new_id(), portal_id=place.portal_id, name="Owner", permissions=[])
        db.session.add(profile)
        db.session.flush()
        db.session.add(Membership(portal_id=place.portal_id, user_id=one.user_id, profile_id=profile.id))
    audit.record_for_user(one.user_id, "command line", "user.disabled")
    db.session.commit()
    for place in (one, other):
        (told,) = audit.newest(place.portal_id, 5)
        assert (told.action, told.subject) == ("user.disabled", str(one.user_id))
