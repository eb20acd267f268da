"""Which points are tried: some of them, spread evenly, or all with TANDEM_CRASH_POINTS=all."""

from __future__ import annotations

import os
from collections.abc import Sequence

EVERY = 7
"""One of so many in `make test`, where time is short; `make chaos` tries all."""


def sample(points: int) -> Sequence[int]:
    """Choose among so many points; where the choice begins depends on how many there are."""
    if os.environ.get("TANDEM_CRASH_POINTS") == "all":
        return range(points)
    return range(points % EVERY, points, EVERY)
