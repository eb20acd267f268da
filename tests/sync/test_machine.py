"""The machine: whatever people do and whatever goes wrong, nothing is lost, doubled or changed unseen."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.soaking import tries
from tests.sync.house import House
from tests.sync.rules import RULES

pytestmark = pytest.mark.soak

NUMBERS = st.integers(0, 7)


class Machine(RuleBasedStateMachine):
    """Two portals, each with its provider; what happens in one must not touch the other."""

    def __init__(self) -> None:
        super().__init__()
        self.houses = House(), House()

    def teardown(self) -> None:
        """Let both come to rest."""
        for house in self.houses:
            house.settle()


def _rule(name):
    @rule(which=st.integers(0, 1), a=NUMBERS, b=NUMBERS, c=NUMBERS)
    def happens(self, which, a, b, c):
        other = self.houses[1 - which].state()
        RULES[name](self.houses[which], a, b, c)
        assert self.houses[1 - which].state() == other, "one portal touched the other"

    return happens


for name in RULES:
    setattr(Machine, name, _rule(name))

TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=tries(500, soak=50_000), stateful_step_count=50, deadline=None)
