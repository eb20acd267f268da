"""Reading: what the steps of a refresh share, from the open directory to the fenced commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import structlog

from webapp.extensions import db
from webapp.outside import PluginFault
from webapp.sdk import Directory, Gone, Skip, Unavailable
from webapp.services.accounts import open_directory, provider_of
from webapp.services.leases import Lease, LeaseLost
from webapp.store import connections as store
from webapp.store import mirror as mirrors
from webapp.store.connections import Connection
from webapp.store.mirror import Mirror
from webapp.store.mirror_pages import keep_detail

STANDSTILL_SECONDS = 600.0

MOST_PAGES = 20_000
"""After how many pages a reading is taken for one without end: millions of customers."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Reading:
    """One slice of reading a provider's directory under a lease.

    Outside calls are made outside transactions: each step looks at the connection, asks, and keeps what came.
    """

    lease: Lease
    interactive: bool
    _directory: Directory | None = field(default=None, repr=False)

    def connection(self) -> Connection:
        """Return the connection as it is now, detached from the session, whose transaction is over."""
        connection = store.connection_by_id(self.lease.connection_id)
        if connection is None or connection.fence != self.lease.fence:
            db.session.rollback()
            raise LeaseLost(self.lease.connection_id)
        db.session.expunge(connection)
        db.session.rollback()
        return connection

    def directory(self, connection: Connection) -> Directory:
        """Return the provider's directory, opened once."""
        if self._directory is None:
            self._directory = open_directory(connection, interactive=self.interactive, lease=self.lease)
        return self._directory

    def keep(self, **values: Any) -> None:
        """Commit what was read, together with the connection's columns given, if the fence still stands."""
        if values and not store.update_fenced(self.lease.connection_id, self.lease.fence, values):
            db.session.rollback()
            raise LeaseLost(self.lease.connection_id)
        if not values:
            self.lease.assert_held()
        db.session.commit()

    def detail(self, connection: Connection, mirror: Mirror, their_id: str) -> None:
        """Read one customer in full into the mirror, or note that it is gone or could not be read."""
        try:
            found = self.directory(connection).customer(their_id)
        except Gone:
            mirrors.mark_gone(mirror, their_id)
        except (Skip, PluginFault) as error:
            return self._leave_out(connection, mirror, their_id, str(error))
        except Unavailable as silence:
            self._bear(silence, connection, mirror, their_id)
            return self._leave_out(connection, mirror, their_id, str(silence))
        else:
            keep_detail(mirror, found)
        self.keep()

    def _leave_out(self, connection: Connection, mirror: Mirror, their_id: str, reason: str) -> None:
        """Note that one customer could not be read; the others go on."""
        log.warning("mirror.not_read", connection=str(connection.id), customer=their_id, reason=reason)
        mirrors.count_failure(mirror, their_id)
        self.keep()

    def _bear(self, silence: Unavailable, connection: Connection, mirror: Mirror, their_id: str) -> None:
        """Raise a silence again, unless it is only this customer that gets no answer, however often asked."""
        failures = mirrors.count_silence(mirror, their_id)
        if failures < mirrors.MOST_FAILURES:
            self.keep()
            raise silence
        db.session.rollback()
        # Raises where the provider answers nothing else either: then it is not the customer's fault.
        self.directory(connection).changed(None)


def refuse_standstill(connection: Connection, before: str | None, after: str | None) -> None:
    """Raise Unavailable when a directory hands back the cursor it was given: it would go on for ever."""
    if after is not None and after == before:
        label = provider_of(connection).label
        raise Unavailable(f"{label} tells the same page again and again.", after=STANDSTILL_SECONDS)


def refuse_endless(connection: Connection, pages: int) -> None:
    """Raise Unavailable when a reading has gone on for more pages than any directory has."""
    if pages > MOST_PAGES:
        label = provider_of(connection).label
        raise Unavailable(f"{label} tells page after page without end.", after=STANDSTILL_SECONDS)
