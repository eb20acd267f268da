"""The sandbox as a command."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests
from click.testing import CliRunner

from sandbox.command import sandbox_command

ROOT = Path(__file__).resolve().parents[2]


def test_says_where_it_is_and_stops_on_a_signal() -> None:
    command = [sys.executable, "-m", "sandbox", "--customers", "5", "--seed", "3", "--calls-per-minute", "9"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Sandbox is ready: http://127.0.0.1:")
            url = line.removeprefix("Sandbox is ready: ").strip()
            state = requests.get(f"{url}/_sandbox/state?records=no", timeout=10).json()
            assert state["organizations"][0]["customers"] == 5
            assert state["settings"]["calls_per_minute"] == 9
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()


def test_a_taken_port_is_answered_with_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(sandbox_command, ["--port", port, "--customers", "0"])
    assert result.exit_code == 1
    assert f"Cannot listen on 127.0.0.1, port {port}. Choose another --port" in result.output


def test_refuses_what_cannot_be() -> None:
    result = CliRunner().invoke(sandbox_command, ["--customers", "-3"])
    assert result.exit_code == 2
