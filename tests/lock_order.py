"""Watching that services take locks in the one order that ``webapp.services`` names.

    statements → what each locks → against what its transaction holds → what may let two wait for each other

Two transactions that lock the same rows in opposite orders wait for each other only when they meet, which
tests seldom do; in which order a transaction locks shows whenever it runs. A statement counts as soon as it
asks for a lock, and what it locked as held unless it found no row, or its transaction put rows into that
table itself: nobody else sees those. Locks of services alone count: a test may prepare its world as it likes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

ORDER = (
    ("customer", "contact", "link", "mirror_customer", "mirror_contact", "intent", "conflict", "problem"),
    ("project",),
    ("audit",),
    ("connection",),
    ("webhook", "connect_attempt"),
    ("run",),
    ("run_item",),
    ("portal",),
    ("notice",),
)
"""What is locked when, by table; the audit's chain is locked by its name."""

RANKS = {name: rank for rank, names in enumerate(ORDER) for name in names}

TRIGGERED = {"project_customer": "project"}
"""What the database itself locks when rows of a table are written."""

BELOW = {"run_item": "run"}
"""What hangs below rows of another table: nobody else sees the items of a run that is not committed."""

KEPT = {"contact": "customer"}
"""What nobody writes who does not hold a row of another table: with that in hand, nobody is waited for."""

SERVICES = "/webapp/services/"

HEARD = ("begin", "savepoint", "rollback_savepoint", "before_cursor_execute", "after_cursor_execute")

_WRITTEN = re.compile(
    r'\b(?:UPDATE\s+(?:ONLY\s+)?"?(\w+)"?\s+(?:AS\s+\w+\s+)?SET|DELETE\s+FROM\s+"?(\w+)"?)\b'
)
_INSERTED = re.compile(r'\bINSERT\s+INTO\s+"?(\w+)"?((?:(?!\bINSERT\s+INTO\b).)*)', re.DOTALL)
_LOCKED = re.compile(
    r"\bFOR\s+(?:NO\s+KEY\s+UPDATE|UPDATE|SHARE)\b(?:\s+OF\s+([\w\", ]+?))?(\s+SKIP|\s+NOWAIT)?(?=\s|\)|;|$)"
)
_READ = re.compile(r'(?:\bFROM|\bJOIN|,)\s+"?(\w+)"?')
_FROM = re.compile(r"\bFROM\b.*?(?=\bWHERE\b|\bORDER\s+BY\b|\bLIMIT\b|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Locks:
    """What a statement does, by table: rows it ``waits`` for, takes where they are ``free``, or ``adds``."""

    waits: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Transaction:
    """What a transaction holds, by table and with where it was locked; and what it held at each savepoint."""

    held: dict[str, str] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    savepoints: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def own(self) -> set[str]:
        """The tables of which it sees rows that nobody else does."""
        return self.added | {name for name, above in BELOW.items() if above in self.added}

    @property
    def kept(self) -> set[str]:
        """The tables whose rows wait for it already."""
        return {name for name, above in KEPT.items() if above in self.held}


@lru_cache(maxsize=4096)
def locks_of(statement: str) -> Locks:
    """Tell what a statement locks by being what it is."""
    waits = {name for found in _WRITTEN.findall(statement) for name in found if name}
    free, adds = set[str](), set[str]()
    for name, rest in _INSERTED.findall(statement):
        (waits if name in TRIGGERED or "DO UPDATE" in rest else adds).add(name)
    for found in _LOCKED.finditer(statement):
        named = found[1].replace('"', "").replace(" ", "").split(",") if found[1] else ()
        (free if found[2] else waits).update(named or _read_at(statement, found.start()))
    return Locks(waits=_ranked(waits), free=_ranked(free), adds=_ranked(adds))


def _read_at(statement: str, end: int) -> list[str]:
    """Name the tables that the query reads which ends there, but for those of queries within it."""
    depth, own = 0, []
    for letter in reversed(statement[:end]):
        depth += (letter == ")") - (letter == "(")
        if depth < 0:
            break
        if depth == 0:
            own.append(letter)
    found = _FROM.search("".join(reversed(own)))
    return _READ.findall(found[0]) if found else []


def _ranked(names: set[str]) -> frozenset[str]:
    return frozenset(TRIGGERED.get(name, name) for name in names) & RANKS.keys()


class Watch:
    """Follows the transactions of all engines, and notes in ``found`` what was locked against the order."""

    def __init__(self, within: str) -> None:
        self.found: list[str] = []
        self._within = within

    def begin(self, connection: Connection) -> None:
        """Nothing is held yet."""
        connection.info[self] = _Transaction()

    def savepoint(self, connection: Connection, name: str) -> None:
        """Remember what is held."""
        transaction = self._of(connection)
        transaction.savepoints.append((name, dict(transaction.held)))

    def rollback_savepoint(self, connection: Connection, name: str, context: object) -> None:
        """Forget what was locked since: it is free again."""
        transaction = self._of(connection)
        while transaction.savepoints:
            known, transaction.held = transaction.savepoints.pop()
            if known == name:
                return

    def before_cursor_execute(
        self, connection: Connection, cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        """Note what is asked for against the order."""
        transaction = self._of(connection)
        held = transaction.held
        for name in _asked(statement, parameters).waits - held.keys() - transaction.own - transaction.kept:
            later = [each for each, place in held.items() if place and RANKS[each] > RANKS[name]]
            place = _place(self._within) if later else ""
            if place:
                self.found += [_words(name, place, each, held[each]) for each in later]

    def after_cursor_execute(
        self, connection: Connection, cursor: Any, statement: str, parameters: object, *_: object
    ) -> None:
        """Remember what is held by now."""
        locks, transaction = _asked(statement, parameters), self._of(connection)
        transaction.added |= locks.adds
        taken = (locks.waits | locks.free) - transaction.own - transaction.held.keys()
        if taken and cursor.rowcount != 0:
            transaction.held |= dict.fromkeys(taken, _place(self._within))

    def _of(self, connection: Connection) -> _Transaction:
        known: _Transaction = connection.info.setdefault(self, _Transaction())
        return known


def _words(name: str, place: str, other: str, where: str) -> str:
    return f"{name} is locked after {other}:\n    {other} at {where}\n    {name} at {place}"


def _asked(statement: str, parameters: object) -> Locks:
    """Tell what a statement locks, the audit's chain among it, whose name it is given."""
    locks = locks_of(statement)
    if "pg_advisory_xact_lock" not in statement or not isinstance(parameters, Mapping):
        return locks
    chain = any(isinstance(value, str) and value.startswith("audit:") for value in parameters.values())
    return Locks(waits=locks.waits | {"audit"}, free=locks.free, adds=locks.adds) if chain else locks


def _place(within: str) -> str:
    """Say where in the services a statement came from, the innermost first; blank if it did not."""
    frame: FrameType | None = sys._getframe(1)
    lines = []
    while frame is not None:
        file = frame.f_code.co_filename
        if within in file:
            lines.append(f"{file.rpartition('/')[2]}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join(lines[:4])


@contextmanager
def watching(within: str = SERVICES) -> Iterator[list[str]]:
    """Watch all engines meanwhile; what is locked against the order is added to what is given."""
    watch = Watch(within)
    heard = [(name, getattr(watch, name)) for name in HEARD]
    for name, listener in heard:
        event.listen(Engine, name, listener)
    try:
        yield watch.found
    finally:
        for name, listener in heard:
            event.remove(Engine, name, listener)


@pytest.fixture(scope="session")
def locks_watched() -> Iterator[list[str]]:
    """What was locked against the order."""
    with watching() as found:
        yield found


@pytest.fixture(autouse=True)
def locks_in_order(locks_watched: list[str]) -> Iterator[None]:
    """Fail whatever test has services lock against the order, in any of its threads."""
    locks_watched.clear()
    yield
    assert not locks_watched, "\n".join(dict.fromkeys(locks_watched))
