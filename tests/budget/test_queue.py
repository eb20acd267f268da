"""Many who ask at the same time: none is passed over, people go first, and the dead hold nobody up."""

import random
from contextlib import suppress

import pytest
import redis

from tests.budget.clock import Simulation
from tests.budget.measure import most_in_a_minute
from webapp.budget import Budget, BudgetSpent, Limits

KEY = "organization"
FAST = Limits(calls_per_minute=90, calls_at_once=10, start=90)
SLOW = Limits(calls_per_minute=10, calls_at_once=5, start=10)


class Office:
    """Workers of one organization; `made` tells who called when, `arrivals` when the provider saw it."""

    def __init__(self, valkey: redis.Redis) -> None:
        self.time = Simulation()
        self.made: list[tuple[str, float]] = []
        self.arrivals: list[float] = []
        self._chance = random.Random(1)
        self._budget = Budget(valkey, clock=self.time)

    def start(self, name, *, at=0.0, limits=SLOW, interactive=False, calls=1, timeout=60.0, lasting=0.15):
        """Let a worker make calls that take a while, one after the other."""

        def work():
            for _ in range(calls):
                with self._budget.take(KEY, limits=limits, interactive=interactive, timeout=timeout):
                    self.made.append((name, self.time.shift))
                    self.arrivals.append(self.time.now() + self._chance.random())
                    self.time.sleep(lasting)

        self.time.start(work, at=at)

    def names(self):
        return [name for name, _ in self.made]


@pytest.fixture
def office(valkey):
    return Office(valkey)


@pytest.fixture
def busy_office(office):
    """An office that has spent its burst: one call each 6 seconds is left."""
    for number in range(3):
        office.start(f"early {number}")
    office.time.run(1)
    office.made.clear()
    return office


def test_eight_workers_use_nearly_all_of_the_ceiling_and_never_more(office):
    for number in range(8):
        office.start(str(number), limits=FAST, calls=200, timeout=30, at=number / 10)
    office.time.run(600)
    assert len(office.made) >= 0.97 * 90 * 10
    assert most_in_a_minute(office.arrivals) <= 90


def test_each_of_eight_workers_gets_its_share(office):
    for number in range(8):
        office.start(str(number), limits=FAST, calls=200, timeout=30)
    office.time.run(300)
    shares = [office.names().count(str(number)) for number in range(8)]
    assert max(shares) - min(shares) <= 2


def test_serves_in_the_order_of_coming(busy_office):
    order = [str(number) for number in range(6)]
    for number, name in enumerate(order):
        busy_office.start(name, at=2 + number / 10)
    busy_office.time.run(60)
    assert busy_office.names() == order


def test_a_person_goes_before_bulk_work_that_came_earlier(busy_office):
    for number in range(4):
        busy_office.start(f"bulk {number}", at=2)
    busy_office.start("person", at=3, interactive=True)
    busy_office.time.run(60)
    assert busy_office.names()[0] == "person" and len(busy_office.made) == 5


def test_calls_come_one_by_one_at_the_pace(busy_office):
    for number in range(4):
        busy_office.start(str(number), at=2)
    busy_office.time.run(60)
    moments = [moment for _, moment in busy_office.made]
    assert [round(later - moments[0]) for later in moments] == [0, 6, 12, 18]


def test_one_who_died_waiting_holds_the_others_up_for_half_a_second(office, valkey):
    limits = Limits(calls_per_minute=0, calls_at_once=1)

    def die():
        with suppress(Death):
            Budget(valkey, clock=Dying(office.time)).take(KEY, limits=limits, timeout=60)

    office.start("long", limits=limits, lasting=1.0)
    office.time.start(die, at=0.9)
    office.start("alive", limits=limits, at=0.95)
    office.time.run(30)
    assert office.names() == ["long", "alive"]
    assert office.made[-1][1] < 1.6


class Death(Exception):
    """The end of a worker."""


class Dying:
    """The clock of a worker that dies as soon as it waits."""

    def __init__(self, time):
        self.now = time.now

    def sleep(self, seconds):
        raise Death


def test_one_who_gives_up_holds_nobody_up(busy_office, valkey):
    def give_up():
        with pytest.raises(BudgetSpent):
            Budget(valkey, clock=busy_office.time).take(KEY, limits=SLOW, timeout=1)

    busy_office.time.start(give_up, at=2)
    busy_office.start("patient", at=3)
    busy_office.time.run(7)
    assert busy_office.names() == ["patient"]


def test_those_who_wait_for_a_call_to_end_are_served_in_order(office):
    limits = Limits(calls_per_minute=0, calls_at_once=1)
    for number in range(5):
        office.start(str(number), limits=limits, at=number / 100, lasting=1.0)
    office.time.run(20)
    assert office.names() == list("01234")
    assert office.made[-1][1] < 5
