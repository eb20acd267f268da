"""The look: one slice of whatever is due for a connection, computed from the tables.

    (bulk) undos → (bulk) what the brake held and is kept → authorise → what was edited here
    → details that are waited for → a refresh a person asked for → (bulk) runs → the mirror
    → everything else that has changed

Whoever looks holds the connection's lease. Bulk work yields it to a person's, and whoever has it does first
what people wait for: workers of bulk work might else pass it on among themselves, and no person's look comes
between. What a crash leaves undone, the next look does.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable

import structlog
from sqlalchemy.exc import OperationalError

from webapp import logs
from webapp.bounded import OutOfTime
from webapp.extensions import db
from webapp.sdk import Fatal, RetryLater, Unavailable
from webapp.services import (
    authorizing,
    connections,
    keeping_back,
    leases,
    refresh,
    runs,
    sync,
    sync_runs,
    undoing,
)
from webapp.services.census import mirror_of
from webapp.services.leases import Lease, LeaseLost
from webapp.services.signals import announce_due
from webapp.store import connections as store
from webapp.store import due
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.secrets import SecretError
from webapp.walls import inside

DETAILS_AT_ONCE = 100

SLICE_SECONDS = 5.0
"""How long a look goes on while more is due."""

BULK_SHARE = 0.5
"""Seconds that bulk work gets of each of its looks, whoever waits, and of a person's that leaves more to do:
edits without end must not end it."""

BULK_WAITS = 3.0
"""Seconds that bulk work waits for a lease: between two looks of people's it finds its turn."""

ASKS_EVERY = 0.1

log = structlog.get_logger(__name__)


def look(connection_id: uuid.UUID, *, interactive: bool, seconds: float = SLICE_SECONDS) -> bool:
    """Do what is due for at most about `seconds`; return whether more is due at once, for the same queue.

    `interactive` does only what people wait for. When another holds the connection, nothing is done: a
    person's wish is left with the holder, and a sweep rings again. All of it is within the connection's
    portal.
    """
    portal_id = store.portal_of(connection_id)
    db.session.rollback()
    if portal_id is None:
        return False
    with inside(portal_id):
        return _look(connection_id, interactive=interactive, seconds=seconds)


class Slice:
    """How long one look lasts: until its time is up, or a person waits for what bulk work holds."""

    def __init__(self, lease: Lease, *, seconds: float, interactive: bool) -> None:
        self.lease = lease
        self.interactive = interactive
        self.yielded = False
        self._ends = time.monotonic() + seconds
        self._asks_again = 0.0
        self._share_ends = 0.0

    def begin_bulk(self) -> None:
        """Let bulk work have its share from now on."""
        self._share_ends = time.monotonic() + BULK_SHARE

    def late(self) -> bool:
        """Tell whether the time is up, whoever waits: what people wait for, any look does first."""
        return time.monotonic() >= self._ends

    def over(self) -> bool:
        """Tell whether bulk work is to stop; asks the database at most twice a second."""
        moment = time.monotonic()
        if moment < self._share_ends:
            return False
        if moment >= self._asks_again:
            self._asks_again = moment + 0.5
            self.look_who_waits()
        return self.yielded or self.late()

    def look_who_waits(self) -> None:
        """Note whether a person waits for what bulk work holds."""
        self.yielded = not self.interactive and self.lease.wanted()


def _look(connection_id: uuid.UUID, *, interactive: bool, seconds: float) -> bool:
    lease = _take(connection_id, interactive=interactive)
    if lease is None:
        if interactive:
            leases.want(connection_id)
        return False
    slice_ = Slice(lease, seconds=seconds, interactive=interactive)
    with logs.bound(connection=str(connection_id)), lease:
        more = _guarded(slice_)
    if slice_.yielded:
        announce_due(connection_id, interactive=True)
    elif interactive and due.bulk_is_due(connection_id, now()):
        announce_due(connection_id)
    return more


def _take(connection_id: uuid.UUID, *, interactive: bool) -> Lease | None:
    """Take the lease; bulk work has time to wait for it."""
    lease = leases.take(connection_id, interactive=interactive)
    ends = time.monotonic() + (0 if interactive else BULK_WAITS)
    while lease is None and time.monotonic() < ends:
        time.sleep(ASKS_EVERY)
        lease = leases.take(connection_id)
    return lease


def _guarded(slice_: Slice) -> bool:
    """Do the work of a slice; what another look may do as well is left to the next one."""
    try:
        return _told(slice_)
    except OperationalError as error:
        # The database went away, or chose between two who waited for each other: the next look goes on.
        log.warning(
            "look.interrupted", connection=str(slice_.lease.connection_id), error=type(error.orig).__name__
        )
        return False
    finally:
        # Giving the lease back waits for the connection's row, which an open transaction of ours may hold.
        db.session.rollback()


def _told(slice_: Slice) -> bool:
    """Do the work; whatever goes wrong with it ends in a state of the connection that people can read."""
    connection_id = slice_.lease.connection_id
    try:
        return _work(slice_)
    except LeaseLost:
        db.session.rollback()
        log.warning("look.lease_lost", connection=str(connection_id))
    except RetryLater as refusal:
        db.session.rollback()
        connections.pause(connection_id, refusal, lease=slice_.lease)
    except Fatal as refusal:
        db.session.rollback()
        keys = isinstance(refusal.__cause__, SecretError)
        connections.needs_attention(connection_id, str(refusal), keys=keys, lease=slice_.lease)
    except OperationalError:
        raise
    except (Exception, OutOfTime):
        db.session.rollback()
        reference = secrets.token_hex(4)
        log.exception("look.failed", connection=str(connection_id), reference=reference)
        unexpected = Unavailable(f"Something unexpected happened here (reference {reference}).")
        connections.pause(connection_id, unexpected, lease=slice_.lease)
    return False


def _work(slice_: Slice) -> bool:
    lease, late, over = slice_.lease, slice_.late, slice_.over
    # Nothing of it goes outside: whatever state the connection is in, it is carried out.
    if not slice_.interactive and _inside(lease, over) and not slice_.yielded:
        return True
    connection = store.connection_by_id(lease.connection_id)
    if connection is not None and connection.state == "authorizing":
        authorizing.authorize_slice(connection, lease)
        connection = store.connection_by_id(lease.connection_id)
    if connection is None or not _awake(connection, interactive=slice_.interactive):
        db.session.rollback()
        return False
    mirror = mirror_of(connection)
    more = sync.sync_slice(lease, until=late, interactive=True)
    awaited = due.details_awaited(mirror, limit=DETAILS_AT_ONCE)
    if awaited and not more:
        more = not refresh.read_details(lease, awaited, until=late, interactive=True)
    more = more or len(awaited) == DETAILS_AT_ONCE or refresh.refresh_slice(lease, until=late, bulk=False)
    if not slice_.interactive or (more and due.bulk_is_due(lease.connection_id, now())):
        slice_.begin_bulk()
        more = _bulk(lease, over) or more
    elif not more:
        # What somebody asked for may have been nothing but this reading.
        sync_runs.close_if_over(lease.connection_id, lease)
    _note_success(slice_)
    return more


def _inside(lease: Lease, over: Callable[[], bool]) -> bool:
    return undoing.undo_slice(lease, until=over) or keeping_back.keep_slice(lease, until=over)


def _bulk(lease: Lease, over: Callable[[], bool]) -> bool:
    for run_id in due.runs_to_carry_out(lease.connection_id):
        if over() or runs.carry_out_slice(run_id, lease, until=over):
            return True
    reading = refresh.refresh_slice(lease, until=over, bulk=True)
    return reading or sync.sync_slice(lease, until=over, interactive=False)


def _awake(connection: Connection, *, interactive: bool) -> bool:
    pauses = (
        [connection.paused_until] if interactive else [connection.paused_until, connection.bulk_paused_until]
    )
    return connection.state == "connected" and not any(until and until > now() for until in pauses)


def _note_success(slice_: Slice) -> None:
    connection = store.connection_by_id(slice_.lease.connection_id)
    if connection is not None:
        connections.went_well(connection, interactive=slice_.interactive)
        slice_.lease.assert_held()
    db.session.commit()
    slice_.look_who_waits()
