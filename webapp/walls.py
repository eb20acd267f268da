"""The wall between portals: whose rows the database shows and takes, said anew in every transaction.

    web, looks, commands: inside(portal) → each transaction: tandem.portal → the tables' policies

Each row's portal is compared with that setting by the policies that ``store.policies`` puts on the tables.
Where no portal is entered nothing can be read or written. What has to see across portals says so, by
``across_portals``. A connection in autocommit has no transaction to say it in, and sees nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

T = TypeVar("T")

SETTING = "tandem.portal"
NOWHERE = ""
EVERYWHERE = "*"

_SAID = "tandem_portal"
_UNKNOWN = None
_BACK = "ROLLBACK TO SAVEPOINT"
_ROLE = """
    WITH mine AS (
        SELECT oid, rolsuper OR rolbypassrls AS above FROM pg_roles
        WHERE pg_has_role(current_user, oid, 'MEMBER')
    )
    SELECT (SELECT bool_or(above) FROM mine),
        EXISTS (SELECT FROM pg_class JOIN mine ON mine.oid = relowner
                WHERE pg_class.oid = to_regclass('portal')),
        EXISTS (SELECT FROM pg_policy WHERE polroles && ARRAY(SELECT oid FROM mine))
"""
_REMEDY = "use a role that is neither superuser nor owner, nor may be another; docs/operations.md says how."

_scope: ContextVar[str] = ContextVar(_SAID, default=NOWHERE)


class Unwalled(Exception):
    """The database's role is one that no policy holds back; the text says the remedy."""


@contextmanager
def inside(portal_id: uuid.UUID) -> Iterator[None]:
    """Show the rows of one portal, and take only such."""
    with _within(str(portal_id)):
        yield


@contextmanager
def across_portals() -> Iterator[None]:
    """Show the rows of all portals: for what belongs to none, such as finding out which one is meant."""
    with _within(EVERYWHERE):
        yield


@contextmanager
def outside_portals() -> Iterator[None]:
    """Show the rows of no portal, whatever was shown before; one that is entered meanwhile is left."""
    with _within(NOWHERE):
        yield


def enter(portal_id: uuid.UUID) -> None:
    """Show the rows of one portal until the surrounding context ends: within ``outside_portals``."""
    _scope.set(str(portal_id))


def staying(steps: Iterable[T]) -> Iterator[T]:
    """Take each step within what is shown now: for an answer that is sent after its request was left."""
    return _stay(iter(steps), _scope.get())


def guard(engine: Engine) -> None:
    """Have the transactions of an engine say whose rows they are about, and refuse roles above the wall."""
    event.listen(engine, "connect", _require_walled_role)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _say)


def _stay(steps: Iterator[T], scope: str) -> Iterator[T]:
    while True:
        with _within(scope):
            try:
                step = next(steps)
            except StopIteration:
                return
        yield step


@contextmanager
def _within(scope: str) -> Iterator[None]:
    before = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(before)


def _begin(connection: Connection) -> None:
    connection.info[_SAID] = NOWHERE


def _say(connection: Connection, cursor: object, statement: str, *_: Any) -> None:
    if statement.startswith(_BACK):
        # It must be the first to run after a failure, and what was set since the savepoint is set back by it.
        connection.info[_SAID] = _UNKNOWN
        return
    scope = _scope.get()
    if connection.info[_SAID] == scope:
        return
    # Not over the statement's own cursor, which may be one on the server.
    own = connection.connection.cursor()
    own.execute("SELECT set_config(%s, %s, true)", (SETTING, scope))
    own.close()
    connection.info[_SAID] = scope


def _require_walled_role(connection: DBAPIConnection, record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(_ROLE)
    above, owner, favoured = cursor.fetchone() or (False, False, False)
    cursor.close()
    connection.rollback()
    if above:
        raise Unwalled(f"DATABASE_URL names a role that row-level security does not hold back: {_REMEDY}")
    if owner:
        raise Unwalled(f"DATABASE_URL names the role that owns the tables: {_REMEDY}")
    if favoured:
        raise Unwalled(f"DATABASE_URL names a role that may be one which sees every portal: {_REMEDY}")
