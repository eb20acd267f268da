"""Each error tells the portal what to do next, and people what happened."""

from __future__ import annotations

import pytest

from webapp.sdk import (
    AuthorizationDenied,
    AuthorizationLost,
    Fatal,
    Gone,
    HasTransactions,
    ProviderError,
    RateLimited,
    Rejected,
    RetryLater,
    Skip,
    Stale,
    Unavailable,
)

SAID = "Acme is closed today."
SORTS = {
    Fatal: (Fatal(SAID), AuthorizationLost(SAID), AuthorizationDenied(SAID)),
    RetryLater: (RetryLater(SAID), RateLimited(SAID, scope="minute"), Unavailable(SAID)),
    Skip: (Skip(SAID), Rejected(SAID), Stale(SAID), Gone(SAID), HasTransactions(SAID)),
}


@pytest.mark.parametrize(
    ("sort", "error"),
    [(sort, error) for sort, errors in SORTS.items() for error in errors],
    ids=lambda each: each.__name__ if isinstance(each, type) else type(each).__name__,
)
def test_each_error_is_of_one_sort_and_says_what_happened(sort: type[ProviderError], error: ProviderError):
    assert [each for each in SORTS if isinstance(error, each)] == [sort]
    assert isinstance(error, ProviderError)
    assert str(error) == SAID


def test_tells_how_long_to_wait_and_which_limit_was_hit():
    refused = RateLimited(SAID, scope="day", after=7.5)
    assert (refused.scope, refused.after) == ("day", 7.5)
    assert (RetryLater(SAID, after=3).after, Unavailable(SAID, after=4).after) == (3, 4)
    assert RetryLater(SAID).after is None


def test_a_write_is_taken_for_not_carried_out_unless_it_is_said_to_be_unknown():
    assert Unavailable(SAID).effect_unknown is False
    assert Unavailable(SAID, effect_unknown=True).effect_unknown is True


def test_names_the_field_at_fault_if_it_is_told():
    assert (Rejected(SAID, field="email").field, Rejected(SAID).field) == ("email", "")
    assert Rejected(SAID).reason == SAID
