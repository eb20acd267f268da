"""The time all processes agree on."""

import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import time_machine
from sqlalchemy import create_engine, text

from webapp import clock

SOON = timedelta(seconds=5)


@pytest.fixture
def database(postgres_url):
    """A database whose clock is followed."""
    engine = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    clock.follow(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_of_this_machine_that_is_off_does_not_matter(database, hours):
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
        assert abs(clock.now() - shown(database)) < SOON


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_was_off_from_the_start_does_not_matter(postgres_url, hours):
    engine = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
        clock.follow(engine)
        with engine.connect() as connection:
            assert abs(clock.now() - shown(connection)) < SOON
    engine.dispose()


def test_the_time_goes_on(database):
    first = clock.now()
    while clock.now() == first:
        assert clock.now() >= first
    assert clock.now() > first
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("slow", [1, 3], ids=["once", "again and again"])
def test_an_answer_that_was_long_on_its_way_does_not_count(postgres_url, slow):
    asked = []

    class Cursor(psycopg.Cursor):
        """One whose first answers about the time arrive long after they were given."""

        def execute(self, query, *args, **named):
            found = super().execute(query, *args, **named)
            if "clock_timestamp" in str(query):
                asked.append(query)
                time.sleep(0.2 if len(asked) <= slow else 0)
            return found

    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, connect_args={"cursor_factory": Cursor})
    clock.follow(engine)
    with engine.connect() as connection:
        off = abs(clock.now() - shown(connection))
    engine.dispose()
    assert len(asked) > slow
    assert off < timedelta(seconds=0.09)


def shown(connection):
    """Ask the database for the time."""
    return connection.scalar(text("SELECT clock_timestamp()"))
