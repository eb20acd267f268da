"""Erasing what entries of the audit say: by order alone, told in the chain, and the chain still verifies."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.portal_world import World, portal_app
from webapp.extensions import db
from webapp.services import audit
from webapp.store import audit as store
from webapp.store.audit import ERASED, AuditEntry
from webapp.walls import across_portals, inside

PERSON = uuid.UUID("01890000-0000-7000-8000-00000000cafe")


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def portal_id():
    """A portal with five entries: three by, about and naming the person."""
    world = World.new()
    with inside(world.portal_id):
        told = (
            (str(PERSON), "connection.disconnected", "x", {}),
            ("ada", "portal.added", "y", {"key": "n"}),
            ("ada", "contact.deleted", str(PERSON), {"name": "canary"}),
            ("ada", "customers.delete", "z", {"ids": [str(PERSON)]}),
            ("ada", "user.added", "w", {}),
        )
        for actor, action, subject, details in told:
            audit.record(world.portal_id, actor, action, subject, details)
        db.session.commit()
        yield world.portal_id
        db.session.rollback()


def erased(portal_id):
    gone = audit.erase_person(portal_id, PERSON, "ada")
    db.session.commit()
    return gone


def entries(portal_id):
    db.session.expire_all()
    return list(store.entries(portal_id))


def test_what_entries_say_by_about_and_of_a_person_is_erased(portal_id):
    assert erased(portal_id) == 3
    told = entries(portal_id)
    assert [each.number for each in told if each.is_blank] == [1, 3, 4]
    assert str(PERSON) not in str([(each.actor, each.subject, each.details) for each in told])
    assert [(each.actor, each.subject) for each in told if each.number in (2, 5)] == [
        ("ada", "y"),
        ("ada", "w"),
    ]


def test_when_and_what_was_done_stays(portal_id):
    before = [(each.at, each.action) for each in entries(portal_id)]
    erased(portal_id)
    assert [(each.at, each.action) for each in entries(portal_id)][:5] == before


def test_the_chain_still_verifies_and_against_an_end_noted_before(portal_id):
    noted = audit.walk(portal_id).head
    erased(portal_id)
    assert audit.walk(portal_id, noted).broken_at is None


def test_who_ordered_it_is_told_and_not_whom_it_was_about(portal_id):
    erased(portal_id)
    order = entries(portal_id)[-1]
    assert (order.action, order.actor, order.subject) == (ERASED, "ada", "")
    assert order.details == {"entries": [1, 3, 4]}


def test_erasing_again_finds_nothing_and_tells_nothing(portal_id):
    erased(portal_id)
    assert erased(portal_id) == 0
    assert len(entries(portal_id)) == 6


def test_an_order_cannot_be_erased(portal_id):
    erased(portal_id)
    second = audit.record(portal_id, "ada", ERASED, "", {"entries": [6, 2]})
    assert store.erase(second.number) == 1
    db.session.commit()
    assert entries(portal_id)[5].details == {"entries": [1, 3, 4]}


def test_nothing_is_erased_without_an_order(portal_id):
    assert [store.erase(number) for number in (1, 2, 99)] == [0, 0, 0]
    assert not any(each.is_blank for each in entries(portal_id))


def test_an_order_of_another_portal_reaches_no_entry_here(portal_id):
    with across_portals():
        other = World.new().portal_id
    with inside(other):
        for _ in range(9):
            order = audit.record(other, "ada", ERASED, "", {"entries": [1, 2, 3]})
        store.erase(order.number)
        db.session.commit()
    assert not any(each.is_blank for each in entries(portal_id))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET actor = '', subject = '', details = '{}', erased_by = 5 WHERE number = 1",
        "UPDATE audit_entry SET details = '{}' WHERE number = 6",
        "DELETE FROM audit_entry WHERE number = 1",
    ],
)
def test_the_application_has_no_other_way(portal_id, change):
    erased(portal_id)
    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(text(change))


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ("SET actor = '', subject = '', details = '{}', erased_by = 5 WHERE number = 2", 2),
        ("SET actor = '', subject = '', details = '{}', erased_by = 6 WHERE number = 2", 2),
        ("SET erased_by = 6 WHERE number = 2", 2),
        ('SET details = \'{"name": "other"}\' WHERE number = 3', 3),
        ("SET details = '{\"entries\": [1, 2, 3, 4]}' WHERE number = 6", 6),
        ("SET erased_by = NULL WHERE number = 3", 3),
    ],
    ids=["blanked", "blanked in an order's name", "not blank", "said anew", "order changed", "order denied"],
)
def test_what_the_owner_of_the_database_does_besides_is_found(
    portal_id, as_owner, module_database_url, change, at
):
    erased(portal_id)
    with as_owner(module_database_url) as owner:
        owner.execute(f"UPDATE audit_entry {change} AND portal_id = '{portal_id}'")
    db.session.expire_all()
    assert audit.walk(portal_id).broken_at == at


def test_entries_are_ordered_erased_some_at_a_time(portal_id, monkeypatch):
    monkeypatch.setattr(audit, "ERASED_AT_ONCE", 2)
    assert erased(portal_id) == 3
    orders = [each for each in entries(portal_id) if each.action == ERASED]
    assert [each.details["entries"] for each in orders] == [[1, 3], [4]]
    assert audit.verify(portal_id) is None


def test_an_entry_added_by_name_alone_is_no_person(portal_id):
    assert store.numbers_about(portal_id, "%") == []
    assert db.session.get(AuditEntry, (portal_id, 1)) is not None
