"""Reminders: one notice a connection of what waits too long, which ends when nothing waits any more."""

from datetime import timedelta

import pytest

from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.services.reminders import remind
from webapp.store.columns import new_id, now
from webapp.store.conflicts import Conflict
from webapp.store.notices import Notice
from webapp.store.problems import Problem


@pytest.fixture
def synced(world):
    return SyncWorld(world)


def wait(synced, model, **row):
    about = {"kind": "customer", "our_id": new_id(), "customer_id": new_id()}
    place = {"portal_id": synced.portal_id, "connection_id": synced.connection_id}
    db.session.add(model(**place, **about, **row))
    db.session.commit()


def told(synced):
    db.session.rollback()
    query = db.select(Notice).where(Notice.subject_id == synced.connection_id)
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {row.kind: (row.details["records"], row.resolved_at is not None) for row in rows}


def test_conflicts_are_told_once_the_oldest_is_a_day_old(synced):
    wait(synced, Conflict, field="name", found_at=now() - timedelta(hours=23))
    remind(now())
    assert told(synced) == {}
    wait(synced, Conflict, field="name", found_at=now() - timedelta(hours=25))
    remind(now())
    assert told(synced) == {"sync.conflict": (2, False)}


def test_what_is_tried_again_by_itself_is_not_told(synced):
    wait(synced, Problem, id=new_id(), question="failed", attempts=2)
    remind(now())
    assert told(synced) == {}
    wait(synced, Problem, id=new_id(), question="failed", attempts=5, parked=True)
    remind(now())
    assert told(synced) == {"sync.problems": (1, False)}


def test_a_notice_ends_once_nothing_waits(synced):
    wait(synced, Conflict, field="name", found_at=now() - timedelta(days=2))
    wait(synced, Problem, id=new_id(), question="gone there")
    remind(now())
    db.session.execute(db.delete(Conflict).where(Conflict.connection_id == synced.connection_id))
    db.session.commit()
    remind(now())
    assert told(synced) == {"sync.conflict": (1, True), "sync.problems": (1, False)}


def test_repeated_sweeps_tell_no_more(synced):
    wait(synced, Conflict, field="name", found_at=now() - timedelta(days=2))
    for _ in range(3):
        remind(now())
    query = db.select(Notice.times).where(Notice.subject_id == synced.connection_id)
    assert db.session.scalar(query) == 1
