"""Presence: how workers and schedulers let others know, in the database, that they do their rounds."""

from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version as version_of

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.store import processes, schema
from webapp.store.columns import new_id
from webapp.store.processes import ProcessData

EVERY = 10.0
"""Seconds between two notes of one process."""

GONE_AFTER = 35.0
"""A process that was not seen for so long is taken for dead: it missed three notes."""

log = structlog.get_logger(__name__)


@cache
def version() -> str:
    """Name the code this process runs: the release, and the newest revision of the database it knows."""
    return f"{version_of('tandem-portal')}+{schema.newest()}"


class Presence:
    """One process that is there. ``beat`` on each round; ``leave`` at an orderly end."""

    def __init__(self, kind: str, *, queue: str = "") -> None:
        self._data = ProcessData(
            id=new_id(),
            kind=kind,
            queue=queue,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=version(),
        )
        self._due = 0.0
        self._failed = False

    def beat(self) -> None:
        """Note that the process does its rounds, if that was some seconds ago; never fails.

        A process forked off this one notes nothing: its work may last while its parent is dead.
        """
        moment = time.monotonic()
        if moment < self._due or os.getpid() != self._data.pid:
            return
        self._due = moment + EVERY
        try:
            processes.note_seen(self._data, datetime.now(UTC))
            self._failed = False
        except SQLAlchemyError as error:
            if not self._failed:
                log.warning("presence.not_noted", error=type(error).__name__)
            self._failed = True

    def leave(self) -> None:
        """Say that the process stops; never fails, since others see by themselves when it is gone."""
        try:
            processes.forget(self._data.id)
        except SQLAlchemyError as error:
            log.warning("presence.not_left", error=type(error).__name__)
