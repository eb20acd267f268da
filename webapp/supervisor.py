"""Keeps named processes running: starts them, waits until they are ready, restarts what dies, stops all."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from webapp import lifeline

FIRST_PAUSE = 0.5
# Short enough for whoever waits for an import whose worker was killed again and again.
LONGEST_PAUSE = 10.0
# A process that ran this long is taken for healthy again: its next pause is the first one.
HEALTHY_AFTER = 60.0
READY_WITHIN = 120.0
LOOK_EVERY = 0.1
GRACE = 10.0


class SupervisorError(RuntimeError):
    """A process did not start; the message says where its log is and how it ends."""


@dataclass(frozen=True, slots=True)
class Process:
    """What to run under a name, and how to know that it is ready."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    is_ready: Callable[[], bool] = field(default=lambda: True, repr=False)


class Server(Protocol):
    """A server that was started already."""

    def revive(self) -> bool:
        """Start it again if it has died; tell whether it had."""
        ...


class Supervisor:
    """The processes of one folder of logs, as children that die with this process.

    Use it as a context manager: leaving it stops them all.
    """

    def __init__(self, logs: Path, *, say: Callable[[str], None] = print) -> None:
        self._logs = logs
        self._say = say
        self._kept: list[_Kept] = []
        self._servers: dict[str, Server] = {}
        self._servers_due = 0.0

    def keep(self, name: str, server: Server) -> None:
        """Have a server that was started already revived when it dies; who started it stops it too."""
        self._servers[name] = server

    def start(self, process: Process) -> None:
        """Start a process and wait until it is ready; raise SupervisorError if it ends or takes too long."""
        kept = _Kept(process, self._logs / f"{process.name}.log")
        kept.start()
        self._kept.append(kept)
        deadline = time.monotonic() + READY_WITHIN
        while not process.is_ready():
            if kept.child.poll() is not None or time.monotonic() > deadline:
                raise SupervisorError(f"{process.name} did not start. {kept.last_words()}")
            time.sleep(LOOK_EVERY)

    def watch(self) -> None:
        """Restart what dies, for ever."""
        while True:
            self.look()
            time.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Notice what has died since the last look, and start again what has paused long enough."""
        now = time.monotonic()
        self._revive_servers(now)
        for kept in self._kept:
            if kept.due is None and kept.child.poll() is not None:
                pause = kept.end(now)
                self._say(
                    f"{kept.process.name} {kept.outcome()}; it starts again in {pause:g} s. {kept.where()}"
                )
            elif kept.due is not None and now >= kept.due:
                kept.start()

    def _revive_servers(self, now: float) -> None:
        """Servers come before processes, which wait for them; one that dies at once is not hurried."""
        if now < self._servers_due:
            return
        self._servers_due = now + FIRST_PAUSE
        for name, server in self._servers.items():
            if server.revive():
                self._say(f"{name} had ended; it starts again.")

    def stop(self) -> None:
        """Stop all processes, at once with whatever they started themselves."""
        lifeline.stop(*(kept.child for kept in self._kept), grace=GRACE)
        self._kept.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Kept:
    """One process that is kept running, and when it is due to start again."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process = process
        self.log = log
        self.due: float | None = None
        self._pause = FIRST_PAUSE
        self._started = 0.0

    def start(self) -> None:
        self.due = None
        self._started = time.monotonic()
        with self.log.open("ab") as log:
            self.child = lifeline.start_bound(
                self.process.argv,
                env=dict(self.process.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def end(self, now: float) -> float:
        """End what the dead process left behind and return the pause before the next start."""
        lifeline.end_group(self.child)
        pause = FIRST_PAUSE if now - self._started > HEALTHY_AFTER else self._pause
        self._pause = min(2 * pause, LONGEST_PAUSE)
        self.due = now + pause
        return pause

    def outcome(self) -> str:
        code = self.child.returncode
        return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"

    def where(self) -> str:
        return f"Its log: {self.log}"

    def last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines()[-12:]
        return f"{self.where()}, which ends:\n" + "\n".join(lines)
