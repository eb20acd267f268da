"""The processes that run until stopped: what they write is lines, whoever writes them."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading

from gunicorn.config import Config

from webapp import logs
from webapp.cli.processes import ServerLog


def test_what_gunicorn_says_is_one_line_without_anybodys_search(capsys):
    logs.configure()
    logs.begin()
    server = ServerLog(Config())
    try:
        raise RuntimeError("broken\npipe")
    except RuntimeError:
        server.exception("Error handling request %s", "/p/nordlicht/client-users/?q=anna@harbour.example")
    finally:
        logging.getLogger("gunicorn.error").propagate = False
    [line] = capsys.readouterr().err.splitlines()
    assert "event=library logger=gunicorn.error" in line
    assert "/p/nordlicht/client-users/" in line
    assert "anna" not in line


def test_a_thread_that_crashes_is_one_line(capsys):
    logs.configure()
    kept = sys.excepthook, threading.excepthook
    logs.take_over_crashes()
    try:
        thread = threading.Thread(target=lambda: 1 / 0, name="lease-7")
        thread.start()
        thread.join()
    finally:
        sys.excepthook, threading.excepthook = kept
    [line] = capsys.readouterr().err.splitlines()
    assert "event=thread.crashed thread=lease-7" in line
    assert "ZeroDivisionError" in line


def test_a_process_that_crashes_ends_with_one_line_and_a_code():
    words = "from webapp import logs; logs.configure('json'); logs.take_over_crashes(); 1 / 0"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert '"event": "process.crashed"' in line and "ZeroDivisionError" in line


def test_a_command_that_ends_shows_a_person_only_warnings_unless_a_level_is_set(run, environment, connected):
    words = ("doctor", "--ask-providers")
    assert "level=info" not in run(*words).stderr
    environment["TANDEM_LOG_LEVEL"] = "info"
    assert "event=outside.call" in run(*words).stderr
