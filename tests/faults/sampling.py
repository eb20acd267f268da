"""Which cells are played: in `make test` each end, and some of each fault and call; in `make chaos` all."""

from __future__ import annotations

from collections.abc import Collection

from tests.crash.sampling import ALL
from tests.faults.ends import End
from tests.faults.kinds import FAULTS
from tests.faults.table import CALLS, CELLS, TABLE

EVERY = 8
"""One of so many cells is played beside those that are the first to end in their way."""

_FAULTS = tuple(FAULTS)


def cells_of(calls: Collection[str]) -> list[tuple[str, str]]:
    """Choose among the cells of some calls; along diagonals, so that every fault and every call has some."""
    found: set[End] = set()
    chosen = []
    for fault, call in CELLS:
        if call not in calls:
            continue
        end = TABLE[fault][call]
        on_diagonal = (_FAULTS.index(fault) + CALLS.index(call)) % EVERY == 0
        if ALL or on_diagonal or end not in found:
            chosen.append((fault, call))
        found.add(end)
    return chosen
