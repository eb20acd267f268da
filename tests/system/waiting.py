"""Waiting for a condition with a deadline: the one way tests of running processes wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

EVERY = 0.05
PATIENCE = 60.0
"""Seconds; what comes within one on a quiet machine must come on every machine, however busy."""

T = TypeVar("T")


def until(
    ask: Callable[[], T],
    *,
    within: float = PATIENCE,
    what: str = "",
    meanwhile: Callable[[], None] | None = None,
) -> T:
    """Ask until the answer is true and return it; fail after `within` seconds, saying the last answer.

    `meanwhile` is done between two questions.
    """
    deadline = time.monotonic() + within
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:g} s for {what or ask}; the last answer: {answer!r}")
        if meanwhile is not None:
            meanwhile()
        time.sleep(EVERY)
