"""Child processes that die with their parent, however it dies."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


def start_bound(
    argv: Sequence[str], *, last_signal: int = signal.SIGKILL, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a child that gets `last_signal` when this process ends; `options` are those of `Popen`.

    The child leads a process group of its own, so Ctrl-C in a terminal reaches this process alone.

    Raises RuntimeError outside the main thread: Linux sends that signal when the thread that started
    the child ends, not when the process does.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a bound child must be started from the main thread")
    return subprocess.Popen(argv, process_group=0, preexec_fn=bound_to(os.getpid(), last_signal), **options)


def bound_to(parent: int, last_signal: int) -> Callable[[], None]:
    """Return what a fresh child calls to be bound to `parent`."""

    def bind() -> None:
        if libc.prctl(PR_SET_PDEATHSIG, last_signal, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
        # The parent may have died between the fork and the call above.
        if os.getppid() != parent:
            os._exit(1)

    return bind


def bind_to_parent(last_signal: int = signal.SIGTERM) -> None:
    """Make this very process get `last_signal` when the process that started it ends."""
    bound_to(os.getppid(), last_signal)()


def stop(*children: subprocess.Popen[bytes], polite: int = signal.SIGTERM, grace: float = 10.0) -> None:
    """End children started here: ask all with `polite`, and after `grace` seconds kill what is left."""
    # The number of one whose end was noticed before may be somebody else's by now.
    running = [child for child in children if child.returncode is None]
    for child in running:
        child.send_signal(polite)
    deadline = time.monotonic() + grace
    for child in running:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, deadline - time.monotonic()))
        end_group(child)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and those of its own children that it left behind."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
