"""The scheduler: sweeps now and then, and waits for a database that is away."""

import math
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError

from webapp.worker import schedule


class Watch:
    """Counts sweeps and stops after some."""

    def __init__(self, stop, sweeps, fails=0):
        self.stop, self.left, self.fails, self.count = stop, sweeps, fails, 0

    def __call__(self, moment):
        self.count += 1
        self.left -= 1
        if self.left <= 0:
            self.stop.set()
        if self.count <= self.fails:
            raise OperationalError("SELECT 1", {}, Exception("away"))
        return 0


@pytest.mark.parametrize("fails", [0, 2])
def test_sweeps_until_told_to_stop_though_the_database_is_away(place, monkeypatch, fails):
    stop = Event()
    watch = Watch(stop, 3, fails)
    monkeypatch.setattr(schedule, "sweep", watch)
    schedule.sweep_until(stop, every=0.001)
    assert watch.count == 3


class Rest:
    """An event that is set at once, and tells how long it would have been waited for."""

    def wait(self, seconds):
        self.seconds = seconds
        return True


@pytest.mark.parametrize(
    ("poll_in", "took", "rest"),
    [(math.inf, 0, 5), (9, 0, 5), (2, 0, 2), (0.1, 0, 0.5), (2, 0.3, 3), (2, 9, 5)],
)
def test_rests_until_the_next_poll_but_far_longer_than_it_sweeps(place, monkeypatch, poll_in, took, rest):
    clock = iter((100.0, 100.0 + took))
    monkeypatch.setattr(schedule, "monotonic", lambda: next(clock))
    monkeypatch.setattr(schedule, "sweep", lambda moment: 0)
    monkeypatch.setattr(schedule, "seconds_to_next_poll", lambda moment: poll_in)
    stop = Rest()
    schedule.sweep_until(stop, every=5.0)
    assert stop.seconds == pytest.approx(rest)
