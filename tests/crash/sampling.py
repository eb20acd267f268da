"""Which points are tried: some of them, spread evenly, or all with TANDEM_CRASH_POINTS=all."""

from __future__ import annotations

import os
from collections.abc import Sequence

EVERY = 20
"""One of so many in `make test`, where time is short, and two at least; `make chaos` tries all."""

ALL = os.environ.get("TANDEM_CRASH_POINTS") == "all"

WRITES = ("create", "update", "delete")


def sample(points: int) -> Sequence[int]:
    """Choose among so many points; where the choice begins depends on how many there are."""
    if ALL:
        return range(points)
    every = max(1, min(EVERY, points // 2))
    return range(points % every, points, every)


def with_writes(names: Sequence[str]) -> Sequence[int]:
    """Choose among points by their names, with those before and after every write outside."""
    writes = (at for at, name in enumerate(names) if _is_write(name))
    return sorted({*sample(len(names)), *writes})


def after_writes(names: Sequence[str]) -> Sequence[int]:
    """Choose among points by their names, of work that comes to many: those right after a write outside.

    Of work that writes nothing outside some are chosen.
    """
    if ALL:
        return range(len(names))
    after = [at for at, name in enumerate(names) if name.startswith("after ") and _is_write(name)]
    return after or sample(len(names))


def _is_write(name: str) -> bool:
    return name.split()[-1].startswith(WRITES)
