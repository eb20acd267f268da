"""The scheduler: sweeps now and then, and waits for a database that is away."""

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
