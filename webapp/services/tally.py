"""The tally: what is counted as it happens, by all processes together, in Valkey.

One scrape of any web process then tells of all of them and of the workers, on however many machines they run;
the multi-process files of ``prometheus_client`` would tell of one machine's web processes alone. What is
counted while Valkey is away is kept by the process for later; a wiped Valkey begins anew, as a counter may.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from threading import Lock

import structlog
from flask import current_app
from redis import Redis, RedisError

from webapp.services import context

KEY = "tandem:tally"
REST_SECONDS = 10.0
"""How long a Valkey that did not answer is left alone: waiting for it must not cost each request its time."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of what durations are sorted into, in seconds; one more takes the rest."""

log = structlog.get_logger(__name__)

Place = tuple[str, ...]
"""What is counted: its name, then its labels, which are few, known beforehand and never people's data."""


class Tally:
    """Counts of one process on their way to Valkey. Safe to use from several threads."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey
        self._waiting: defaultdict[Place, float] = defaultdict(float)
        self._lock = Lock()
        self._rests_until = 0.0

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Count something; ``flush`` makes it known."""
        with self._lock:
            self._waiting[name, *labels] += by

    def time(self, name: str, *labels: str, seconds: float) -> None:
        """Count something that took its time."""
        bucket = bisect_left(BUCKETS, seconds)
        with self._lock:
            self._waiting[name, *labels, str(bucket)] += 1
            self._waiting[f"{name}:sum", *labels] += seconds

    def flush(self) -> None:
        """Hand over what was counted; never fails."""
        if time.monotonic() < self._rests_until:
            return
        with self._lock:
            counted, self._waiting = self._waiting, defaultdict(float)
        if not counted:
            return
        try:
            with self._valkey.pipeline(transaction=True) as pipeline:
                for place, number in counted.items():
                    pipeline.hincrbyfloat(KEY, json.dumps(place), number)
                pipeline.execute()
        except RedisError as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            with self._lock:
                for place, number in counted.items():
                    self._waiting[place] += number
            log.warning("tally.not_kept", error=type(error).__name__)

    def read(self) -> Iterator[tuple[Place, float]]:
        """Tell what all processes counted; raises ``RedisError``."""
        self.flush()
        for place, number in sorted(self._valkey.hgetall(KEY).items()):
            yield tuple(json.loads(place)), float(number)


def tally() -> Tally:
    """Return the tally of this process."""
    kept: Tally = current_app.extensions.setdefault("tandem_tally", Tally(context.valkey()))
    return kept
