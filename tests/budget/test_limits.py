"""What the provider says is heeded: penalties, the day's calls, and what outlives a wiped Valkey."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.budget.clock import ShiftingClock
from webapp.budget import Budget, BudgetSpent, BudgetState, Limits
from webapp.sdk import Capabilities, RateLimited, RetryLater

KEY = "organization"
HOUR = 3600
LIMITS = Limits(calls_per_minute=90, calls_at_once=8, start=90)


def refusal(scope, after=None):
    return RateLimited("Refused.", scope=scope, after=after)


def call(budget, *, limits=LIMITS, timeout=0, interactive=False):
    with budget.take(KEY, limits=limits, timeout=timeout, interactive=interactive):
        pass


def pause(budget, **options):
    """Return for how long no call goes out."""
    with pytest.raises(BudgetSpent) as caught:
        call(budget, **options)
    return pytest.approx(caught.value.after, abs=1)


@pytest.mark.parametrize(
    ("scope", "after", "seconds"),
    [
        ("minute", None, 60),
        ("minute", 90, 90),
        ("concurrency", None, 2),
        ("block", None, HOUR),
        ("block", 1800, 1800),
        ("day", None, HOUR),
        ("day", 7200, 7200),
    ],
)
def test_stops_for_as_long_as_it_takes_for_everyone(budget, clock, scope, after, seconds):
    call(budget)
    budget.penalise(KEY, refusal(scope, after))
    assert pause(budget) == pause(budget, interactive=True) == seconds
    assert budget.state(KEY).reason == scope
    clock.sleep(seconds)
    call(budget, interactive=True)
    assert budget.state(KEY).paused_until is None


def test_a_shorter_pause_does_not_end_a_longer_one(budget):
    call(budget)
    budget.penalise(KEY, refusal("block", HOUR))
    budget.penalise(KEY, refusal("minute"))
    assert pause(budget) == HOUR
    assert budget.state(KEY).reason == "block"


def test_halves_the_ceiling_when_the_minute_was_too_full(budget):
    call(budget)
    budget.penalise(KEY, refusal("minute"))
    assert budget.state(KEY).ceiling == 45


def test_halves_the_ceiling_once_for_all_calls_that_were_under_way(budget):
    call(budget)
    for _ in range(5):
        budget.penalise(KEY, refusal("minute"))
    assert budget.state(KEY).ceiling == 45


def test_never_learns_a_ceiling_that_stands_still(budget, clock):
    call(budget)
    for _ in range(10):
        budget.penalise(KEY, refusal("minute"))
        clock.sleep(61)
    assert budget.state(KEY).ceiling == 10


def test_remembers_a_lower_ceiling_for_a_week_after_a_block(budget, clock):
    call(budget)
    budget.penalise(KEY, refusal("block"))
    clock.sleep(HOUR)
    minutes(budget, clock, 7)
    assert budget.state(KEY).ceiling == 67
    clock.sleep(7 * 24 * HOUR)
    minutes(budget, clock, 7)
    assert budget.state(KEY).ceiling == 90


def minutes(budget, clock, count):
    """Use the whole pace for so many minutes."""
    end = clock.shift + 61 * count
    while clock.shift < end:
        call(budget, timeout=61)


def test_narrows_the_calls_at_once_and_widens_them_with_clean_minutes(budget, clock):
    call(budget)
    budget.penalise(KEY, refusal("concurrency"))
    assert budget.state(KEY).calls_at_once == 4
    clock.sleep(2)
    minutes(budget, clock, 2)
    assert 4 < budget.state(KEY).calls_at_once <= 8


def test_a_day_that_is_over_stays_over_until_its_reset(budget, clock):
    call(budget)
    budget.saw(KEY, day_limit=1000, day_remaining=900, reset_seconds=5 * HOUR)
    budget.penalise(KEY, refusal("day"))
    assert pause(budget) == 5 * HOUR
    assert budget.state(KEY).calls_left_today == 0
    clock.sleep(5 * HOUR)
    call(budget)
    assert budget.state(KEY).calls_left_today == 999


def test_a_day_refused_without_a_known_limit_ends(budget, clock):
    call(budget)
    budget.penalise(KEY, refusal("day"))
    clock.sleep(HOUR)
    call(budget)
    assert budget.state(KEY).calls_left_today is None


def test_keeps_a_fifth_of_the_days_calls_for_people(budget):
    call(budget)
    budget.saw(KEY, day_limit=1000, day_remaining=201, reset_seconds=HOUR)
    call(budget)
    assert pause(budget) == HOUR
    call(budget, interactive=True)
    state = budget.state(KEY)
    assert (state.calls_left_today, state.kept_for_people) == (199, 200)
    assert state.bulk_resumes_at == state.day_resets_at


def test_lets_people_go_on_below_zero_since_the_cap_is_soft(budget):
    call(budget)
    budget.saw(KEY, day_limit=1000, day_remaining=-80, reset_seconds=HOUR)
    call(budget, interactive=True)
    assert budget.state(KEY).calls_left_today == -81


def test_counts_the_calls_between_two_answers(budget):
    call(budget)
    budget.saw(KEY, day_limit=1000, day_remaining=900, reset_seconds=HOUR)
    for _ in range(2):
        call(budget)
    assert budget.state(KEY).calls_left_today == 898


def test_an_answer_does_not_give_back_the_calls_still_under_way(budget):
    with budget.take(KEY, limits=LIMITS), budget.take(KEY, limits=LIMITS), budget.take(KEY, limits=LIMITS):
        budget.saw(KEY, day_limit=1000, day_remaining=900, reset_seconds=HOUR)
    assert budget.state(KEY).calls_left_today == 898


def test_counts_by_the_plan_where_the_provider_does_not_say(budget, clock):
    limits = replace(LIMITS, calls_per_day=10)
    for _ in range(8):
        call(budget, limits=limits, timeout=5)
    assert pause(budget, limits=limits) == pytest.approx(24 * HOUR - clock.shift, abs=1)
    clock.sleep(24 * HOUR)
    call(budget, limits=limits)
    assert budget.state(KEY).calls_left_today == 9


@pytest.mark.parametrize("interactive", [True, False])
def test_no_call_goes_out_without_valkey(interactive):
    with pytest.raises(RetryLater, match="cannot be asked") as caught:
        call(Budget.at("redis://127.0.0.1:1/0"), interactive=interactive)
    assert not isinstance(caught.value, RateLimited)


def test_telling_what_happened_never_fails():
    away = Budget.at("redis://127.0.0.1:1/0")
    away.saw(KEY, day_limit=1, day_remaining=1)
    away.penalise(KEY, refusal("block"))
    away.release(KEY, "1")


def test_keeps_every_penalty_and_takes_it_up_again_after_a_wipe(budget, valkey, memory):
    call(budget)
    budget.saw(KEY, day_limit=1000, day_remaining=900, reset_seconds=HOUR)
    budget.penalise(KEY, refusal("block"))
    before = budget.state(KEY)
    valkey.flushall()
    assert pause(budget) == HOUR
    after = budget.state(KEY)
    assert (
        (after.ceiling, after.top, after.reason)
        == (45, 67, "block")
        == (before.ceiling, before.top, before.reason)
    )
    assert after.calls_left_today == 900 and memory.loads == 2


def test_keeps_the_days_count_every_half_minute(budget, clock, memory):
    call(budget)
    budget.saw(KEY, day_limit=1000, day_remaining=900, reset_seconds=HOUR)
    call(budget)
    assert memory.states == {}
    clock.sleep(31)
    call(budget)
    assert memory.states[KEY].calls_left_today == 898


def test_a_wipe_gives_nobody_a_second_burst(budget, valkey):
    call(budget)
    budget.penalise(KEY, refusal("concurrency", after=0))
    valkey.flushall()
    call(budget)
    assert pause(budget) == pytest.approx(0.68, abs=0.1)


def test_asks_the_memory_once(budget, memory):
    for _ in range(3):
        call(budget)
    assert memory.loads == 1


def test_a_memory_that_fails_does_not_hide_how_a_call_went(valkey):
    class Broken:
        def load(self, key):
            return None

        def keep(self, key, state):
            raise OSError("gone")

    budget = Budget(valkey, memory=Broken(), clock=ShiftingClock(shift=HOUR))
    call(budget)
    budget.penalise(KEY, refusal("block"))
    assert budget.state(KEY).reason == "block"


def test_a_state_kept_earlier_does_not_overrule_what_valkey_knows(budget):
    call(budget)
    budget.seed(KEY, BudgetState(ceiling=1))
    assert budget.state(KEY).ceiling == 90


def test_shows_what_was_kept_when_valkey_cannot_be_asked(memory):
    memory.keep(KEY, BudgetState(calls_left_today=7))
    assert Budget.at("redis://127.0.0.1:1/0", memory=memory).state(KEY).calls_left_today == 7


def test_knows_nothing_of_an_organization_never_called(budget):
    assert budget.state(KEY) == BudgetState()


def test_a_state_survives_a_column_of_json():
    moment = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
    state = BudgetState(
        ceiling=45,
        top=67,
        top_until=moment + timedelta(days=7),
        calls_at_once=5,
        paused_until=moment,
        reason="block",
        day_limit=1000,
        calls_left_today=-80,
        day_resets_at=moment,
    )
    assert BudgetState.from_mapping(state.to_mapping()) == state
    assert BudgetState.from_mapping({"ceiling": 45, "of a later version": 1}) == BudgetState(ceiling=45)


def test_takes_the_lower_of_what_plugin_and_installation_allow():
    capabilities = Capabilities(calls_per_minute=60, calls_at_once=5)
    assert Limits.of(capabilities, setting=90).calls_per_minute == 60
    assert Limits.of(capabilities, setting=40).calls_per_minute == 40
    assert Limits.of(capabilities, setting=40, sandbox=True).calls_per_minute == 0
