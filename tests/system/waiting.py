"""Waiting for a condition with a deadline: the one way tests of running processes wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

EVERY = 0.05
SELDOM = 0.25
"""Seconds between two questions, at first and at last: to ask takes from those who work."""

OF_THE_WAIT = 0.04
"""This part of what was waited may pass before the next question."""

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
    began = time.monotonic()
    while True:
        answer = ask()
        if answer:
            return answer
        waited = time.monotonic() - began
        if waited > within:
            raise AssertionError(f"waited {within:g} s for {what or ask}; the last answer: {answer!r}")
        if meanwhile is not None:
            meanwhile()
        time.sleep(min(max(EVERY, waited * OF_THE_WAIT), SELDOM))
