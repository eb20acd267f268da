"""Child processes that die with their parent, however it dies."""

import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import Any

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


def start_bound(argv: Sequence[str], *, last_signal: int = signal.SIGKILL, **options: Any) -> subprocess.Popen[bytes]:
    """Start a child that gets `last_signal` when this process ends; `options` are those of `Popen`.

    Raises RuntimeError outside the main thread: Linux sends that signal when the thread that started
    the child ends, not when the process does.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a bound child must be started from the main thread")
    return subprocess.Popen(argv, preexec_fn=bound_to(os.getpid(), last_signal), **options)


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


def stop(child: subprocess.Popen[bytes], *, polite: int = signal.SIGTERM, grace: float = 10.0) -> None:
    """End a child: ask with `polite`, and after `grace` seconds do not ask any more."""
    if child.poll() is not None:
        return
    child.send_signal(polite)
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
