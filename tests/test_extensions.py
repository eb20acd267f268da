"""The pool of database connections: asked whether they stand only after a rest, and replaced when not."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from webapp import extensions


@pytest.fixture
def engine(postgres_url):
    made = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    extensions.ask_after_rest(made)
    yield made
    made.dispose()


def end_connections_of(engine, other):
    """Have the database end the connections an engine keeps; return the one it had."""
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    return pid


@pytest.mark.parametrize("rested", [0.0, 3600.0])
def test_a_connection_that_was_ended_while_nobody_used_it_is_replaced(
    engine, postgres_url, monkeypatch, rested
):
    other = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    ended = end_connections_of(engine, other)
    other.dispose()
    monkeypatch.setattr(extensions, "RESTED", rested)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != ended
    assert engine.pool.checkedin() == 1


def test_a_connection_in_use_goes_from_hand_to_hand_unasked(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(extensions, "RESTED", 3600.0)
    asked = tmp_path / "asked"
    with asked.open("w") as trace:
        with engine.connect() as connection:
            connection.connection.driver_connection.pgconn.trace(trace.fileno())
        for _ in range(3):
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        engine.dispose()
    assert asked.read_text().count('\tF\t13\tQuery\t "SELECT 1"') == 3
