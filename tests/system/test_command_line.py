"""The command line, as a script uses it: a portal from nothing to its customers, without a browser."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.system.place import Place
from tests.system.whole import Tandem

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tandem: Tandem) -> Run:
    """Run a `tandem` command to its end."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "webapp.cli", *words]
        return subprocess.run(command, env=tandem.environment, capture_output=True, text=True, timeout=120)

    return run


def connect(tandem: Tandem, run: Run, key: str) -> str:
    """Connect a portal to the sandbox by a command; return what the command says."""
    token = tandem.practice.token()
    given = ["--client-id", token["client_id"], "--client-secret", token["client_secret"]]
    given += ["--refresh-token", token["refresh_token"], "--organization", token["organization_id"]]
    done = run("connection", "add", "--portal", key, "--provider", "books", "--region", "sandbox", *given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_brings_everyone_into_a_new_portal(tandem: Tandem, run: Run):
    key = f"c{secrets.token_hex(5)}"
    assert run("portal", "add", key, "Nordlicht Studio").returncode == 0
    assert "connected to Nordlicht Studio in Zoho Books" in connect(tandem, run, key)
    assert run("refresh", "--portal", key).returncode == 0
    done = run("import", "--portal", key, "--all", "--duplicates", "merge", "--json")
    active = [each for each in tandem.practice.customers().values() if each["status"] == "active"]
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["state"], summary["created"], summary["problems"]) == ("done", len(active), [])
    listed = json.loads(run("runs", "--portal", key, "--json").stdout)
    assert [(each["number"], each["state"], each["total"]) for each in listed] == [(1, "done", len(active))]


def test_says_how_many_failed_by_its_exit_code(tandem: Tandem, run: Run, place: Place):
    connection = place.connect()
    refused, fine = (tandem.practice.create(name) for name in ("Refused Harbour", "Fine Harbour"))
    place.refresh(connection)
    for name in ("Refused Harbour", "Fine Harbour"):
        place.add(name, website="https://harbour.example")
    words = "Please ensure that the website has less than 10 characters."
    tandem.practice.fault(
        path=f"/contacts/{refused}$", method="PUT", status=400, code=15, message=words, times=9
    )
    command = ("import", "--portal", place.key, "--duplicates", "merge", "--json", "--ids")
    some = run(*command, f"{refused},{fine}")
    assert some.returncode == 3, some.stdout + some.stderr
    assert [each["name"] for each in json.loads(some.stdout)["problems"]] == ["Refused Harbour"]
    assert run(*command, refused).returncode == 4


def test_an_import_that_cannot_begin_is_one_line_with_the_remedy(run: Run, place: Place):
    done = run("import", "--portal", place.key, "--all", "--duplicates", "clone")
    assert done.returncode == 1
    assert done.stderr.startswith("tandem: ")
    assert "tandem connection add" in done.stderr
    assert "Traceback" not in done.stderr
