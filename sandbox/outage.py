"""Outages: times in which nobody listens, so that every connection is refused."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock


class Outage:
    """Closes the sandbox's port and opens it again; the server tells how, once it listens."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._over = Event()
        self._close: Callable[[], None] | None = None
        self._open: Callable[[], None] | None = None
        self._lasts = False

    def bind(self, close: Callable[[], None], open: Callable[[], None]) -> None:
        """Take note of how the port is closed and opened."""
        self._close, self._open = close, open

    def begin(self) -> None:
        """Close the port, unless it is closed."""
        with self._lock:
            if self._close is not None and not self._lasts:
                self._over.clear()
                self._close()
                self._lasts = True

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until the outage is ended before that; then open the port."""
        self._over.wait(seconds)
        self.end()

    def end(self) -> None:
        """Open the port, unless it is open."""
        self._over.set()
        with self._lock:
            if self._open is not None and self._lasts:
                self._lasts = False
                self._open()
