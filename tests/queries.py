"""Hearing what goes on at a database, and counting what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def queries(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements an engine is given meanwhile."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    with heard(engine, before_cursor_execute=note):
        yield seen


@contextmanager
def heard(engine: Engine, **listeners: Callable[..., object]) -> Iterator[None]:
    """Have listeners told what an engine does meanwhile, each by the name of what it hears."""
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
