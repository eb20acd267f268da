"""How much of the permitted rate eight processes use, whose clocks are off, and how often they are refused.

The sandbox's own limit is the judge. The budget, pyrate-limiter and urllib3's Retry each get a sandbox,
and run at the same time: they wait far more than they work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.contest import CONTENDERS, RATE, SECONDS, Contest, take_part
from bench.figures import Measured
from bench.ground import sandbox
from tests.system.practice import Practice
from webapp.embedded import EmbeddedValkey

PROCESSES = 8
SKEW = 3.0


def measure(size: int) -> Iterator[Measured]:
    """Let all three spend the same minutes' rate, side by side."""
    spawning = get_context("spawn")
    start, results = spawning.Barrier(PROCESSES * len(CONTENDERS)), spawning.Queue()
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        valkey = running.enter_context(EmbeddedValkey(folder, durable=False))
        processes = []
        for contender in CONTENDERS:
            judge = running.enter_context(sandbox(20, calls_per_minute=RATE, concurrency=0))
            for contest in _contests(judge, valkey.url):
                given = (contender, contest, start, results)
                processes.append(spawning.Process(target=take_part, args=given, daemon=True))
        for process in processes:
            process.start()
        counts = _collect(results, len(processes))
    for contender, (made, refused) in counts.items():
        yield Measured(f"limiter.share{contender}", round(100 * made / (RATE * SECONDS / 60), 1))
        yield Measured(f"limiter.rejections{contender}", refused)


def _collect(results: Any, processes: int) -> dict[str, tuple[int, int]]:
    """Add up what each contender's processes hand in."""
    counts = dict.fromkeys(CONTENDERS, (0, 0))
    for _ in range(processes):
        contender, made, refused = results.get(timeout=SECONDS * 5)
        before = counts[contender]
        counts[contender] = (before[0] + made, before[1] + refused)
    return counts


def _contests(judge: Practice, redis_url: str) -> Iterator[Contest]:
    """Give each process of a contender a clock of its own: from three seconds late to three early."""
    token = judge.token()
    for number in range(PROCESSES):
        skew = -SKEW + 2 * SKEW * number / (PROCESSES - 1)
        yield Contest(judge.url, token["organization_id"], token["access_token"], redis_url, skew)
