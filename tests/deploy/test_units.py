"""The units, read by systemd itself: it knows each word of them, and they leave a process little to reach."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY

ANALYZE = shutil.which("systemd-analyze") or ""
UNITS = (
    *("tandem-web.service", "tandem-worker@push.service", "tandem-schedule.service"),
    *("tandem-doctor.service", "tandem-doctor.timer", "tandem.target"),
)
OF_SYSTEMD = ("sysinit", "basic", "shutdown", "network-online", "timers", "multi-user")
MOST_EXPOSED = 20
"""Tenths: systemd calls up to two of ten points OK, and a service that says nothing gets more than nine."""

pytestmark = pytest.mark.skipif(
    not ANALYZE, reason="there is no systemd-analyze here: apt-get install systemd"
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine that has the units and the program, and of systemd's own what they name."""
    shutil.copytree(DEPLOY / "systemd", tmp_path / "etc/systemd/system")
    program = tmp_path / "opt/tandem/bin/tandem"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    (tmp_path / "usr/lib/systemd/system").mkdir(parents=True)
    for name in OF_SYSTEMD:
        (tmp_path / f"usr/lib/systemd/system/{name}.target").write_text("[Unit]\nDescription=A target\n")
    return tmp_path


def analyze(machine: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd about what is on a machine; needs its version 250."""
    ran = subprocess.run([ANALYZE, f"--root={machine}", *words], capture_output=True, text=True, timeout=60)
    if "--root" in ran.stderr:
        pytest.skip("this systemd-analyze looks at no other machine: it is older than 250")
    return ran


def test_systemd_understands_every_unit(machine: Path):
    ran = analyze(machine, "verify", "--man=no", *UNITS)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_word_systemd_does_not_know_is_noticed(machine: Path):
    unit = machine / "etc/systemd/system/tandem-web.service"
    unit.write_text(unit.read_text("utf-8").replace("TimeoutStopSec=", "TimeoutStopSeconds="))
    assert "Unknown key 'TimeoutStopSeconds'" in analyze(machine, "verify", "--man=no", *UNITS).stderr


@pytest.mark.parametrize("unit", [name for name in UNITS if name.endswith(".service")])
def test_a_process_reaches_little_that_it_does_not_need(machine: Path, unit: str):
    ran = analyze(machine, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit)
    assert ran.returncode == 0, ran.stdout
