"""What a simulation came to: how late, how fair, how busy, and what the database had to do for it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from bench.fleet import Crew, Load, simulate
from bench.population import Population
from bench.sharing import RATE, share
from bench.simulated import Agenda
from bench.timing import percentile
from webapp.budget import Budget
from webapp.services import context

BULK_BUSY, PUSH_BUSY = 0.7, 0.5
"""How busy workers are to be at most: beyond that, what comes at once by chance waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What so many connections came to with a crew, in seconds if nothing else is said.

    ``fairness`` is Jain's index of the time between a connection's polls: 1 when none waits longer than
    others. ``busy`` is the share of their time that bulk workers worked. ``expired`` rings were too old when
    a worker came to them.
    """

    connections: int
    push: int
    bulk: int
    late_median: float
    late_p95: float
    late_most: float
    fairness: float
    person_p95: float
    import_p95: float
    busy: float
    looks_a_second: float
    calls_a_second: float
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """How one organization's budget was shared by so many looks.

    ``used`` is the share of the permitted rate, ``fairness`` Jain's index of the calls each look made.
    """

    looks: int
    used: float
    fairness: float
    person_p95: float


def crew_for(connections: int, load: Load) -> Crew:
    """Return the workers that so many connections need: the formula of docs/scale.md."""
    polls = (load.look + load.call) / load.poll
    imports = load.imports * (load.look + load.call * load.import_calls)
    censuses = load.censuses * load.call * load.census_calls
    edits = load.edits * (load.look + load.call * load.edit_calls)
    return Crew(
        push=math.ceil(connections * edits / PUSH_BUSY) + 1,
        bulk=math.ceil(connections * (polls + imports + censuses) / BULK_BUSY) + 1,
    )


def outcome(population: Population, crew: Crew, load: Load, *, warm: float, seconds: float) -> Outcome:
    """Simulate one fleet; needs an application's context, across portals, that rings for nobody."""
    context.valkey().flushdb()
    seen = simulate(population, on_clock, crew, load, warm=warm, seconds=seconds)
    late = [each for lates in seen.late.values() for each in lates]
    return Outcome(
        connections=len(population.ids),
        push=crew.push,
        bulk=crew.bulk,
        late_median=_at(late, 0.5),
        late_p95=_at(late, 0.95),
        late_most=_at(late, 1.0),
        fairness=jain([load.poll + mean(lates) for lates in seen.late.values()]),
        person_p95=_at(seen.people, 0.95),
        import_p95=_at(seen.imports, 0.95),
        busy=round(seen.busy["bulk"] / seconds / crew.bulk, 2),
        looks_a_second=round(seen.looks / seconds, 1),
        calls_a_second=round(seen.calls / seconds, 1),
        expired=seen.expired,
    )


def portion(looks: int, *, seconds: float) -> Portion:
    """Simulate so many looks that share one budget; needs an application's context."""
    context.valkey().flushdb()
    shared = share(on_clock, looks, began=time.time(), seconds=seconds)
    made = sum(shared.calls.values()) + len(shared.people)
    return Portion(
        looks=looks,
        used=round(made / (RATE * seconds / 60), 3),
        fairness=jain([shared.calls[number] for number in range(looks)]),
        person_p95=_at(shared.people, 0.95),
    )


def on_clock(agenda: Agenda) -> Budget:
    """Return the real budget, on simulated time."""
    return Budget(context.valkey(), clock=agenda)


def jain(values: Sequence[float]) -> float:
    """Return Jain's index of fairness: 1 when all are equal, 1/n when one has everything."""
    squares = sum(value * value for value in values)
    return round(sum(values) ** 2 / (len(values) * squares), 3) if squares else 1.0


def _at(values: Sequence[float], share: float) -> float:
    return round(percentile(values, share), 2) if values else 0.0
