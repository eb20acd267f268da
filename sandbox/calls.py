"""The log of every call that reached the sandbox."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from threading import Lock
from typing import Any

KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call; a status of 0 says that the connection was cut."""

    number: int
    time: str
    method: str
    path: str
    query: str
    status: int


class Calls:
    """Keeps the latest calls, oldest first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = Lock()
        self._numbers = count(1)
        self._calls: deque[Call] = deque(maxlen=KEPT)

    def note(self, method: str, path: str, query: str, status: int) -> None:
        """Add a call."""
        time = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds")
        with self._lock:
            self._calls.append(Call(next(self._numbers), time, method, path, query, status))

    def since(self, number: int = 0) -> list[dict[str, Any]]:
        """Return the calls after the given number."""
        with self._lock:
            return [asdict(call) for call in self._calls if call.number > number]

    def latest(self, size: int) -> list[Call]:
        """Return the newest calls, newest first."""
        with self._lock:
            return list(self._calls)[: -size - 1 : -1]

    def clear(self) -> None:
        """Empty the log; numbers go on."""
        with self._lock:
            self._calls.clear()
