"""How times, percentiles, queries and rows are taken."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg
from sqlalchemy import Engine, event

_ROWS = """
    SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0),
           coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)
      FROM pg_stat_user_tables WHERE relname = ANY(%(tables)s) OR cardinality(%(tables)s::text[]) = 0
"""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def p95_ms(values: Sequence[float]) -> float:
    """Return the 95th percentile of seconds, in milliseconds."""
    return round(percentile(values, 0.95) * 1000, 1)


def seconds_of(work: Callable[[], Any]) -> float:
    """Tell how long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def worked_seconds(work: Callable[[], Any]) -> float:
    """Tell how long processors work for something, here and in all that was started from here.

    That is how long it takes on a machine that does nothing else, however busy this one is.
    """
    began = _worked()
    work()
    return _worked() - began


def _worked() -> float:
    here, seconds = psutil.Process(), 0.0
    for each in (here, *here.children(recursive=True)):
        # Those who ended count with whoever waited for them.
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def repeated(work: Callable[[], Any], times: int) -> list[float]:
    """Do something once unmeasured, then time it so often."""
    work()
    return [seconds_of(work) for _ in range(times)]


@dataclass(slots=True)
class Statements:
    """The statements an engine was given, and how long the database took for them."""

    texts: list[str] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def statements(engine: Engine) -> Iterator[Statements]:
    """Count the statements an engine is given meanwhile."""
    seen, began = Statements(), [0.0]

    def before(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.texts.append(statement)
        began[0] = time.perf_counter()

    def after(*_: Any) -> None:
        seen.seconds += time.perf_counter() - began[0]

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def rows(reading: psycopg.Connection, *tables: str) -> tuple[int, int]:
    """Return how many rows of these tables, or of all, were read and written so far.

    A connection reports what it did when it closes.
    """
    read, written = reading.execute(_ROWS, {"tables": list(tables)}).fetchone() or (0, 0)
    return int(read), int(written)
