"""Processes that say in the database that they are there."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import text

from tests.portal_world import portal_app
from tests.queries import queries
from webapp.extensions import db
from webapp.services import presence
from webapp.services.presence import Presence
from webapp.store import processes


@pytest.fixture(scope="module")
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture(autouse=True)
def nobody(app):
    db.session.execute(text("DELETE FROM process"))
    db.session.commit()
    yield
    db.session.rollback()


def seen():
    found = processes.seen()
    db.session.rollback()
    return found


def test_a_process_is_seen_until_it_leaves(app):
    worker = Presence("worker", queue="bulk")
    worker.beat()
    [found] = seen()
    assert (found.kind, found.queue, found.pid) == ("worker", "bulk", os.getpid())
    assert found.version == presence.version()
    assert found.age < presence.GONE_AFTER
    assert abs(found.clock_off) < 2
    worker.leave()
    assert seen() == []


def test_a_process_notes_itself_no_more_often_than_needed(app):
    one = Presence("schedule")
    with queries(db.engine) as statements:
        for _ in range(50):
            one.beat()
    assert len([each for each in statements if "INSERT INTO process" in each]) == 1


def test_a_later_note_moves_when_it_was_seen_and_nothing_else(app, monkeypatch):
    monkeypatch.setattr(presence, "EVERY", 0.0)
    one = Presence("schedule")
    one.beat()
    db.session.execute(text("UPDATE process SET seen_at = seen_at - interval '1 hour', version = 'kept'"))
    db.session.commit()
    assert seen()[0].age > 3500
    one.beat()
    [found] = seen()
    assert found.age < 10
    assert found.version == "kept"


def test_a_fork_of_a_process_does_not_speak_for_it(app, monkeypatch):
    one = Presence("worker", queue="push")
    monkeypatch.setattr(os, "getpid", lambda: 1)
    one.beat()
    assert seen() == []


def test_a_database_that_is_away_stops_nobody(app, capsys, module_database_url, as_owner):
    one = Presence("schedule")
    with as_owner(module_database_url) as owner:
        owner.execute("ALTER TABLE process RENAME TO away")
        try:
            one.beat()
            one.leave()
        finally:
            owner.execute("ALTER TABLE away RENAME TO process")
    assert "presence.not_noted" in capsys.readouterr().err


def test_who_was_killed_long_ago_is_forgotten(app):
    Presence("worker", queue="bulk").beat()
    db.session.execute(text("UPDATE process SET seen_at = seen_at - interval '2 days'"))
    db.session.commit()
    Presence("worker", queue="push").leave()
    assert seen() == []
