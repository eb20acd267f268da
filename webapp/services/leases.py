"""Leases: one writer of a connection at a time, and a fence that stops whoever lost it.

A lease lasts 15 seconds and a heartbeat renews it; each taker raises the connection's fence by one. Whatever a
holder commits asserts the fence in that same transaction, and every outside call asks for it right before. Times
are the database's own, since the holders may run on many machines.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from types import TracebackType

import structlog
from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.store import connections as store

LEASE_SECONDS = 15
BEAT_SECONDS = 5

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another holds the connection now; whatever was about to be done must not be."""


@dataclass(slots=True)
class Lease:
    """The right to write a connection. Used as a context it keeps itself alive and gives itself back."""

    connection_id: uuid.UUID
    holder: str
    fence: int
    seconds: float
    _engine: Engine
    _side: DatabaseConnection | None = None
    _lock: Lock = field(default_factory=Lock)
    _done: Event = field(default_factory=Event)
    _beat: Thread | None = None

    def assert_held(self) -> None:
        """Assert, inside the session's transaction, that what is about to be committed may be.

        The connection's row stays locked against takers until that transaction ends. Raises LeaseLost.
        """
        if not store.fence_stands(self.connection_id, self.fence):
            raise LeaseLost(f"the lease of {self.connection_id} was taken over")

    def check(self) -> None:
        """Ask, outside the session's transaction, whether the lease still stands; raise LeaseLost if not."""
        if not self._ask(store.LEASE_STANDS):
            raise LeaseLost(f"the lease of {self.connection_id} was taken over or ran out")

    def wanted(self) -> bool:
        """Tell whether a person waits for this connection, so that bulk work should yield."""
        return self._ask(store.PUSH_WANTED)

    def renew(self) -> None:
        """Hold on for another term; raise LeaseLost if another has taken the connection."""
        if not self._ask(store.RENEW_LEASE):
            raise LeaseLost(f"the lease of {self.connection_id} was taken over")

    def release(self) -> None:
        """Give the connection back; harmless when it is lost already."""
        self._done.set()
        if self._beat is not None:
            self._beat.join()
            self._beat = None
        self._ask(store.RELEASE_LEASE)
        with self._lock:
            if self._side is not None:
                self._side.close()
                self._side = None

    def __enter__(self) -> Lease:
        self._beat = Thread(target=self._keep_alive, name="lease", daemon=True)
        self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _keep_alive(self) -> None:
        while not self._done.wait(BEAT_SECONDS):
            try:
                self.renew()
            except LeaseLost:
                log.warning("lease.lost", connection=str(self.connection_id), fence=self.fence)
                return
            except SQLAlchemyError as error:
                log.warning("lease.beat_failed", connection=str(self.connection_id), error=type(error).__name__)

    def _ask(self, question: str) -> bool:
        """Run one of the store's lease statements on a database connection of the lease's own."""
        with self._lock:
            if self._side is None:
                self._side = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            return store.ask_lease(self._side, question, self.connection_id, self.fence, self.seconds)


def take(connection_id: uuid.UUID, holder: str, *, seconds: float = LEASE_SECONDS) -> Lease | None:
    """Take the lease of a connection if nobody holds it, and commit that; return None if somebody does."""
    fence = store.take_lease(connection_id, holder, seconds)
    db.session.commit()
    if fence is None:
        return None
    return Lease(connection_id, holder, fence, seconds, db.engine)


def want(connection_id: uuid.UUID) -> None:
    """Tell whoever holds the lease that a person waits."""
    store.want_push(connection_id)
    db.session.commit()
