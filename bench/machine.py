"""The calibration: how quick this machine is right now, which is what all times are to be read beside."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

from bench.figures import Measured
from bench.ground import ground

COMMITS = 2_000
HASHES = 200_000


def measure(size: int) -> Iterator[Measured]:
    """Commit single rows durably, and hash."""
    began = time.perf_counter()
    for _ in range(HASHES):
        hashlib.sha256(bytes(1000)).digest()
    yield Measured("machine.python", round(HASHES / (time.perf_counter() - began)))
    with ground() as place, place.fill() as owner:
        owner.execute("CREATE TABLE calibration (number integer)")
        began = time.perf_counter()
        for number in range(COMMITS):
            owner.execute("INSERT INTO calibration VALUES (%s)", [number])
        yield Measured("machine.commits", round(COMMITS / (time.perf_counter() - began)))
