"""The time all processes agree on."""

from datetime import UTC, datetime, timedelta

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


def shown(connection):
    """Ask the database for the time."""
    return connection.scalar(text("SELECT clock_timestamp()"))
