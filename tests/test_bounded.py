"""A call is waited for so long and no longer, and what it raises is raised, whatever it is."""

import threading
import time

import pytest

from webapp.bounded import Overran, within

LONG = 60


def test_returns_what_the_call_returns():
    assert within(LONG, lambda: 7) == 7


@pytest.mark.parametrize("error", [KeyError("a"), SystemExit(1), KeyboardInterrupt(), TimeoutError()])
def test_raises_what_the_call_raises(error):
    def fail():
        raise error

    with pytest.raises(type(error)) as caught:
        within(LONG, fail)
    assert caught.value is error


def test_leaves_a_call_behind_that_is_late_and_interrupts_it():
    found, interrupted = [], threading.Event()

    def loop():
        found.append(threading.current_thread())
        try:
            while True:
                time.sleep(0.001)
        finally:
            interrupted.set()

    with pytest.raises(Overran):
        within(0.05, loop)
    assert interrupted.wait(LONG)
    found[0].join(LONG)
    assert not found[0].is_alive()
