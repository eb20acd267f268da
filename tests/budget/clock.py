"""Time that passes only by waiting, however busy the machine is."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass

BEGIN = 1_795_000_000.0


@dataclass
class ShiftingClock:
    """A clock that moves by as long as was slept; ``shift`` is how far it came."""

    shift: float = 0.0

    def now(self) -> float:
        """Return the moment."""
        return BEGIN + self.shift

    def sleep(self, seconds: float) -> None:
        self.shift += seconds


class Simulation:
    """A clock many workers share: one runs at a time, and time jumps to who wakes up next."""

    def __init__(self) -> None:
        self.shift = 0.0
        self._asleep: list[tuple[float, int, threading.Event]] = []
        self._number = itertools.count()
        self._yielded = threading.Event()

    def now(self) -> float:
        """Return the moment."""
        return BEGIN + self.shift

    def start(self, work: Callable[[], None], *, at: float = 0.0) -> None:
        """Let a worker begin at a moment."""
        begin = self._wake_at(at)

        def run() -> None:
            begin.wait()
            try:
                work()
            finally:
                self._yielded.set()

        threading.Thread(target=run, daemon=True).start()

    def sleep(self, seconds: float) -> None:
        """Let others run until so much time has passed."""
        wake = self._wake_at(self.shift + seconds)
        self._yielded.set()
        wake.wait()

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._asleep and self._asleep[0][0] <= until:
            self.shift, _, wake = heapq.heappop(self._asleep)
            self._yielded.clear()
            wake.set()
            self._yielded.wait()

    def _wake_at(self, moment: float) -> threading.Event:
        wake = threading.Event()
        heapq.heappush(self._asleep, (moment, next(self._number), wake))
        return wake
