"""Whatever people do on both sides, and wherever a pass dies, nothing is lost and it comes to rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.soaking import tries
from tests.sync.history import History
from tests.sync.world import World
from webapp.sdk.testing import MemoryDirectory

SIDES = st.sampled_from(["ours", "theirs"])
WHICH = st.integers(0, 5)
FIELDS = st.sampled_from(["last_name", "phone", "mobile"])
CUSTOMER_FIELDS = st.sampled_from(["website", "company_name"])
VALUES = st.sampled_from(["new", "new", "blank"])

pytestmark = pytest.mark.soak

ACTIONS = st.one_of(
    st.tuples(st.just("add"), SIDES),
    st.tuples(st.just("add_both")),
    st.tuples(st.just("edit"), SIDES, WHICH, FIELDS, VALUES),
    st.tuples(st.just("edit_customer"), SIDES, CUSTOMER_FIELDS, VALUES),
    st.tuples(st.just("rename"), SIDES),
    st.tuples(st.just("drop"), SIDES, WHICH),
    st.tuples(st.just("make_primary"), SIDES, WHICH),
    st.tuples(st.just("sync")),
    st.tuples(st.just("crash"), st.integers(0, 20)),
)


def play(world, actions):
    """Let a history happen and come to rest."""
    history = History(world)
    for name, *arguments in actions:
        getattr(history, name)(*arguments)
    history.settle()


@pytest.mark.parametrize("rule", ["ask", "portal", "provider"])
@settings(max_examples=tries(170, soak=15_000), deadline=None)
@given(actions=st.lists(ACTIONS, max_size=50))
def test_loses_nothing_and_comes_to_rest(rule, actions):
    play(World(rule=rule), actions)


@settings(max_examples=tries(80, soak=5_000), deadline=None)
@given(actions=st.lists(ACTIONS, max_size=50))
def test_does_so_with_a_provider_whose_listings_tell_less(actions):
    theirs = MemoryDirectory(
        prefix="their-", detail_only=frozenset({"billing_address", "website"}), parents_follow=True
    )
    play(World(theirs=theirs), actions)
