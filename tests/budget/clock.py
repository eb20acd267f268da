"""Time that passes only by waiting, laid over the clock of a real Valkey."""

from dataclasses import dataclass


@dataclass
class ShiftingClock:
    """Adds to the server's time as long as was slept."""

    shift: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.shift += seconds
