"""Whoever checks a plugin waits for a test so long and no longer."""

from __future__ import annotations

import threading
from threading import Event, Timer

import pytest

from webapp.workshop.patience import Patience


def test_what_does_not_end_is_named_before_the_check_is_ended(capfd: pytest.CaptureFixture[str]):
    order: list[object] = []
    ended = Event()

    def leave(code: int) -> None:
        order.append(code)
        ended.set()

    patience = Patience(0.01, leave=leave)
    patience.before_end = lambda: order.append("credentials are handed back")
    patience.begin("keeps every field of a customer")
    assert ended.wait(60)
    assert order == ["credentials are handed back", 1]
    [promise, reason] = capfd.readouterr().out.splitlines()
    assert promise == "  ✗ keeps every field of a customer"
    assert "within 0.01 seconds" in reason
    assert "--patience" in reason


def test_what_came_to_its_end_is_waited_for_no_longer():
    patience = Patience(3600)
    with patience.during("one test"):
        patience.begin("another")
    watching = [
        each for each in threading.enumerate() if isinstance(each, Timer) and not each.finished.is_set()
    ]
    assert watching == []
