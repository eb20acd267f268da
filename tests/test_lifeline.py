"""Bound children: whoever starts one cannot leave it behind."""

import subprocess
import sys
import threading

import psutil
import pytest

from webapp import lifeline

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
BOUND = """
import time
from webapp import lifeline
lifeline.bind_to_parent()
print("bound", flush=True)
time.sleep(600)
"""
MIDDLE = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_thread_may_not_start_what_would_die_with_the_thread():
    errors: list[BaseException] = []

    def start() -> None:
        try:
            lifeline.start_bound(SLEEP)
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])


def test_a_process_that_bound_itself_ends_with_its_parent():
    with subprocess.Popen([sys.executable, "-c", MIDDLE, BOUND], stdout=subprocess.PIPE) as middle:
        child = psutil.Process(int(middle.stdout.readline()))
        middle.kill()
    child.wait(timeout=5)
    assert not child.is_running()


@pytest.mark.parametrize("count", [1, 3])
def test_stopping_leaves_none_running(count: int):
    children = [lifeline.start_bound(SLEEP) for _ in range(count)]
    lifeline.stop(*children)
    assert all(child.returncode is not None for child in children)
