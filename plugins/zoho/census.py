"""Reading a whole list from its last page to its first, as pure steps: which page comes next?

A list sorted by age loses rows in the middle and gains them at its end. Read forwards, a deletion pulls a
row onto a page read already, and it is missed; read backwards, it is only read twice. Zoho tells no number
of pages, so the last one is searched: in growing leaps, then by halving. One call a step, so that a reading
can be laid down and taken up at any point.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from plugins.zoho.pages import DEEPEST, PATIENCE, PER_PAGE, Page
from webapp.sdk import Unavailable

_LEAP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where a reading stands.

    ``page`` is asked for next. While searching, ``low`` is the deepest page known to be followed by another
    and ``high`` the lowest one found empty (0: none). ``last`` is the last page once found.
    """

    page: int
    stride: int
    low: int = 0
    high: int = 0
    last: int = 0
    seen: bool = False
    doubts: int = 0


def begin(expected: int | None, guess: int) -> Reading:
    """Begin where the list ought to end: by the number of rows expected, else at page ``guess``."""
    if expected:
        return Reading(page=min(-(-expected // PER_PAGE), DEEPEST), stride=1)
    return Reading(page=guess, stride=(_LEAP - 1) * guess)


def after(reading: Reading, page: Page) -> Reading | None:
    """Return where the reading stands after ``page``; ``None`` when all was read."""
    if not page.rows:
        return _after_nothing(reading)
    reading = replace(reading, seen=True)
    if reading.last:
        return _backwards(reading)
    if page.more:
        return _upwards(replace(reading, low=page.number))
    return _backwards(replace(reading, last=page.number))


def to_cursor(reading: Reading) -> str:
    """Write a reading down."""
    return json.dumps(asdict(reading), separators=(",", ":"))


def from_cursor(cursor: str) -> Reading:
    """Take a reading up again."""
    return Reading(**json.loads(cursor))


def _backwards(reading: Reading) -> Reading | None:
    return replace(reading, page=reading.page - 1) if reading.page > 1 else None


def _upwards(reading: Reading) -> Reading:
    if reading.high and reading.high - reading.low <= 1:
        return _doubt(reading)
    return _leap(reading, reading.low + reading.stride)


def _after_nothing(reading: Reading) -> Reading | None:
    if reading.last:
        return _doubt(reading)
    if reading.page == 1:
        if reading.seen:
            raise Unavailable("The provider told of customers and then of none. Nothing was taken from that.")
        return None
    reading = replace(reading, high=reading.page)
    if reading.high - reading.low <= 1:
        return _doubt(reading)
    return _leap(reading, reading.high - reading.stride)


def _leap(reading: Reading, page: int) -> Reading:
    if page <= reading.low or (reading.high and page >= reading.high):
        page = (reading.low + reading.high) // 2 if reading.low else max(reading.high // _LEAP, 1)
    if page > DEEPEST:
        raise Unavailable("The provider's list does not end.")
    return replace(reading, page=page, stride=reading.stride * _LEAP)


def _doubt(reading: Reading) -> Reading:
    """Search again from just below: rows may have gone meanwhile, so that the list is shorter now."""
    if reading.doubts >= PATIENCE:
        raise Unavailable(
            f"The provider's list is empty at page {reading.page} and yet goes on. It is read again later."
        )
    below = max(reading.low or reading.page - 1, 1)
    return Reading(page=below, stride=1, seen=reading.seen, doubts=reading.doubts + 1)
