"""What is kept of a person, handed on however much it is."""

from __future__ import annotations

import io
import json
import uuid
from zipfile import ZipFile

import pytest

from tests.queries import queries
from webapp.extensions import db
from webapp.sdk import ContactData, CustomerData
from webapp.services import audit, personal
from webapp.services.errors import NotFound
from webapp.services.personal import ROWS_AT_ONCE
from webapp.store.columns import new_id
from webapp.store.directory import PortalDirectory

DEEDS = 2 * ROWS_AT_ONCE + 10
FILL = """
    INSERT INTO history_entry
        (portal_id, id, kind, record_id, customer_id, at, actor, action, field, lost, new)
    SELECT :portal, gen_random_uuid(), 'customer', :record, :record, now(), :actor, 'changed', 'name', FALSE,
        (SELECT string_agg(md5(n || '-' || part), '') FROM generate_series(1, 8) AS part)
      FROM generate_series(1, :deeds) AS n
"""


@pytest.fixture
def busy(place):
    """Somebody who did very much in a portal, not to be packed small, beside somebody who did as much."""
    for actor in (str(place.user_id), "somebody else"):
        filled = {"portal": place.portal_id, "record": new_id(), "actor": actor, "deeds": DEEDS}
        db.session.execute(db.text(FILL), filled)
    db.session.commit()
    return place


def test_everything_somebody_did_is_told_once_and_nothing_of_others(busy):
    with ZipFile(io.BytesIO(b"".join(personal.of_user(busy.user_id, actor="command line")))) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("/history_entry.json"))
        told = json.loads(archive.read(name))
    assert {each["actor"] for each in told} == {str(busy.user_id)}
    assert len({each["id"] for each in told}) == len(told) == DEEDS


def test_no_transaction_waits_while_pieces_are_taken(busy):
    held = []
    with queries(db.engine) as asked:
        for _ in personal.of_user(busy.user_id, actor="command line"):
            held.append(db.engine.pool.checkedout())
    assert len(held) > 2
    assert set(held) == {0}
    of_history = [each for each in asked if "FROM history_entry" in each]
    assert len(of_history) >= 3
    assert all("LIMIT" in each for each in of_history)


def test_the_audit_says_who_asked_before_the_first_byte(place):
    directory = PortalDirectory(place.portal_id)
    arc = directory.create_customer(CustomerData(name="Arc", currency="EUR"))
    anna = directory.create_contact(arc.id, ContactData(first_name="Anna"))
    directory.flush()
    db.session.commit()
    who = (place.portal_id, uuid.UUID(arc.id), uuid.UUID(anna.id), place.user_id)
    with pytest.raises(NotFound):
        personal.of_contact(*who[:1], new_id(), *who[2:])
    assert audit.newest(place.portal_id, 1) == []
    pieces = personal.of_contact(*who)
    (told,) = audit.newest(place.portal_id, 1)
    assert (told.action, told.subject, told.actor) == ("contact.exported", anna.id, str(place.user_id))
    assert b"".join(pieces).startswith(b"PK")
