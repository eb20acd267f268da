"""What a sandbox keeps in a file outlives it, however it ends."""

from __future__ import annotations

import gzip
import json
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from sandbox.command import sandbox_command
from sandbox.keeping import InUse, Keeper
from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from sandbox.settings import Settings
from sandbox.state import State
from tests.sandbox.conftest import Clock, Zoho
from tests.system.waiting import until

ROOT = Path(__file__).resolve().parents[2]
OFTEN = 0.02


class Life:
    """One life of a kept sandbox after another: `with life() as zoho` is a start and a stop."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.said: list[str] = []
        self.token: dict[str, Any] = {}

    @contextmanager
    def __call__(self, customers: int = 12, **settings: Any) -> Iterator[Zoho]:
        state = State(Sample(1, customers), Settings().changed(settings), self.clock)
        with Keeper(state, self.path, say=self.said.append, save_every=OFTEN), SandboxServer(state) as server:
            zoho = Zoho(server.url)
            if self.token:
                zoho.token = self.token
                zoho.session.headers["Authorization"] = f"Zoho-oauthtoken {self.token['access_token']}"
            self.token = zoho.token
            yield zoho

    def moved_aside(self) -> list[str]:
        """Return the names of what was moved aside."""
        return sorted(each.name for each in self.path.parent.glob(f"{self.path.name}.*"))


@pytest.fixture
def life(tmp_path: Path, clock: Clock) -> Life:
    """Return the lives of a sandbox that is kept in the test's folder."""
    return Life(tmp_path / "zoho.gz", clock)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Return a function that runs the command, kept, and returns the process and its address."""
    running: list[subprocess.Popen[str]] = []

    def begin() -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "sandbox", "--customers", "5", "--keep", str(tmp_path / "zoho.gz")]
        running.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout is not None
        line = running[-1].stdout.readline()
        return running[-1], line.removeprefix("Sandbox is ready: ").strip()

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def everything(zoho: Zoho) -> Any:
    """Return all records of all organizations, with the settings."""
    shown = zoho.control("GET", "state").json()
    return shown["organizations"], shown["settings"]


def refreshed(url: str, token: dict[str, Any]) -> Any:
    """Ask for an access token with the refresh token that was handed out before."""
    form = {name: token[name] for name in ("client_id", "client_secret", "refresh_token")}
    return requests.post(
        f"{url}/oauth/v2/token", data={"grant_type": "refresh_token", **form}, timeout=10
    ).json()


def edit(url: str, action: str, **order: Any) -> None:
    """Edit as someone at Zoho would."""
    assert requests.post(f"{url}/_sandbox/edit", json={"action": action, **order}, timeout=10).ok


def names(url: str) -> set[str]:
    """Return the names of the main organization's contacts."""
    shown = requests.get(f"{url}/_sandbox/state", timeout=10).json()
    return {contact["name"] for contact in shown["organizations"][0]["contacts"]}


def test_goes_on_with_every_record_as_it_was(life: Life) -> None:
    with life() as zoho:
        first, second, third, fourth = zoho.contacts(sort_column="created_time")[:4]
        zoho.edit("update_contact", contact_id=first["contact_id"], fields={"notes": "line\u2028\r\n\0 ✓"})
        zoho.edit("delete_contact", contact_id=second["contact_id"])
        zoho.edit("merge_contact", contact_id=third["contact_id"], into_contact_id=fourth["contact_id"])
        made = zoho.create("Acme", contact_persons=[{"first_name": "Ann"}, {"first_name": "Bo"}])
        zoho.call("POST", f"/contacts/{made['contact_id']}/address", json={"city": "Kiel"})
        zoho.edit("set_status", contact_id=made["contact_id"], status="inactive")
        before = everything(zoho)
        history = zoho.get(f"/contacts/{made['contact_id']}/comments")
    with life() as zoho:
        assert everything(zoho) == before
        assert zoho.get(f"/contacts/{made['contact_id']}/comments") == history
    assert life.said == []


def test_tokens_stay_good(life: Life) -> None:
    with life() as zoho:
        token = zoho.token
    with life() as zoho:
        assert zoho.call("GET", "/contacts").status_code == 200
        assert "access_token" in refreshed(zoho.url, token)


def test_tokens_that_were_ended_stay_ended(life: Life) -> None:
    with life() as zoho:
        zoho.control("POST", "revoke-all")
    with life() as zoho:
        assert zoho.refusal("GET", "/contacts")[1] == 14
        assert refreshed(zoho.url, life.token) == {"error": "invalid_code"}


def test_a_registered_app_stays_registered(life: Life) -> None:
    with life() as zoho:
        zoho.control("POST", "token", json={"client_id": "1000.OWN", "client_secret": "own"})
    with life() as zoho:
        assert zoho.control("POST", "token", json={"client_id": "1000.OWN"}).json()["client_secret"] == "own"


def test_never_gives_an_id_twice(life: Life) -> None:
    with life() as zoho:
        made = zoho.create("Acme")["contact_id"]
        zoho.edit("delete_contact", contact_id=made)
    with life() as zoho:
        assert int(zoho.create("Acme")["contact_id"]) > int(made)


def test_keeps_what_was_switched_and_takes_the_rest_from_the_options(life: Life) -> None:
    with life(latency_ms=1) as zoho:
        zoho.settings(org_wide_persons=False, bumping_person_writes=["create"])
    with life(latency_ms=2) as zoho:
        settings = zoho.control("GET", "settings").json()
    kept = settings["org_wide_persons"], settings["bumping_person_writes"], settings["latency_ms"]
    assert kept == (False, ["create"], 2)


def test_keeps_its_clock_and_the_count_of_the_day(life: Life) -> None:
    with life() as zoho:
        zoho.control("POST", "clock", json={"advance": 60.0})
        left = zoho.call("GET", "/contacts").headers["x-rate-limit-remaining"]
    with life() as zoho:
        assert zoho.control("GET", "state").json()["now"] == life.clock() + 60
        assert int(zoho.call("GET", "/contacts").headers["x-rate-limit-remaining"]) == int(left) - 1


def test_keeps_the_time_zone_an_organization_moved_to(life: Life) -> None:
    with life() as zoho:
        zoho.edit("set_time_zone", time_zone="Asia/Tokyo")
    with life() as zoho:
        assert zoho.create("Acme")["created_time"].endswith("+0900")


def test_faults_and_the_log_end_with_the_sandbox(life: Life) -> None:
    with life() as zoho:
        zoho.contacts()
        zoho.fault(status=500, times=9)
    with life() as zoho:
        assert (zoho.log(), zoho.control("GET", "faults").json()) == ([], [])


def test_an_emptied_list_stays_empty(life: Life) -> None:
    with life() as zoho:
        zoho.edit("delete_all_contacts")
    with life() as zoho:
        assert zoho.contacts() == []


def test_a_reset_starts_over_for_good(life: Life) -> None:
    with life() as zoho:
        before = everything(zoho)
        zoho.create("Acme")
        zoho.settings(latency_ms=1)
        zoho.control("POST", "reset")
    with life() as zoho:
        assert everything(zoho) == before


def test_a_reset_to_other_sample_data_outlives_a_restart(life: Life) -> None:
    with life() as zoho:
        zoho.control("POST", "reset", json={"customers": 3})
        before = everything(zoho)
    for _ in range(2):
        with life() as zoho:
            assert everything(zoho) == before
    assert life.said == []


def test_sample_data_of_a_newer_program_does_not_mix_with_what_was_kept(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    with life() as zoho:
        before = everything(zoho)
    monkeypatch.setattr("sandbox.sample.filling.CURATED", ())
    with life() as zoho:
        assert everything(zoho) == before


def test_saves_only_when_something_changed(life: Life, clock: Clock) -> None:
    state = State(Sample(1, 3), clock=clock)
    with Keeper(state, life.path, save_every=60) as keeper:
        first = life.path.stat()
        keeper.save()
        assert life.path.stat().st_ino == first.st_ino
        state.tokens.register("1000.NEW", "secret")
        keeper.save()
        assert life.path.stat().st_ino != first.st_ino


def test_what_was_saved_before_a_failure_stays_and_the_next_save_makes_up_for_it(
    life: Life, tmp_path: Path, clock: Clock
) -> None:
    state = State(Sample(1, 3), clock=clock)
    with Keeper(state, life.path, save_every=60) as keeper:
        kept = life.path.read_bytes()
        in_the_way = tmp_path / "zoho.gz.new"
        in_the_way.mkdir()
        state.tokens.register("1000.NEW", "secret")
        with pytest.raises(OSError, match="directory"):
            keeper.save()
        assert life.path.read_bytes() == kept
        in_the_way.rmdir()
        keeper.save()
    again = State(Sample(1, 3), clock=clock)
    with Keeper(again, life.path):
        assert "1000.NEW" in again.tokens.clients


def test_nobody_else_may_read_the_tokens(life: Life) -> None:
    with life():
        assert stat.S_IMODE(life.path.stat().st_mode) == 0o600


def spoil(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change a kept file."""
    path.write_bytes(change(path.read_bytes()))


def with_version_2(kept: bytes) -> bytes:
    """Return a kept file as another version would have written it."""
    head, _, rest = gzip.decompress(kept).partition(b"\n")
    return gzip.compress(json.dumps({**json.loads(head), "version": 2}).encode() + b"\n" + rest)


def without_the_end(kept: bytes) -> bytes:
    """Return a kept file that ends before its last line."""
    return gzip.compress(b"".join(gzip.decompress(kept).splitlines(keepends=True)[:-1]))


def of_a_stranger(kept: bytes) -> bytes:
    """Return a kept file with a contact that has a field nobody knows."""
    return gzip.compress(gzip.decompress(kept).replace(b'"name":', b'"nickname":'))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda kept: kept[: len(kept) // 2], "is damaged"),
        (lambda kept: kept[:900] + b"\0\0\0\0" + kept[904:], "is damaged"),
        (lambda kept: b"no archive at all", "is damaged"),
        (lambda kept: b"", "is no sandbox's file"),
        (lambda kept: gzip.compress(b"[1, 2]\n"), "is no sandbox's file"),
        (without_the_end, "is cut off"),
        (of_a_stranger, "is damaged"),
        (with_version_2, "was kept by another version of the sandbox (2, this is 1)"),
    ],
)
def test_a_file_that_cannot_be_used_is_moved_aside(
    life: Life, change: Callable[[bytes], bytes], reason: str
) -> None:
    with life() as zoho:
        zoho.create("Acme")
    spoil(life.path, change)
    with life() as zoho:
        assert "Acme" not in names(zoho.url)
        assert len(names(zoho.url)) == 12
    assert life.said == [f"{life.path} {reason}. It is zoho.gz.1 now, and the sandbox starts anew."]
    assert life.moved_aside() == ["zoho.gz.1"]


def test_data_of_other_options_are_moved_aside_and_never_overwritten(life: Life) -> None:
    for customers in (12, 3, 12):
        with life(customers=customers) as zoho:
            assert len(names(zoho.url)) == customers
    assert "was kept for other sample data (--seed 1 --customers 12 " in life.said[0]
    assert life.moved_aside() == ["zoho.gz.1", "zoho.gz.2"]


def test_two_sandboxes_cannot_keep_the_same_file(life: Life) -> None:
    with life() as zoho:
        zoho.create("Acme")
        with pytest.raises(InUse), Keeper(State(Sample(1, 12)), life.path):
            pass
    with life() as zoho:
        assert "Acme" in names(zoho.url)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_loses_nothing(run: Callable[..., tuple[subprocess.Popen[str], str]], end: int) -> None:
    process, url = run()
    token = requests.post(f"{url}/_sandbox/token", timeout=10).json()
    edit(url, "create_contact", fields={"contact_name": "Acme"})
    process.send_signal(end)
    assert process.wait(timeout=10) == 0
    _, url = run()
    assert "Acme" in names(url)
    assert "access_token" in refreshed(url, token)


def test_killed_it_goes_on_from_the_latest_save(
    run: Callable[..., tuple[subprocess.Popen[str], str]], tmp_path: Path
) -> None:
    process, url = run()
    before = (tmp_path / "zoho.gz").stat().st_ino
    edit(url, "create_contact", fields={"contact_name": "Acme"})
    until(lambda: (tmp_path / "zoho.gz").stat().st_ino != before, within=10, what="a save")
    process.kill()
    process.wait(timeout=10)
    _, url = run()
    assert "Acme" in names(url)


def test_says_at_once_that_it_may_not_write_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        sandbox_command, ["--customers", "0", "--keep", str(tmp_path / "no" / "file")]
    )
    assert result.exit_code == 1
    assert "Name a file you may write with --keep" in result.output


def test_a_webhook_is_kept_and_what_was_there_before_is_not_told_anew(life: Life):
    secret = "k" * 40
    with life() as zoho:
        zoho.control("POST", "webhook", json={"url": f"{zoho.url}/nobody", "secret": secret})
    with life() as zoho:
        kept = zoho.control("GET", "webhook").json()
        assert kept["webhook"]["secret"] == secret
        zoho.create("Acme")
        assert [each["about"] for each in zoho.control("GET", "webhook").json()["sent"]] == ["Acme"]
