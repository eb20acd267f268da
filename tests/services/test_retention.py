"""How long anything is kept: what is older goes, in batches; what is younger or at work stays."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.queries import heard
from tests.services.synced import SyncWorld
from webapp.extensions import db
from webapp.services import retention
from webapp.store import notices
from webapp.store import retention as store
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.invitations import Invitation
from webapp.store.links import Link
from webapp.store.mails import RESET, LoginMail, post_login
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.notices import Notice
from webapp.store.portals import User
from webapp.store.runs import Run, RunItem

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def synced(world):
    made = SyncWorld(world)
    made.linked("Arc")
    return made


def rows(model, synced):
    db.session.expire_all()
    return db.session.scalar(select(func.count()).where(model.portal_id == synced.portal_id))


def later(days):
    return now() + days * DAY


def test_nothing_young_goes(synced):
    before = {model: rows(model, synced) for model in (Run, RunItem, HistoryEntry, MirrorCustomer, Link)}
    retention.retain(later(1), [synced.portal_id])
    assert {model: rows(model, synced) for model in before} == before


def test_runs_go_with_their_items_and_the_newest_number_stays(synced):
    first = db.session.scalars(select(Run).where(Run.portal_id == synced.portal_id)).first()
    db.session.add(
        Run(
            portal_id=synced.portal_id, id=new_id(), number=(first.number or 0) + 1, kind="import",
            connection_id=synced.connection_id, state="done", finished_at=now(),
        )
    )  # fmt: skip
    db.session.commit()
    retention.retain(later(399), [synced.portal_id])
    assert rows(RunItem, synced) > 0
    retention.retain(later(401), [synced.portal_id])
    assert rows(RunItem, synced) == 0
    numbered = select(Run.number).where(Run.portal_id == synced.portal_id, Run.number.is_not(None))
    assert len(db.session.scalars(numbered).all()) == 1


def test_a_run_that_is_not_over_stays(synced):
    db.session.execute(update(Run).where(Run.portal_id == synced.portal_id).values(state="running"))
    db.session.commit()
    before = rows(Run, synced)
    retention.retain(later(1000), [synced.portal_id])
    assert rows(Run, synced) == before


def test_the_history_goes_at_its_time(synced):
    retention.retain(later(1094), [synced.portal_id])
    assert rows(HistoryEntry, synced) > 0
    retention.retain(later(1096), [synced.portal_id])
    assert rows(HistoryEntry, synced) == 0


def test_the_mirror_of_an_ended_connection_goes_and_its_links_stay(synced):
    kept = rows(Link, synced)
    retention.retain(later(5000), [synced.portal_id])
    assert rows(MirrorCustomer, synced) == 1
    ended = update(Connection).where(Connection.portal_id == synced.portal_id)
    values = {"state": "disconnected", "disconnected_at": now(), "cursor": "x"}
    db.session.execute(ended.values(values))
    db.session.commit()
    retention.retain(later(89), [synced.portal_id])
    assert rows(MirrorContact, synced) == 2
    retention.retain(later(91), [synced.portal_id])
    assert (rows(MirrorCustomer, synced), rows(MirrorContact, synced)) == (0, 0)
    assert rows(Link, synced) == kept
    connection = db.session.get_one(Connection, (synced.portal_id, synced.connection_id))
    assert (connection.cursor, connection.census_finished_at) == (None, None)


def test_notices_and_invitations_nobody_came_by_go(synced):
    notices.keep(synced.portal_id, "sync.problems", new_id(), {}, user_id=None, moment=now())
    for accepted in (None, now()):
        db.session.add(
            Invitation(
                portal_id=synced.portal_id, kind="member", email="a@x.example", name="A",
                accepted_at=accepted, token_digest=uuid.uuid4().hex, expires_at=now(),
            )
        )  # fmt: skip
    db.session.commit()
    retention.retain(later(89), [synced.portal_id])
    assert (rows(Notice, synced) > 0, rows(Invitation, synced)) == (True, 2)
    retention.retain(later(91), [synced.portal_id])
    assert (rows(Notice, synced), rows(Invitation, synced)) == (0, 1)


def test_writes_that_are_over_are_forgotten_and_open_ones_not(synced):
    for state in ("done", "open"):
        db.session.add(
            Intent(
                portal_id=synced.portal_id, id=new_id(), connection_id=synced.connection_id, kind="contact",
                our_id=new_id(), state=state, closed_at=now(), actor="x", auditor="x",
            )
        )  # fmt: skip
    db.session.commit()
    retention.retain(later(401), [synced.portal_id])
    states = select(Intent.state).where(Intent.portal_id == synced.portal_id)
    assert db.session.scalars(states).all() == ["open"]


def test_what_was_noted_of_mails_about_logins_goes_after_a_month(synced):
    user_id = db.session.scalars(select(User.id)).first()
    post_login(user_id, RESET, moment=now())
    db.session.execute(update(LoginMail).values(due_at=None))
    db.session.commit()
    retention.retain(later(29), [synced.portal_id])
    assert db.session.scalar(select(func.count()).select_from(LoginMail)) == 1
    retention.retain(later(31), [synced.portal_id])
    assert db.session.scalar(select(func.count()).select_from(LoginMail)) == 0


def look_each_up(connection):
    """Have the database compare row by row, as it does where it takes a table for nearly empty."""
    for other in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
        connection.exec_driver_sql(f"SET LOCAL enable_{other} = off")


@pytest.mark.parametrize("begin", [lambda connection: None, look_each_up], ids=["at once", "row by row"])
def test_in_its_turn_a_portal_loses_so_many_rows_of_a_kind(synced, monkeypatch, begin):
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    monkeypatch.setattr(retention, "BATCHES", 2)
    before = rows(HistoryEntry, synced)
    assert before > 2
    with heard(db.engine, begin=begin):
        retention.retain(later(1096), [synced.portal_id])
    assert rows(HistoryEntry, synced) == before - 2


def test_each_portal_has_its_turn_once_a_day(synced, monkeypatch):
    monkeypatch.setattr(store, "MINUTES", 4)
    midnight = later(1096).replace(hour=0, minute=0)
    minutes = [midnight + number * MINUTE for number in range(8)]
    turns = [moment for moment in minutes if synced.portal_id in store.portals_in_turn(moment)]
    assert len(turns) == 1
    retention.retain_in_turn(turns[0] + MINUTE)
    assert rows(HistoryEntry, synced) > 0
    retention.retain_in_turn(turns[0])
    assert rows(HistoryEntry, synced) == 0


def test_a_sweep_of_each_minute_asks():
    moment = now().replace(second=0, microsecond=0)
    asked = [retention.is_time(moment + timedelta(seconds=5 * number)) for number in range(12)]
    assert asked == [True] + [False] * 11
