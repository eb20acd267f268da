"""One organization's budget, shared: looks of many connections that read all they may, and people among them.

The budget is the real one, on a clock of its own; a look that it sends away rests as it was told, and is rung
for again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bench.simulated import Agenda
from webapp.budget import Budget, BudgetSpent, Limits
from webapp.services.accounts import PATIENCE_BULK, PATIENCE_PERSON
from webapp.services.look import SLICE_SECONDS
from webapp.worker.schedule import EVERY

RATE = 90
LIMITS = Limits(calls_per_minute=RATE, calls_at_once=5, start=RATE)
CALL_SECONDS = 0.35
PEOPLE_EVERY = 20.0
KEY = "one organization"


@dataclass(slots=True)
class Shared:
    """The calls each look made, and how long people waited for theirs."""

    calls: Counter[int] = field(default_factory=Counter)
    people: list[float] = field(default_factory=list)


def share(
    make_budget: Callable[[Agenda], Budget], looks: int, *, began: float, seconds: float, seed: int = 1
) -> Shared:
    """Let so many looks spend one organization's calls, and a person come every 20 seconds."""
    shared, chance = Shared(), random.Random(seed)
    with Agenda(began) as agenda:
        budget = make_budget(agenda)
        for number in range(looks):
            agenda.begin(
                partial(_read, agenda, budget, shared, chance, number), after=chance.uniform(0, EVERY)
            )
        agenda.begin(partial(_edit, agenda, budget, shared, chance))
        agenda.run(seconds)
    return shared


def _read(agenda: Agenda, budget: Budget, shared: Shared, chance: random.Random, number: int) -> None:
    """Read in slices for ever, as a connection with everything to read does."""
    while True:
        ends = agenda.now() + SLICE_SECONDS
        try:
            while agenda.now() < ends:
                with budget.take(KEY, limits=LIMITS, timeout=PATIENCE_BULK):
                    agenda.sleep(CALL_SECONDS)
                shared.calls[number] += 1
        except BudgetSpent as refusal:
            # It rests as long as it was told, and until the next sweep.
            agenda.sleep((refusal.after or 0.0) + chance.uniform(0, EVERY))


def _edit(agenda: Agenda, budget: Budget, shared: Shared, chance: random.Random) -> None:
    while True:
        agenda.sleep(chance.expovariate(1 / PEOPLE_EVERY))
        began = agenda.now()
        with budget.take(KEY, limits=LIMITS, interactive=True, timeout=PATIENCE_PERSON):
            shared.people.append(agenda.now() - began)
            agenda.sleep(CALL_SECONDS)
