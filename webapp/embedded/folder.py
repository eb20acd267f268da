"""What every embedded server needs: a folder of its own and a port that is free."""

import fcntl
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

ATTEMPTS = 3
PATIENCE = 60.0


class EmbeddedError(RuntimeError):
    """An embedded server cannot run; the message says what to do."""


def claim(folder: Path) -> IO[str]:
    """Make `folder` this process's own until the returned file is closed or the process ends."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    except OSError as error:
        raise EmbeddedError(
            f"{folder} cannot be used ({error.strerror}): choose a folder you may write to."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise EmbeddedError(
            f"{folder} is in use: stop the other process first, or choose another folder."
        ) from None
    return lock


def on_free_port(
    launch: Callable[[int], subprocess.Popen[bytes]], answers: Callable[[int], bool], log: Path
) -> tuple[subprocess.Popen[bytes], int]:
    """Launch a server on a free port and wait until it answers; return it and the port.

    Another process may take the port first, so a server that ends by itself gets another one.
    """
    for _ in range(ATTEMPTS):
        port = port_near(0)
        child = launch(port)
        if wait_until(lambda port=port: answers(port), child):  # type: ignore[misc]
            return child, port
        child.kill()
        child.wait()
    said = "\n".join(log.read_text("utf-8", "replace").splitlines()[-5:])
    raise EmbeddedError(f"A server did not start; {log} says:\n{said}")


def wait_until(condition: Callable[[], bool], child: subprocess.Popen[bytes]) -> bool:
    """Wait for `condition`; give up when the child has ended or after a minute."""
    deadline = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def port_near(preferred: int) -> int:
    """Return `preferred` if it is free on 127.0.0.1, else another port that is."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still being forgotten is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
