"""Audit: a chain in which nothing can be changed or left out unseen."""

import pytest
from sqlalchemy import delete, update

from tests.mirror_world import Place
from webapp.extensions import db
from webapp.services import audit
from webapp.store.audit import AuditEntry


@pytest.fixture(scope="module", autouse=True)
def forgers_have_more_than_the_application(module_database_url, as_owner):
    """Let these tests change what the application may not."""
    with as_owner(module_database_url) as owner:
        owner.execute("GRANT UPDATE, DELETE ON audit_entry TO PUBLIC")


@pytest.fixture
def portal_id(place):
    for number in range(3):
        audit.record(place.portal_id, "ada", "customer.written", f"customer {number}", {"field": "name"})
        db.session.commit()
    return place.portal_id


def of(portal_id, number):
    return AuditEntry.portal_id == portal_id, AuditEntry.number == number


def test_a_chain_that_was_left_alone_verifies(portal_id):
    assert audit.verify(portal_id) is None
    assert audit.verify(Place.new().portal_id) is None


@pytest.mark.parametrize("change", [{"actor": "eve"}, {"details": {}}, {"digest": "0" * 64}, {"subject": ""}])
def test_a_changed_entry_is_found(portal_id, change):
    db.session.execute(update(AuditEntry).where(*of(portal_id, 2)).values(**change))
    db.session.commit()
    assert audit.verify(portal_id) == 2


def test_an_entry_that_was_taken_out_is_found(portal_id):
    db.session.execute(delete(AuditEntry).where(*of(portal_id, 2)))
    db.session.commit()
    assert audit.verify(portal_id) == 2


def test_an_entry_of_a_transaction_that_failed_is_not_there(portal_id):
    audit.record(portal_id, "ada", "customer.written", "customer 4")
    db.session.rollback()
    assert audit.verify(portal_id) is None
    assert audit.record(portal_id, "ada", "customer.written", "customer 4").number == 4
