"""Watching a running Tandem: its logs, its metrics, and what the doctor says of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.system.pages import Page, Visitor
from tests.system.place import PASSWORD, Place
from tests.system.whole import Tandem


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """A run that a person confirmed on its page, and that wrote something at the provider."""

    tandem: Tandem
    place: Place
    run: uuid.UUID


@pytest.fixture(scope="module")
def carried_out(running_tandem: Tandem) -> CarriedOut:
    """One such run for all tests, which only look at what it left behind."""
    tandem, place = running_tandem, Place.new(running_tandem)
    tandem.begin(customers=20)
    tandem.forget_broken_looks()
    connection = place.connect()
    there = tandem.practice.create("Harbour")
    place.add("Harbour", website="https://harbour.example")
    place.refresh(connection)
    run = place.review(connection, there)
    confirm(place, f"/p/{place.key}/runs/{run}/review")
    assert place.await_end(run).counts["merged"] == 1
    return CarriedOut(tandem, place, run)


def confirm(place: Place, address: str) -> None:
    """Answer the one question of a review on its page, and import."""
    visitor = Visitor(place.tandem.url)
    visitor.press(visitor.open(f"/p/{place.key}/"), "Log in", email=place.email, password=PASSWORD)
    page = visitor.open(address)
    question = next(each.name for each in page.controls if each.name.startswith("answer-"))
    visitor.press(page, "Keep these answers", **{question: "merge"})

    def ready() -> Page | None:
        page = visitor.open(address)
        return page if "Nothing is missing" in page else None

    page = place.tandem.until(ready, what="the details of the merge") or page
    visitor.press(page, "Import")


def lines(tandem: Tandem, process: str, about: str) -> list[str]:
    """Return the lines of a process's log that are about something."""
    return [line for line in (tandem.logs / f"{process}.log").read_text().splitlines() if about in line]


def doctor(tandem: Tandem, *options: str) -> tuple[int, dict[str, Any]]:
    """Let the doctor look; return the exit code and what it found."""
    command = [sys.executable, "-m", "webapp.cli", "doctor", "--json", *options]
    done = subprocess.run(command, env=tandem.environment, capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout)


def test_one_import_can_be_followed_through_the_logs_of_all_processes(carried_out: CarriedOut):
    about = f" run={carried_out.run} "
    web, worker = (lines(carried_out.tandem, process, about) for process in ("web", "worker-bulk"))
    confirmed = [line for line in web if "event=run.confirmed" in line]
    assert len(confirmed) == 1
    assert re.search(r" request=[0-9a-f]{32} ", confirmed[0])
    assert any("event=request" in line and "method=POST" in line for line in web)
    assert len([line for line in worker if "event=run.done" in line]) == 1
    written = [line for line in worker if "event=outside.call" in line and "method=PUT" in line]
    assert len(written) == 1
    assert re.search(r" provider=books .* status=200 ms=\d+ outcome=answered$", written[0])


def test_every_line_of_every_log_names_its_event(carried_out: CarriedOut):
    for process in ("web", "worker-bulk", "worker-push", "schedule"):
        for line in lines(carried_out.tandem, process, ""):
            assert re.match(r"timestamp=\S+ level=\w+ event=\S+", line), line


def test_metrics_of_one_web_process_tell_of_all_processes(carried_out: CarriedOut):
    told = requests.get(f"{carried_out.tandem.url}/metrics", timeout=10).text
    for process in ('kind="worker",queue="push"', 'kind="worker",queue="bulk"', 'kind="schedule",queue=""'):
        # One that another test killed counts until it was missed for a while.
        assert re.search(rf"^tandem_processes{{{process}}} [1-9]", told, re.M), told
    assert 'tandem_outside_calls_total{method="PUT",provider="books",status="200"}' in told
    assert 'tandem_run_items_total{outcome="merged"}' in told
    assert "Harbour" not in told


def test_the_doctor_finds_a_running_tandem_well(carried_out: CarriedOut):
    code, told = doctor(carried_out.tandem, "--ask-providers")
    own = [each for each in told["findings"] if each["area"] != "connections"]
    own += [each for each in told["findings"] if each["subject"].startswith(f"{carried_out.place.key}: ")]
    bad = [each for each in own if each["level"] != "ok"]
    # The tests' database forgets what it may to be quick.
    assert [(each["area"], each["subject"]) for each in bad] == [("database", "durability")]
    assert code == ("ok", "warning", "fault").index(told["level"]) > 0
    assert own[-1]["says"].endswith("Its provider answers.")
