"""Crash points: every moment right before and right after an outside call or a commit, counted or died at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from webapp.extensions import db
from webapp.sdk.memory import Call, MemoryDirectory

Death = Callable[[], None]
Moment = tuple[str, int]
"""A point: its name, and how often one of that name was come to before.

Not its number: what is kept now and then by the clock would shift it.
"""


def moment_of(names: Sequence[str], at: int) -> Moment:
    """Return the moment of one of the points that were come to."""
    return names[at], names[:at].count(names[at])


class Crash(BaseException):
    """The process is dead from here on; nothing catches it, and nothing that follows has any effect."""


class Points:
    """The points of one stretch of work, by name in their order; dies at one of them if told so.

    Once dead, whatever is still run on the way out, by any thread, neither writes nor commits nor calls: a
    process that was killed does none of it either.
    """

    def __init__(self, die_at: Moment | None = None, *, die: Death | None = None) -> None:
        self.names: list[str] = []
        self.dead = False
        self._die_at = die_at
        self._die = die or self._raise
        self._thread = threading.current_thread()

    def reach(self, name: str) -> None:
        """Come to a point."""
        self.stop_if_dead()
        if threading.current_thread() is not self._thread:
            return
        place = name, self.names.count(name)
        self.names.append(name)
        if place == self._die_at:
            self._die()

    def stop_if_dead(self, *_: Any) -> None:
        """Let a dead process do nothing more."""
        if self.dead:
            raise Crash

    def _raise(self) -> None:
        self.dead = True
        raise Crash

    @contextmanager
    def watching(self, directory: MemoryDirectory) -> Iterator[Points]:
        """Come to a point before and after every commit of this application and every call of a directory."""
        with self.watching_commits(db.engine):
            directory.interrupt = self._called
            try:
                yield self
            finally:
                directory.interrupt = None

    @contextmanager
    def watching_commits(self, engine: Engine) -> Iterator[None]:
        """Come to a point before and after every commit, those of single statements among them."""
        commit = engine.dialect.do_commit

        def committed(connection: Any) -> None:
            self.reach("before a commit")
            commit(connection)
            self.reach("after a commit")

        engine.dialect.do_commit = committed  # type: ignore[method-assign]
        event.listen(engine, "before_cursor_execute", self._before_statement)
        event.listen(engine, "after_cursor_execute", self._after_statement)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", self._before_statement)
            event.remove(engine, "after_cursor_execute", self._after_statement)
            engine.dialect.do_commit = commit  # type: ignore[method-assign]

    def _before_statement(self, connection: Connection, cursor: object, statement: str, *_: object) -> None:
        self.stop_if_dead()
        if _commits_itself(connection, statement):
            self.reach("before a statement that commits itself")

    def _after_statement(self, connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if _commits_itself(connection, statement):
            self.reach("after a statement that commits itself")

    def _called(self, call: Call, moment: str) -> None:
        self.reach(f"{moment} {call.name}")


def _commits_itself(connection: Connection, statement: str) -> bool:
    alone = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
    return alone and statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
