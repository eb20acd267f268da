"""The chart of passes: bars in the coordinates of an SVG, since no style may give them a size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.services.sync_pages import Figures

WIDTH = 960
HEIGHT = 80
CALLS_HEIGHT = 24
LEAST = 2.5
"""What happened at all is to be seen, however small beside the rest."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What one pass or day looks like; heights are 0 where there is nothing."""

    figures: Figures
    x: float
    width: float
    there: float
    here: float
    calls: float

    @property
    def at(self) -> float:
        """Where the bar begins, within what its pass has."""
        return round(self.x + self.width * 0.2, 1)

    @property
    def inner(self) -> float:
        """How wide the bar is."""
        return round(self.width * 0.6, 1)

    @property
    def middle(self) -> float:
        """Where what went there ends, and what came here begins."""
        return round(HEIGHT - self.there, 1)

    @property
    def top(self) -> float:
        """Where what came here ends."""
        return round(self.middle - self.here, 1)

    @property
    def calls_top(self) -> float:
        """Where the calls end."""
        return round(CALLS_HEIGHT - self.calls, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from the oldest to the newest, the most records one of them moved, and sums of all."""

    bars: tuple[Bar, ...]
    slot: float
    top: int
    passes: int
    here: int
    there: int
    calls: int


def chart(figures: Sequence[Figures], slots: int) -> Chart:
    """Draw what came newest first, the newest on the right, with room for so many."""
    slot = WIDTH / max(slots, len(figures), 1)
    top = max((each.moved for each in figures), default=0)
    most = max((each.calls for each in figures), default=0)
    bars = tuple(
        Bar(
            figures=each,
            x=round(WIDTH - (number + 1) * slot, 1),
            width=round(slot, 1),
            there=_height(each.there, top, HEIGHT - 4),
            here=_height(each.here, top, HEIGHT - 4),
            calls=_height(each.calls, most, CALLS_HEIGHT),
        )
        for number, each in enumerate(figures)
    )
    return Chart(
        bars=bars[::-1],
        slot=slot,
        top=top,
        passes=sum(each.passes for each in figures),
        here=sum(each.here for each in figures),
        there=sum(each.there for each in figures),
        calls=sum(each.calls for each in figures),
    )


def _height(count: int, most: int, room: float) -> float:
    return round(max(LEAST, room * count / most), 1) if count else 0.0
