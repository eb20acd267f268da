"""The demo as a person starts it: what it says, and that it leaves nothing running however it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from webapp.demo import sample
from webapp.demo.folder import DemoFolder

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the demo in the test's folder; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []
    servers = {"DATABASE_URL", "REDIS_URL", "TANDEM_DEMO_BOUND"}
    environment = {name: value for name, value in os.environ.items() if name not in servers}
    environment["TANDEM_DEMO_DIR"] = str(tmp_path / "demo")

    def start(*words: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "webapp.cli", "demo", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        started.append(subprocess.Popen(command, env=environment | more, **pipes))
        return started[-1]

    yield start
    for demo in started:
        demo.kill()
        demo.communicate()


def words_until_ready(demo: subprocess.Popen[str]) -> str:
    """Return what a demo says until it runs."""
    words = ""
    while "Ctrl-C" not in words:
        line = demo.stdout.readline()
        assert line, f"the demo ended early: {words}"
        words += line
    return words


def test_says_where_it_is_and_who_may_log_in_and_stops_on_request(start: Start):
    demo = start()
    words = words_until_ready(demo)
    address = re.search(r"^Tandem is ready: (http://127\.0\.0\.1:\d+)$", words, re.M)[1]
    family = psutil.Process(demo.pid).children(recursive=True)
    assert requests.get(f"{address}/healthz", timeout=10).status_code == 200
    assert len(re.findall(r"^  \S+@\S+ +\S+ +\S", words, re.M)) == 3
    demo.terminate()
    assert demo.wait(timeout=30) == 0
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_takes_everything_along_when_killed_and_starts_again_on_its_data(tmp_path: Path, start: Start):
    demo = start()
    words_until_ready(demo)
    keys = DemoFolder(tmp_path / "demo").keys()
    family = psutil.Process(demo.pid).children(recursive=True)
    demo.send_signal(signal.SIGKILL)
    left = [process for process in psutil.wait_procs(family, timeout=10)[1] if is_alive(process)]
    assert left == []
    words_until_ready(start())
    assert DemoFolder(tmp_path / "demo").keys() == keys


def test_a_connection_to_the_practice_zoho_stays_good_over_a_restart(start: Start):
    demo = start()
    words_until_ready(demo)
    environment = environment_inside(demo)
    url = environment["TANDEM_SANDBOX_URL"]
    token = requests.post(f"{url}/_sandbox/token", timeout=10).json()
    tandem(environment, "connection", "add", "--provider", "books", "--region", "sandbox", *options(token))
    tandem(environment, "refresh")
    edit = {"action": "create_contact", "fields": {"contact_name": "Leuchtturm Ahoi"}}
    assert requests.post(f"{url}/_sandbox/edit", json=edit, timeout=10).ok
    demo.terminate()
    assert demo.wait(timeout=30) == 0
    demo = start()
    words_until_ready(demo)
    environment = environment_inside(demo)
    url = environment["TANDEM_SANDBOX_URL"]
    assert requests.post(f"{url}/_sandbox/expire-all", timeout=10).ok
    tandem(environment, "refresh")
    shown = requests.get(f"{url}/_sandbox/state?search=Leuchtturm", timeout=10).json()
    assert [each["name"] for each in shown["organizations"][0]["contacts"]] == ["Leuchtturm Ahoi"]


def test_does_not_touch_a_database_of_somebody_else(start: Start, empty_database_url: str):
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE invoices ()")
    demo = start(DATABASE_URL=empty_database_url)
    assert "name an empty database, or unset DATABASE_URL" in demo.communicate(timeout=60)[0]
    assert demo.returncode == 1


def environment_inside(demo: subprocess.Popen[str]) -> dict[str, str]:
    """Return the environment that a demo gives to its processes."""
    family = psutil.Process(demo.pid).children(recursive=True)
    return next(each for each in (child.environ() for child in family) if "TANDEM_SANDBOX_URL" in each)


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


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process still does something; who adopted it may be slow to notice its end."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
