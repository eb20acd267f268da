"""The scheduler process: a sweep every few seconds. As many may run as one likes."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Event
from time import monotonic
from types import FrameType

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.services.presence import Presence
from webapp.services.sweep import seconds_to_next_poll, sweep
from webapp.store.columns import now

EVERY = 5.0
"""Seconds between two sweeps, unless a poll is due sooner."""

LEAST = 0.5
"""Seconds from one sweep to the next at least, however soon a poll is due."""

SHARE = 0.1
"""How much of its time a scheduler sweeps at most: with very many connections, a poll is always due."""

log = structlog.get_logger(__name__)


def run_schedule() -> None:
    """Sweep until told to stop by SIGTERM or SIGINT; needs an application's context and the main thread."""
    stop = Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    log.info("schedule.started")
    presence = Presence("schedule")
    try:
        sweep_until(stop, swept=presence.beat)
    finally:
        presence.leave()
    log.info("schedule.stopped")


def sweep_until(stop: Event, *, every: float = EVERY, swept: Callable[[], None] | None = None) -> None:
    """Sweep now and every so many seconds until the event is set; a database that is away is waited for.

    The next sweep comes sooner where a poll is due by then. `swept` is called after each sweep that came to
    its end.
    """
    while True:
        rest = every
        try:
            began = monotonic()
            sweep(now())
            if swept is not None:
                swept()
            took = monotonic() - began
            rest = rest_after(took, seconds_to_next_poll(now()), every=every)
        except SQLAlchemyError as error:
            db.session.rollback()
            log.warning("sweep.failed", error=type(error).__name__)
        finally:
            db.session.remove()
        if stop.wait(rest):
            return


def rest_after(took: float, to_next_poll: float, *, every: float = EVERY) -> float:
    """Return the seconds to rest after a sweep that took so long, with so long until the next poll is due."""
    return min(every, max(to_next_poll, LEAST, took / SHARE))
