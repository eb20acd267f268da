"""The demo as a person starts it: what it says, and that it leaves nothing running however it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from webapp.demo import sample
from webapp.demo.folder import DemoFolder
from webapp.demo.run import installation, practice_words

Start = Callable[..., subprocess.Popen[str]]


@dataclass(frozen=True, slots=True)
class Lives:
    """What was seen of a demo that was killed, and of the next one, which was stopped on request."""

    words: str
    health: int
    exit_code: int
    left_when_stopped: list[psutil.Process]
    names_there: list[str]
    left_when_killed: list[psutil.Process]
    keys: list[dict[str, str]]
    known_to_sandbox: dict[str, str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of these tests' demo."""
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.fixture(scope="module")
def start(folder: Path) -> Iterator[Start]:
    """Start the demo in its folder; what still runs at the end of the tests is killed."""
    started: list[subprocess.Popen[str]] = []
    servers = {"DATABASE_URL", "REDIS_URL", "TANDEM_DEMO_BOUND", "TANDEM_SANDBOX_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in servers}

    def start(*words: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "webapp.cli", "demo", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        own = {"TANDEM_DEMO_DIR": str(folder)}
        started.append(subprocess.Popen(command, env=environment | own | more, **pipes))
        return started[-1]

    yield start
    for demo in started:
        demo.kill()
        demo.communicate()


@pytest.fixture(scope="module")
def lives(folder: Path, start: Start) -> Lives:
    """A demo's two lives, seen once for all tests, since starting it takes long."""
    demo = start()
    words = words_until_ready(demo)
    keys = [DemoFolder(folder).keys()]
    health = requests.get(f"{address_in(words)}/healthz", timeout=10).status_code
    connect(environment_inside(demo))
    known_to_sandbox = environment_of(demo, "sandbox")
    family = psutil.Process(demo.pid).children(recursive=True)
    demo.send_signal(signal.SIGKILL)
    left_when_killed = alive_of(family)
    demo = start()
    words_until_ready(demo)
    keys.append(DemoFolder(folder).keys())
    names_there = names_after_renewing(environment_inside(demo))
    family = psutil.Process(demo.pid).children(recursive=True)
    demo.terminate()
    exit_code = demo.wait(timeout=60)
    left_when_stopped = alive_of(family)
    return Lives(
        words, health, exit_code, left_when_stopped, names_there, left_when_killed, keys, known_to_sandbox
    )


def test_says_where_it_is_and_who_may_log_in(lives: Lives):
    assert lives.health == 200
    assert len(re.findall(r"^  \S+@\S+ +\S+ +\S", lives.words, re.M)) == 5


def test_the_practice_zoho_is_told_nothing_of_the_portals(lives: Lives):
    assert "PATH" in lives.known_to_sandbox
    own = ("TANDEM_", "DATABASE_URL", "REDIS_URL")
    assert [name for name in lives.known_to_sandbox if name.startswith(own)] == []


def test_stops_on_request_and_leaves_nothing_running(lives: Lives):
    assert (lives.exit_code, lives.left_when_stopped) == (0, [])


def test_a_connection_to_the_practice_zoho_stays_good_over_a_restart(lives: Lives):
    assert lives.names_there == ["Leuchtturm Ahoi"]


def test_takes_everything_along_when_killed(lives: Lives):
    assert lives.left_when_killed == []


def test_starts_again_on_its_data_after_being_killed(lives: Lives):
    assert lives.keys[0] == lives.keys[1]


def test_a_small_system_that_is_named_stands_for_the_practice_zoho(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    url = "http://127.0.0.1:9000"
    monkeypatch.setenv("TANDEM_SANDBOX_URL", url)
    folder = DemoFolder(tmp_path)
    folder.open()
    assert installation(folder, {})["TANDEM_SANDBOX_URL"] == url
    assert practice_words(url) == f"The region Sandbox leads to {url}, as TANDEM_SANDBOX_URL says."
    assert not (tmp_path / "sandbox-port").exists()


def test_does_not_touch_a_database_of_somebody_else(start: Start, empty_database_url: str, tmp_path: Path):
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE invoices ()")
    addresses = {"DATABASE_URL": empty_database_url, "TANDEM_OWNER_DATABASE_URL": empty_database_url}
    demo = start(**addresses, TANDEM_DEMO_DIR=str(tmp_path))
    assert "name an empty database, or unset DATABASE_URL" in demo.communicate(timeout=60)[0]
    assert demo.returncode == 1


def words_until_ready(demo: subprocess.Popen[str]) -> str:
    """Return what a demo says until it runs."""
    words = ""
    while "Ctrl-C" not in words:
        line = demo.stdout.readline()
        assert line, f"the demo ended early: {words}"
        words += line
    return words


def address_in(words: str) -> str:
    """Return the address a demo has said."""
    return re.search(r"^Tandem is ready: (http://127\.0\.0\.1:\d+)$", words, re.M)[1]


def connect(environment: dict[str, str]) -> None:
    """Connect the demo's portal to the practice Zoho, after a customer was made there.

    The practice Zoho keeps what happened within about a second, and reading it takes longer.
    """
    url = environment["TANDEM_SANDBOX_URL"]
    edit = {"action": "create_contact", "fields": {"contact_name": "Leuchtturm Ahoi"}}
    assert requests.post(f"{url}/_sandbox/edit", json=edit, timeout=10).ok
    token = requests.post(f"{url}/_sandbox/token", timeout=10).json()
    tandem(environment, "connection", "add", "--provider", "books", "--region", "sandbox", *options(token))
    tandem(environment, "refresh")


def names_after_renewing(environment: dict[str, str]) -> list[str]:
    """Refresh with a token that has to be renewed first; return who of the sea is there."""
    url = environment["TANDEM_SANDBOX_URL"]
    assert requests.post(f"{url}/_sandbox/expire-all", timeout=10).ok
    tandem(environment, "refresh")
    shown = requests.get(f"{url}/_sandbox/state?search=Leuchtturm", timeout=10).json()
    return [each["name"] for each in shown["organizations"][0]["contacts"]]


def environment_inside(demo: subprocess.Popen[str]) -> dict[str, str]:
    """Return the environment that a demo gives to its processes."""
    family = psutil.Process(demo.pid).children(recursive=True)
    return next(each for each in (child.environ() for child in family) if "TANDEM_KEYS" in each)


def environment_of(demo: subprocess.Popen[str], word: str) -> dict[str, str]:
    """Return the environment of the one process of a demo that has a word in its command line."""
    family = psutil.Process(demo.pid).children(recursive=True)
    return next(each.environ() for each in family if word in each.cmdline())


def options(token: dict[str, str]) -> list[str]:
    """Return what connects with a token, as options."""
    names = ("client_id", "client_secret", "refresh_token")
    pairs = [(f"--{name.replace('_', '-')}", token[name]) for name in names]
    return [*chain(*pairs), "--organization", token["organization_id"]]


def tandem(environment: dict[str, str], *words: str) -> None:
    """Run a command for the demo's portal; it must succeed."""
    command = [sys.executable, "-m", "webapp.cli", *words, "--portal", sample.KEY]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def alive_of(family: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that do not end; who adopted a process may be slow to notice that it is dead."""
    left = psutil.wait_procs(family, timeout=10)[1]
    return [process for process in left if is_alive(process)]


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process still does something."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
