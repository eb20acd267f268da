"""The limits on calls: per minute, per day, at once, and the block that follows a flood."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock

from sandbox import errors
from sandbox.records import Organization
from sandbox.settings import Settings

MINUTE = 60
SHOWN_DAY_LIMIT = 10_000


class Limits:
    """Counts the calls of every organization; a call that is refused is not counted."""

    def __init__(self, now: Callable[[], float], settings: Callable[[], Settings]) -> None:
        self._now = now
        self._settings = settings
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Forget all counts and blocks."""
        self._minutes: dict[str, deque[float]] = {}
        self._days: dict[str, tuple[str, int]] = {}
        self._running: dict[str, int] = {}
        self._blocked_until = 0.0

    @contextmanager
    def call(self, organization: Organization) -> Iterator[None]:
        """Let one call in, or raise what Zoho answers to one too many."""
        with self._lock:
            self._admit(organization)
            self._running[organization.id] = self._running.get(organization.id, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._running[organization.id] = max(0, self._running.get(organization.id, 0) - 1)

    def refuse_blocked(self) -> None:
        """Raise while the block of a flood lasts; it is on the user, so it covers every call."""
        rest = self._blocked_until - self._now()
        if rest > 0:
            raise errors.flood_block(math.ceil(rest))

    def headers(self, organization: Organization) -> dict[str, str]:
        """Return the headers of an organization's successful answer."""
        limit = self._settings().calls_per_day or SHOWN_DAY_LIMIT
        midnight = organization.local(self._now()).replace(hour=0, minute=0, second=0, microsecond=0)
        reset = (midnight + timedelta(days=1)).timestamp() - self._now()
        return {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(limit - self._calls_today(organization)),
            "x-rate-limit-reset": str(math.ceil(reset)),
        }

    def calls_by_day(self) -> dict[str, tuple[str, int]]:
        """Return each organization's latest day with the number of its calls."""
        with self._lock:
            return dict(self._days)

    def resume(self, calls_by_day: dict[str, tuple[str, int]]) -> None:
        """Go on counting from what `calls_by_day` returned."""
        with self._lock:
            self._days = dict(calls_by_day)

    def _admit(self, organization: Organization) -> None:
        settings = self._settings()
        self.refuse_blocked()
        if settings.concurrency and self._running.get(organization.id, 0) >= settings.concurrency:
            raise errors.concurrency_limit()
        today = self._calls_today(organization)
        if settings.calls_per_day and today >= settings.calls_per_day:
            raise errors.day_limit(settings.calls_per_day)
        times = self._minutes.setdefault(organization.id, deque())
        while times and times[0] <= self._now() - MINUTE:
            times.popleft()
        if settings.calls_per_minute and len(times) >= settings.calls_per_minute:
            self._refuse_minute(settings)
        times.append(self._now())
        self._days[organization.id] = (organization.day(self._now()), today + 1)

    def _refuse_minute(self, settings: Settings) -> None:
        if settings.flood_block:
            self._blocked_until = self._now() + settings.flood_block_seconds
            self.refuse_blocked()
        raise errors.minute_limit()

    def _calls_today(self, organization: Organization) -> int:
        day, calls = self._days.get(organization.id, ("", 0))
        return calls if day == organization.day(self._now()) else 0
