"""Leases: one writer of a connection at a time, and a fence that stops whoever lost it.

A lease lasts 15 seconds and a heartbeat renews it; each taker raises the connection's fence by one. Whatever
a holder commits asserts the fence in that same transaction, and every outside call asks for it right before.
Times are the database's own, since the holders may run on many machines.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TypeVar

import structlog
from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.services import holders, witness
from webapp.store import leases as store
from webapp.store.connections import portal_of
from webapp.walls import across_portals, inside

LEASE_SECONDS = 15.0
BEATS_A_LEASE = 3

log = structlog.get_logger(__name__)
_T = TypeVar("_T")


class LeaseLost(Exception):
    """Another holds the connection now; whatever was about to be done must not be."""

    def __init__(self, connection_id: uuid.UUID) -> None:
        super().__init__(f"the lease of connection {connection_id} was taken over or ran out")


@dataclass(slots=True, eq=False)
class Lease:
    """The right to write a connection. As a context it keeps itself alive, and ends with it."""

    connection_id: uuid.UUID
    fence: int
    seconds: float
    engine: Engine = field(repr=False)
    _side: DatabaseConnection | None = field(default=None, repr=False)
    _asking: Lock = field(default_factory=Lock, repr=False)
    _over: Event = field(default_factory=Event, repr=False)
    _heart: Thread | None = field(default=None, repr=False)

    def assert_held(self) -> None:
        """Assert inside the session's transaction that it may be committed; raise LeaseLost.

        The connection's row is locked against takers, and against the heartbeat, until that transaction ends:
        ask once all is written that is locked before a connection, and commit soon after.
        """
        if not store.fence_stands(self.connection_id, self.fence):
            raise LeaseLost(self.connection_id)

    def check(self) -> None:
        """Ask, whatever the session is at, whether the lease still stands; raise LeaseLost."""
        if not self._ask(store.lease_stands):
            raise LeaseLost(self.connection_id)

    def wanted(self) -> bool:
        """Tell whether a person waits for this connection, so that bulk work should yield."""
        return self._ask(store.push_wanted)

    def renew(self) -> None:
        """Hold on for another term; raise LeaseLost if another has taken the connection."""
        if not self._ask(partial(store.renew_lease, seconds=self.seconds)):
            raise LeaseLost(self.connection_id)

    def release(self) -> None:
        """Give the connection back; harmless when it was lost."""
        self._over.set()
        if self._heart is not None:
            self._heart.join()
            self._heart = None
        try:
            self._ask(store.release_lease)
        except SQLAlchemyError as error:
            # It runs out by itself.
            log.warning(
                "lease.release_failed", connection=str(self.connection_id), error=type(error).__name__
            )
        with self._asking:
            self._hang_up()

    def __enter__(self) -> Lease:
        # A thread begins without a context, and so within no portal.
        beat = partial(copy_context().run, self._beat)
        self._heart = Thread(target=beat, name=f"lease-{self.fence}", daemon=True)
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _beat(self) -> None:
        while not self._over.wait(self.seconds / BEATS_A_LEASE):
            try:
                self.renew()
            except LeaseLost:
                log.warning("lease.lost", connection=str(self.connection_id), fence=self.fence)
                return
            except SQLAlchemyError as error:
                log.warning(
                    "lease.beat_failed", connection=str(self.connection_id), error=type(error).__name__
                )

    def _ask(self, question: Callable[[DatabaseConnection, uuid.UUID, int], _T]) -> _T:
        """Ask over a database connection of the lease's own: the session may be in a transaction."""
        with self._asking:
            if self._side is None:
                self._side = self.engine.connect()
            try:
                with self._side.begin():
                    return question(self._side, self.connection_id, self.fence)
            except SQLAlchemyError:
                self._hang_up()
                raise

    def _hang_up(self) -> None:
        if self._side is not None:
            self._side.close()
            self._side = None


def take(
    connection_id: uuid.UUID, *, seconds: float = LEASE_SECONDS, interactive: bool = False
) -> Lease | None:
    """Take the lease of a connection and commit that; return None while somebody else holds it.

    None also when this database turns out to be older than what was done with it (``witness``). `interactive`
    when a person waits: their wish for the lease is fulfilled by this one.
    """
    taken = store.take_lease(connection_id, holders.holder(os.getpid()), seconds, interactive=interactive)
    db.session.commit()
    if taken is None or not witness.agrees(connection_id, taken):
        return None
    return Lease(connection_id, taken.fence, seconds, db.engine)


def give_back(connection_id: uuid.UUID, *, pid: int) -> None:
    """Give back the lease of a process of this machine that is known to have ended; commits.

    Unless it ended in the middle of a write: whoever comes next has to wait until that has come to its end.
    """
    portal_id = portal_of(connection_id)
    if portal_id is not None:
        with inside(portal_id):
            store.end_lease(connection_id, holders.holder(pid))
            db.session.commit()


def give_back_abandoned() -> int:
    """Give back the leases of processes of this machine that have ended; return how many there were.

    A worker that was killed cannot do so itself, and nobody should wait until its lease has run out. Commits.
    """
    with across_portals():
        abandoned = [each for each in store.leases_held() if holders.has_ended(each.holder)]
        for each in abandoned:
            store.end_lease(each.connection_id, each.holder)
        db.session.commit()
    return len(abandoned)


def want(connection_id: uuid.UUID) -> None:
    """Tell whoever holds the lease that a person waits."""
    store.want_push(connection_id)
    db.session.commit()
