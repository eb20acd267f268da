"""The supervisor: what it starts is kept running, and ends with it however it ends."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from webapp.supervisor import Process, Supervisor, SupervisorError

# A process with a child of its own, which says both numbers and outlives a polite request.
STUBBORN_PARENT = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
SLEEPER = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
OWNER = """
import os, sys
from pathlib import Path
from webapp.supervisor import Process, Supervisor
logs, pids, code = sys.argv[1:]
supervisor = Supervisor(Path(logs))
supervisor.start(Process("sleeper", [sys.executable, "-c", code, pids], os.environ, Path(pids).exists))
print("started", flush=True)
supervisor.watch()
"""


@pytest.fixture
def said() -> list[str]:
    """What the supervisor said."""
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    """A supervisor that logs into the test's folder."""
    with Supervisor(tmp_path, say=said.append) as supervisor:
        yield supervisor


def python(name: str, code: str, path: Path) -> Process:
    """Return a process that runs `code` and is ready when it has written to `path`."""
    return Process(name, [sys.executable, "-c", code, str(path)], {}, lambda: numbers(path) != [])


def numbers(path: Path) -> list[int]:
    """Return the process numbers that were written so far."""
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def look_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    """Let the supervisor look again and again until `condition` holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        supervisor.look()


def test_starts_again_what_was_killed_and_says_so(tmp_path: Path, supervisor: Supervisor, said: list[str]):
    pids = tmp_path / "pids"
    supervisor.start(python("sleeper", SLEEPER, pids))
    psutil.Process(numbers(pids)[0]).kill()
    look_until(supervisor, lambda: len(numbers(pids)) == 2)
    assert said == [
        f"sleeper was ended by signal 9; it starts again in 0.5 s. Its log: {tmp_path}/sleeper.log"
    ]


def test_pauses_longer_each_time_a_process_ends_at_once(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
):
    supervisor.start(Process("hasty", [sys.executable, "-c", "raise SystemExit(3)"], {}))
    look_until(supervisor, lambda: len(said) == 3)
    pauses = [re.findall(r"again in (.*) s\.", text) for text in said]
    assert pauses == [["0.5"], ["1"], ["2"]]


def test_tells_the_last_words_of_what_does_not_start(tmp_path: Path, supervisor: Supervisor):
    with pytest.raises(SupervisorError, match=r"broken did not start.*broken\.log(.|\n)*no such thing"):
        supervisor.start(python("broken", "raise SystemExit('no such thing')", tmp_path / "never"))


def test_ends_the_stubborn_and_their_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("webapp.supervisor.GRACE", 0.2)
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(python("stubborn", STUBBORN_PARENT, tmp_path / "pids"))
        family = [psutil.Process(pid) for pid in numbers(tmp_path / "pids")]
    assert len(family) == 2
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_takes_its_processes_along_when_it_is_killed(tmp_path: Path):
    pids = tmp_path / "pids"
    command = [sys.executable, "-c", OWNER, str(tmp_path), str(pids), SLEEPER]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        owner.stdout.readline()
        sleeper = psutil.Process(numbers(pids)[0])
        owner.send_signal(signal.SIGKILL)
    sleeper.wait(timeout=5)
    assert not sleeper.is_running()


class Mortal:
    """A server that dies when told to."""

    def __init__(self) -> None:
        self.alive = True

    def revive(self) -> bool:
        """Live again."""
        died, self.alive = not self.alive, True
        return died


def test_a_server_that_died_is_revived(supervisor: Supervisor, said: list[str]):
    server = Mortal()
    supervisor.keep("valkey", server)
    supervisor.look()
    assert said == []
    server.alive = False
    look_until(supervisor, lambda: server.alive)
    assert said == ["valkey had ended; it starts again."]
