"""A crash at any moment of a pass, and what is done afterwards, comes to the same as no crash."""

import random

import pytest

from tests.soaking import seeds
from tests.sync import deeds
from tests.sync.house import House
from tests.sync.mishaps import crash
from tests.sync.rules import Rule
from tests.sync.witness import Snapshot

DEEDS: tuple[Rule, ...] = (
    deeds.add,
    deeds.add_on_both,
    deeds.edit,
    deeds.edit_customer,
    deeds.make_primary,
    deeds.drop,
    deeds.drop_customer,
)
MOMENTS = 48

pytestmark = pytest.mark.soak


def outcome(seed: int, moment: int | None) -> tuple[Snapshot, Snapshot, int]:
    """Play a few deeds and a pass that dies at a moment, if one is given; return what both sides hold."""
    house, chance = House(), random.Random(seed)
    for _ in range(6):
        # Plain values: of one that a mapping changed it cannot be told whether it arrived.
        chance.choice(DEEDS)(house, chance.randrange(8), chance.randrange(8), 0)
    if moment is not None:
        crash(house, moment // 4, moment % 4, 0)
    house.settle()
    return house.witness.here(), house.witness.there(), len(house.tables.links)


@pytest.mark.parametrize("seed", seeds(3, soak=100))
def test_a_crash_at_any_moment_changes_nothing(seed):
    undisturbed = outcome(seed, None)
    for moment in range(MOMENTS):
        assert outcome(seed, moment) == undisturbed, f"after a crash at moment {moment}"
