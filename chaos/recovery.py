"""How long an import takes to go on after its worker was killed, as a figure."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from chaos.ground import ground
from chaos.storm import Size, storm


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds until the import went on, kill by kill, and what was found twice or lost at the end."""

    seconds: tuple[float, ...]
    violations: tuple[str, ...]

    @property
    def worst(self) -> float:
        """The longest of them."""
        return max(self.seconds)


def recovery(
    *, kills: int = 5, customers: int = 2_000, seed: int = 1, say: Callable[[str], None] = lambda words: None
) -> Recovery:
    """Kill the worker of imports so many times, each in the middle of its work.

    Starts servers and processes of its own, and stops them; call it from the main thread.
    """
    chance = random.Random(seed)
    planned = [chance.choice(("worker", "work-horse")) for _ in range(kills)]
    size = Size(customers=customers, merges=customers // 50, readers=0)
    with TemporaryDirectory() as folder, ground(Path(folder)) as tandem:
        report = storm(tandem, planned, size, seed=seed, say=say)
    return Recovery(tuple(blow.seconds for blow in report.blows), tuple(report.violations))
