"""How long an import takes to go on after its worker was killed, and what was found twice or lost."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Measured
from chaos.recovery import recovery


def measure(size: int) -> Iterator[Measured]:
    """Kill the worker of an import a few times; ``make chaos`` does so fifty times, and worse things too."""
    found = recovery()
    yield Measured("recovery.longest", round(found.worst, 1))
    yield Measured("recovery.violations", len(found.violations))
