"""Statistics of tables that an import fills: taken when they grew much, and not otherwise."""

import uuid

import pytest
from sqlalchemy import text

from tests.portal_world import World, portal_app
from webapp.extensions import db
from webapp.services import picker, reviews
from webapp.store import history, statistics
from webapp.store.history import EntryData
from webapp.store.statistics import FEW, FILLED, measure_grown


@pytest.fixture(scope="module", autouse=True)
def app(module_database_url):
    with portal_app(module_database_url) as made:
        yield made


@pytest.fixture
def world():
    yield World.new()
    db.session.rollback()


def tell(world, times):
    """Write so many entries of history, and have the database count them now."""
    entry = EntryData(kind="customer", record_id=uuid.uuid4(), customer_id=uuid.uuid4(), action="created")
    history.add(world.portal_id, [entry] * times, actor="", run_id=None)
    db.session.execute(text("SELECT pg_stat_force_next_flush()"))
    db.session.commit()


def known_rows():
    return db.session.scalar(
        text("SELECT reltuples FROM pg_class WHERE oid = 'history_entry'::regclass"),
    )


def times_measured():
    """Tell how often statistics of items were taken, as a transaction that begins now sees it."""
    db.session.commit()
    times = db.session.scalar(text("SELECT pg_stat_get_analyze_count('run_item'::regclass)"))
    db.session.commit()
    return times


def test_a_table_that_grew_is_measured_once(world):
    tell(world, FEW + 50)
    assert "history_entry" in measure_grown()
    assert known_rows() >= FEW + 50
    assert measure_grown() == []


def test_a_table_is_measured_again_when_it_doubled(world):
    tell(world, FEW + int(known_rows()) + 1)
    assert "history_entry" in measure_grown()
    known = int(known_rows())
    db.session.rollback()
    tell(world, known // 2)
    assert measure_grown() == []
    tell(world, known)
    assert measure_grown() == ["history_entry"]


def test_the_tables_named_are_those_there_are():
    there = set(db.session.scalars(text("SELECT tablename FROM pg_tables")))
    assert set(FILLED) <= there
    db.session.rollback()


@pytest.mark.parametrize(("many", "known"), [(2, True), (3, False)])
def test_the_items_of_a_review_of_many_are_measured(world, monkeypatch, many, known):
    monkeypatch.setattr(statistics, "MANY", many)
    world.there("1", "Alpha")
    world.there("2", "Beta")
    run = picker.draft(world.portal_id, world.connection_id, world.user_id)
    picker.tick(run, ["1", "2"])
    before = times_measured()
    reviews.open_review(run)
    assert (times_measured() > before) is known
