"""Ends a check that comes to no end: a plugin that loops must not hold up whoever checks it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Timer

SECONDS = 120.0
"""How long one test may take, unless another time is asked for."""


def _nothing() -> None:
    """Do nothing."""


class Patience:
    """Ends the process once one thing takes longer than ``seconds``, and says which.

    ``before_end`` is called then. A watch of its own does it, for what loops may swallow all that is raised.
    """

    def __init__(self, seconds: float, *, leave: Callable[[int], object] = os._exit) -> None:
        self.seconds = seconds
        self.before_end: Callable[[], None] = _nothing
        self._leave = leave
        # While a test runs, what is printed is kept for its report.
        self._told = os.dup(sys.stdout.fileno())
        self._watch: Timer | None = None

    def begin(self, what: str) -> None:
        """Begin to wait for something."""
        self.end()
        self._watch = Timer(self.seconds, self._give_up, [what])
        self._watch.daemon = True
        self._watch.start()

    def end(self) -> None:
        """It came to its end."""
        if self._watch is not None:
            self._watch.cancel()

    @contextmanager
    def during(self, what: str) -> Generator[None]:
        """Wait for what is done in here."""
        self.begin(what)
        try:
            yield
        finally:
            self.end()

    def _give_up(self, what: str) -> None:
        reason = (
            f"It did not end within {self.seconds:g} seconds, so the check ends here. Find what waits or "
            "loops there; if it is only slow, give it more with --patience."
        )
        os.write(self._told, f"  ✗ {what}\n    → {reason}\n".encode())
        self.before_end()
        self._leave(1)
