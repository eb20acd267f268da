"""All rules of the machine by name, and how a history of chance is played by them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from tests.sync import decisions, deeds, mishaps
from tests.sync.house import House

Rule = Callable[[House, int, int, int], None]

RULES: Mapping[str, Rule] = {
    act.__name__: act
    for act in (
        deeds.add,
        deeds.add_on_both,
        deeds.edit,
        deeds.edit_customer,
        deeds.activate,
        deeds.make_primary,
        deeds.drop,
        deeds.drop_customer,
        deeds.drop_all,
        deeds.restore,
        deeds.transact,
        deeds.merge_there,
        deeds.merge_here,
        deeds.bring,
        mishaps.sync,
        mishaps.census,
        mishaps.tick,
        mishaps.lag,
        mishaps.shift,
        mishaps.crash,
        mishaps.lose_answer,
        mishaps.lose_create,
        mishaps.refuse,
        mishaps.overtake,
        mishaps.race,
        decisions.release,
        decisions.change_rule,
        decisions.decide,
        decisions.compare,
    )
}


def play(house: House, seed: int, steps: int = 50) -> None:
    """Let a history of chance happen in a house, and come to rest."""
    chance = random.Random(seed)
    for _ in range(steps):
        name = chance.choice(list(RULES))
        RULES[name](house, chance.randrange(8), chance.randrange(8), chance.randrange(8))
    house.settle()
