"""A clock that tests move: the database and whoever goes by it see the time it was moved to."""

from __future__ import annotations

import time
from datetime import timedelta

import psycopg
from sqlalchemy import NullPool, create_engine

from tests.settings import make_settings
from webapp import clock

CLOCK = """
    CREATE SCHEMA moved;
    CREATE TABLE moved.by_seconds (seconds double precision NOT NULL);
    INSERT INTO moved.by_seconds VALUES (0);
    CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
        $$ SELECT pg_catalog.clock_timestamp() + seconds * interval '1 second' FROM moved.by_seconds $$;
    CREATE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql STABLE AS
        $$ SELECT pg_catalog.now() + seconds * interval '1 second' FROM moved.by_seconds $$;
    GRANT USAGE ON SCHEMA moved TO PUBLIC;
    GRANT SELECT ON moved.by_seconds TO PUBLIC;
"""
BY_THIS_CLOCK = "options=-csearch_path%3Dmoved%2Cpublic%2Cpg_catalog"
"""Ends a database's address: its functions of time are the moved ones, before PostgreSQL's own."""


class MovedClock:
    """The time of a test: this machine's, and as far ahead as it was moved. The budget goes by it too."""

    def __init__(self, owner: psycopg.Connection, address: str) -> None:
        owner.execute(CLOCK)
        self._owner = owner
        self._seen = create_engine(make_settings(DATABASE_URL=address).database_url, poolclass=NullPool)
        clock.follow(self._seen)
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def now(self) -> float:
        """Return the moment in seconds since 1970."""
        return self()

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.ahead += seconds

    def advance(self, by: timedelta) -> None:
        """Let time pass, for the database and whoever goes by it too."""
        self.ahead += max(by.total_seconds(), 0)
        self._owner.execute("UPDATE moved.by_seconds SET seconds = %s", [self.ahead])
        self._read()

    def stop(self) -> None:
        """Let the process go by the true time again, as whatever it does next expects."""
        self._owner.execute("UPDATE moved.by_seconds SET seconds = 0")
        self._read()

    def _read(self) -> None:
        # A process reads the database's clock as it connects.
        with self._seen.connect():
            pass
