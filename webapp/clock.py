"""The time all processes agree on: the database's, counted on from by this machine's steady clock.

Clocks of machines differ, and jump. What one process writes down, such as until when a connection rests,
others compare with their own time; a worker whose clock is an hour ahead would poll a provider without end.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

READ_AGAIN = 60.0
"""Seconds after which the database is asked again: a machine that slept has counted too little."""

SOON = 0.005
"""Seconds within which an answer tells the time well enough; after a later one, it is asked again."""

TRIES = 5
"""So often it is asked at most: of the answers the soonest counts."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the database's clock showed at a moment of the steady one."""

    shown: datetime
    at: float


class _Clock:
    """This process's knowledge of the database's time."""

    reading: _Reading | None = None


def now() -> datetime:
    """Tell the time: aware, UTC. Until a database was asked it is this machine's own."""
    reading = _Clock.reading
    if reading is None:
        return datetime.now(UTC)
    return reading.shown + timedelta(seconds=time.monotonic() - reading.at)


def follow(engine: Engine) -> None:
    """Go by the clock of an engine's database from its first connection on."""
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "checkout", _on_checkout)


def _on_connect(connection: DBAPIConnection, record: Any) -> None:
    _read(connection)


def _on_checkout(connection: DBAPIConnection, record: Any, proxy: Any) -> None:
    reading = _Clock.reading
    if reading is None or time.monotonic() - reading.at > READ_AGAIN:
        _read(connection)


def _read(connection: DBAPIConnection) -> None:
    cursor = connection.cursor()
    soonest = math.inf
    for _ in range(TRIES):
        asked = time.monotonic()
        cursor.execute("SELECT clock_timestamp()")
        (shown,) = cursor.fetchone() or (datetime.now(UTC),)
        answered = time.monotonic()
        if answered - asked < soonest:
            soonest = answered - asked
            _Clock.reading = _Reading(shown.astimezone(UTC), (asked + answered) / 2)
        if soonest <= SOON:
            break
    cursor.close()
    connection.rollback()
