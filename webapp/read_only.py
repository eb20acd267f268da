"""Read-only mode: PostgreSQL refuses whatever would write, but for transactions that say they have to.

    TANDEM_READ_ONLY → each transaction: BEGIN READ ONLY, unless writing() is around its beginning

What may be written all the same is who is logged in: else nobody could come and read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

WORDS = (
    "Tandem only shows what is there for now: nothing is changed, here or in any finance app. "
    "Whoever runs it has set TANDEM_READ_ONLY."
)

_writes: ContextVar[bool] = ContextVar("tandem_writes", default=False)


def guard(engine: Engine) -> None:
    """Have the transactions of an engine begin as ones that may not write."""
    event.listen(engine, "begin", _begin)


@contextmanager
def writing() -> Iterator[None]:
    """Let the transactions that begin meanwhile write, whatever the mode."""
    before = _writes.set(True)
    try:
        yield
    finally:
        _writes.reset(before)


def refused(error: DBAPIError) -> bool:
    """Tell whether the database refused something because it may not write."""
    return isinstance(error.orig, ReadOnlySqlTransaction)


def _begin(connection: Connection) -> None:
    psycopg_connection = connection.connection.dbapi_connection
    psycopg_connection.read_only = not _writes.get()  # type: ignore[union-attr]
