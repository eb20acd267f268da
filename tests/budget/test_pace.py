"""How many calls go out in a minute, and who goes first."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from tests.budget.measure import most_in_a_minute
from webapp.budget import Budget, BudgetSpent, Limits
from webapp.sdk import RateLimited

KEY = "organization"
HOUR = 3600
BULK = Limits(calls_per_minute=90, calls_at_once=5, start=90)


def spend(budget, clock, seconds, *, limits=BULK, key=KEY):
    """Make calls one after the other for so long; return when each was made."""
    made = []
    end = clock.now() + seconds
    while clock.now() < end:
        with budget.take(key, limits=limits, timeout=HOUR):
            made.append(clock.now())
    return made


def test_uses_nearly_all_of_the_ceiling(budget, clock):
    made = spend(budget, clock, 600)
    assert len(made) >= 0.97 * 90 * 10


@pytest.mark.parametrize("seed", range(3))
def test_no_minute_at_the_provider_sees_more_than_the_ceiling(budget, clock, seed):
    chance = random.Random(seed)
    arrivals = [moment + chance.random() for moment in spend(budget, clock, 300)]
    assert most_in_a_minute(arrivals) <= 90


def test_goes_smoothly_after_a_burst_of_three(budget, clock):
    made = spend(budget, clock, 30)
    gaps = [later - earlier for earlier, later in pairwise(made[3:])]
    assert max(gaps) < 1 and min(gaps) > 0.4


def test_lets_one_edit_of_three_calls_pass_at_once_after_a_pause(budget, clock):
    spend(budget, clock, 5)
    clock.sleep(60)
    before = clock.shift
    for _ in range(3):
        budget.take(KEY, limits=BULK, interactive=True).__exit__(None, None, None)
    assert clock.shift == before


def test_a_pause_saves_up_no_calls(budget, clock):
    spend(budget, clock, 5)
    clock.sleep(HOUR)
    assert most_in_a_minute(spend(budget, clock, 120)) <= 90


def test_sets_no_pace_for_a_sandbox(budget, clock):
    limits = Limits(calls_per_minute=0, calls_at_once=5)
    for _ in range(500):
        budget.take(KEY, limits=limits, timeout=0).__exit__(None, None, None)
    assert clock.shift == 0


def test_organizations_do_not_share(budget, clock):
    spend(budget, clock, 5, key="one")
    with budget.take("other", limits=BULK, timeout=0):
        pass


def test_starts_slowly_and_grows_by_five_with_each_clean_minute(budget, clock):
    limits = Limits(calls_per_minute=90, calls_at_once=5)
    made = spend(budget, clock, 5 * 62, limits=limits)
    assert budget.state(KEY).ceiling == 30 + 5 * 5
    assert most_in_a_minute(made[:31]) <= 30


def test_does_not_grow_beyond_the_setting(budget, clock):
    spend(budget, clock, 15 * 62, limits=Limits(calls_per_minute=45, calls_at_once=5))
    assert budget.state(KEY).ceiling == 45


def test_does_not_grow_while_the_pace_is_not_tried(budget, clock):
    limits = Limits(calls_per_minute=90, calls_at_once=5)
    for _ in range(20):
        with budget.take(KEY, limits=limits):
            clock.sleep(60)
    assert budget.state(KEY).ceiling == 30


def test_a_lower_setting_counts_at_once(budget, clock):
    spend(budget, clock, 60)
    spend(budget, clock, 62, limits=Limits(calls_per_minute=20, calls_at_once=5))
    made = spend(budget, clock, 120, limits=Limits(calls_per_minute=20, calls_at_once=5))
    assert most_in_a_minute(made) <= 20


def test_says_at_once_that_waiting_is_in_vain(budget, clock):
    budget.penalise(KEY, RateLimited("Blocked.", scope="block", after=HOUR))
    with pytest.raises(BudgetSpent) as caught:
        budget.take(KEY, limits=BULK, timeout=60)
    assert (caught.value.scope, clock.shift) == ("block", 0)
    assert caught.value.after == pytest.approx(HOUR, abs=1)


def test_no_more_calls_are_under_way_than_allowed(budget, clock):
    permits = [budget.take(KEY, limits=BULK, timeout=60) for _ in range(5)]
    with pytest.raises(BudgetSpent) as caught:
        budget.take(KEY, limits=BULK, interactive=True, timeout=10)
    assert caught.value.scope == "concurrency"
    permits[0].__exit__(None, None, None)
    with budget.take(KEY, limits=BULK, timeout=60):
        pass


def test_a_place_whose_worker_died_is_free_after_twenty_seconds(budget, clock):
    for _ in range(5):
        budget.take(KEY, limits=BULK, timeout=60)
    clock.sleep(20)
    with budget.take(KEY, limits=BULK, timeout=5):
        pass


def test_eight_who_ask_at_the_same_time_share_one_budget(clean_redis_url):
    limits = Limits(calls_per_minute=6000, calls_at_once=3, start=6000)
    under_way, most, made, guard = 0, 0, [], threading.Lock()
    started = time.monotonic()

    def work(number):
        nonlocal under_way, most
        budget = Budget.at(clean_redis_url)
        while time.monotonic() < started + 1:
            with budget.take(KEY, limits=limits):
                with guard:
                    under_way += 1
                    most = max(most, under_way)
                    made.append(time.monotonic() - started)
                with guard:
                    under_way -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert most <= 3
    assert len(made) <= 3 + max(made) * 6000 / 61.2 + 1
