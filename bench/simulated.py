"""Simulated time: processes that sleep without waiting, one after the other, in the same order each time.

Each process runs real code until it sleeps; what goes by the clock then goes by this one. Greenlets make that
possible for code that knows nothing of it, such as the budget's.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime
from itertools import count
from typing import Self

from greenlet import GreenletExit, getcurrent, greenlet


class Agenda:
    """The moment, and who is to go on when. As a context it ends whoever still sleeps."""

    def __init__(self, began: float) -> None:
        self._moment = began
        self._next: list[tuple[float, int, greenlet]] = []
        self._order = count()
        self._hub = getcurrent()
        self._living: list[greenlet] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._living:
            each.throw(GreenletExit)

    def now(self) -> float:
        """Return the moment in seconds since 1970."""
        return self._moment

    @property
    def moment(self) -> datetime:
        """The moment, as the portal tells it."""
        return datetime.fromtimestamp(self._moment, UTC)

    def begin(self, work: Callable[[], None], *, after: float = 0.0) -> None:
        """Start a process."""
        process = greenlet(work, parent=self._hub)
        # A greenlet begins without a context, and so within no application.
        process.gr_context = copy_context()
        self._living.append(process)
        self._wake(process, after)

    def sleep(self, seconds: float) -> None:
        """Let the process that runs go on so much later."""
        self._wake(getcurrent(), seconds)
        self._hub.switch()

    def run(self, seconds: float) -> None:
        """Let so much time pass."""
        ends = self._moment + seconds
        while self._next and self._next[0][0] <= ends:
            self._moment, _, process = heapq.heappop(self._next)
            process.switch()
        self._moment = ends

    def wait_in(self, line: deque[greenlet]) -> None:
        """Let the process that runs stand in a line until somebody calls it."""
        line.append(getcurrent())
        self._hub.switch()

    def call(self, line: deque[greenlet]) -> None:
        """Let the first of a line go on, if there is one."""
        if line:
            self._wake(line.popleft(), 0.0)

    def _wake(self, process: greenlet, after: float) -> None:
        heapq.heappush(self._next, (self._moment + after, next(self._order), process))
