"""Credentials: where an account finds those of its connection, and keeps those a renewal brought."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from threading import Lock, RLock
from typing import TypedDict
from weakref import WeakValueDictionary

from sqlalchemy import func, select, update

from webapp.extensions import db
from webapp.sdk import Fatal
from webapp.services import context
from webapp.store.connections import Connection
from webapp.store.secrets import SecretError
from webapp.walls import inside

_lines: WeakValueDictionary[uuid.UUID, Lock] = WeakValueDictionary()
_lines_lock = Lock()


class _Place(TypedDict):
    portal: uuid.UUID
    owner: uuid.UUID
    field: str


def seal_credentials(portal_id: uuid.UUID, connection_id: uuid.UUID, credentials: Mapping[str, str]) -> str:
    """Seal credentials for the connection's row."""
    text = json.dumps(dict(credentials))
    return context.safe().seal(text, portal=portal_id, owner=connection_id, field="credentials")


class KeptCredentials:
    """The credentials in a connection's row. Each act is a transaction of its own, done when it returns."""

    def __init__(self, portal_id: uuid.UUID, connection_id: uuid.UUID) -> None:
        self._portal_id = portal_id
        self._id = connection_id
        self._engine = db.engine
        self._safe = context.safe()

    def load(self) -> tuple[int, Mapping[str, str]]:
        """Return the version and the credentials as last kept; raise Fatal when there are none."""
        asked = select(Connection.credentials_version, Connection.credentials).where(
            Connection.id == self._id
        )
        with inside(self._portal_id), self._engine.connect() as side:
            version, sealed = side.execute(asked).one()
        if not sealed:
            raise Fatal("The connection has no credentials any more: connect again.")
        try:
            return version, json.loads(self._safe.open(sealed, **self._place))
        except SecretError as error:
            raise Fatal(str(error)) from error

    def keep(self, credentials: Mapping[str, str], *, expected: int) -> bool:
        """Keep new credentials if the version is still the expected one."""
        kept = (
            update(Connection)
            .where(Connection.id == self._id, Connection.credentials_version == expected)
            .values(
                credentials=self._safe.seal(json.dumps(dict(credentials)), **self._place),
                credentials_version=expected + 1,
            )
        )
        with inside(self._portal_id), self._engine.begin() as side:
            return side.execute(kept.returning(Connection.id)).first() is not None

    @contextmanager
    def renewal_lock(self) -> Generator[None]:
        """Keep others from renewing meanwhile; a killed process gives this lock back too.

        Threads line up before they take a database connection: waiting they would hold all that there are,
        and the one they wait for needs another.
        """
        with _line(self._id), self._engine.begin() as side:
            side.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"renewal:{self._id}", 0))))
            yield

    @property
    def _place(self) -> _Place:
        return {"portal": self._portal_id, "owner": self._id, "field": "credentials"}


def _line(connection_id: uuid.UUID) -> Lock:
    with _lines_lock:
        return _lines.setdefault(connection_id, Lock())


class HeldCredentials:
    """Credentials that belong to no connection yet; `on_keep` is told of those that came with a renewal."""

    def __init__(
        self, credentials: Mapping[str, str], on_keep: Callable[[Mapping[str, str]], None] | None = None
    ) -> None:
        self._version = 0
        self._credentials = dict(credentials)
        self._on_keep = on_keep
        self._lock = RLock()

    def load(self) -> tuple[int, Mapping[str, str]]:
        """Return the version and the credentials."""
        return self._version, dict(self._credentials)

    def keep(self, credentials: Mapping[str, str], *, expected: int) -> bool:
        """Hold new credentials if the version is still the expected one."""
        with self._lock:
            if expected != self._version:
                return False
            self._version, self._credentials = expected + 1, dict(credentials)
        if self._on_keep is not None:
            self._on_keep(credentials)
        return True

    @contextmanager
    def renewal_lock(self) -> Generator[None]:
        """Keep other threads out; other processes do not know these credentials."""
        with self._lock:
            yield
