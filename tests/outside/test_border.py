"""What a plugin may raise passes the border; anything else is named with the plugin's name."""

from contextlib import suppress

import pytest

from tests.outside.accounts import KEY, make_account
from tests.outside.peer import answer, peer
from webapp.budget import BudgetSpent, Limits
from webapp.outside import PluginFault, border
from webapp.sdk import Gone, RateLimited, RetryLater, Unavailable


class FenceLost(Exception):
    """What a service raises when its lease is another's."""


def stop():
    raise FenceLost


@pytest.fixture
def other():
    with peer(answer()) as running:
        yield running


def test_lets_pass_what_a_plugin_may_raise():
    refusal = Gone("No such customer.")
    with pytest.raises(Gone) as caught, border("ledger"):
        raise refusal
    assert caught.value is refusal


def test_names_a_fault_with_plugin_kind_and_place_but_never_with_its_text():
    with pytest.raises(PluginFault) as caught, border("ledger"):
        {}["jane@example.com"]
    told = str(caught.value)
    assert "The plugin ledger failed: KeyError in tests.outside.test_border, line" in told
    assert "jane" not in told and caught.value.__suppress_context__


@pytest.mark.parametrize("writes", [True, False])
def test_after_a_fault_in_a_write_the_effect_is_unknown(writes):
    with pytest.raises(Unavailable) as caught, border("ledger", writes=writes):
        raise TypeError
    assert caught.value.effect_unknown == writes


def test_tells_the_budget_what_the_provider_refused(budget, other):
    account = make_account(budget, other)
    with pytest.raises(RateLimited), border("ledger", account):
        raise RateLimited("Blocked for an hour.", scope="block", after=3600)
    assert budget.state(KEY).reason == "block"


def test_takes_the_budgets_own_refusal_for_no_penalty(budget, other):
    limits = Limits(calls_per_minute=0, calls_at_once=1)
    account = make_account(budget, other, limits=limits)
    with budget.take(KEY, limits=limits), pytest.raises(BudgetSpent), border("ledger", account):
        account.call("GET", f"{other.origin}/x")
    assert budget.state(KEY).reason == ""


def test_raises_what_stopped_the_account_even_if_the_plugin_swallowed_it(budget, other):
    account = make_account(budget, other, before_call=stop)
    with pytest.raises(FenceLost), border("ledger", account), suppress(Exception):
        account.call("GET", f"{other.origin}/x")


def test_raises_what_stopped_the_account_even_if_the_plugin_renamed_it(budget, other):
    account = make_account(budget, other, before_call=stop)
    with pytest.raises(FenceLost), border("ledger", account):
        try:
            account.call("GET", f"{other.origin}/x")
        except FenceLost as error:
            raise RetryLater("Something went wrong.") from error
