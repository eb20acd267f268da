"""A reduced simulation of very many connections, by the real sweep and the real budget on simulated time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from xml.etree import ElementTree

import pytest

from bench.costs import Costs, Counts, counts
from bench.fleet import Crew, Load
from bench.outcomes import crew_for, jain, outcome, portion
from bench.population import Population
from bench.scale_page import charts_of, page_of
from bench.simulated import Agenda
from tests.mirror_world import BOOKS, portal_app

CONNECTIONS = 60
LOAD = Load(look=2.0, call=0.35, sweep=0.4, edits=1 / 300, imports=1 / 60_000, poll=60.0)
"""Looks take so long that a few connections keep a few workers busy, and sweeps that few of them suffice."""


@pytest.fixture(scope="module")
def population(module_database_url, redis_url, as_owner) -> Iterator[Population]:
    """A few connections, made as very many are."""
    with portal_app(module_database_url, redis_url, BOOKS), as_owner(module_database_url) as owner:
        yield Population(owner, CONNECTIONS)


@pytest.fixture(scope="module")
def outcomes(population):
    """What enough workers came to, and what half of what the polls alone need."""
    crews = Crew(push=4, bulk=4, schedulers=1), Crew(push=4, bulk=1, schedulers=1)
    return [outcome(population, crew, LOAD, warm=50, seconds=80) for crew in crews]


def test_enough_workers_are_in_time(outcomes):
    enough, _ = outcomes
    assert enough.late_p95 < 60
    assert enough.fairness > 0.99


def test_with_too_few_workers_all_wait_alike_and_people_no_longer(outcomes):
    enough, few = outcomes
    assert few.late_median > enough.late_p95
    assert few.fairness > 0.9
    assert few.person_p95 < 40


def test_one_budget_is_used_up_and_shared_alike(population):
    shared = portion(4, seconds=120)
    assert shared.used > 0.9
    assert shared.fairness > 0.9


def test_a_sweep_and_a_look_ask_little_and_read_few_rows(population, as_owner, module_database_url):
    with as_owner(module_database_url) as reading:
        counted = counts(reading, population, poll_seconds=60.0)
        troubled = reading.execute("SELECT count(*) FROM connection WHERE attention <> ''").fetchone()
    # A look that would have gone outside found credentials nobody can open.
    assert troubled == (0,)
    assert 0 < counted.sweep_statements < 40
    assert 0 < counted.look_statements < 40
    # How many rows so small a table gives up for one of them is the planner's choice.
    assert counted.sweep_rows < 100 * CONNECTIONS
    assert counted.look_rows < 100 * CONNECTIONS


def test_the_page_shows_what_was_found(population, outcomes):
    enough, few = map(asdict, outcomes)
    counted = Counts(
        connections=CONNECTIONS,
        sweep_seconds=0.003,
        sweep_statements=12,
        sweep_rows=240,
        look_statements=20,
        look_rows=15,
    )
    kept = {
        "load": asdict(LOAD),
        "answer": 0.35,
        "costs": asdict(Costs(look=0.06, poll=0.02, statements=9, calls=1)),
        "counts": [asdict(counted)],
        "enough": [enough],
        "half": [few],
        "shared": [asdict(portion(2, seconds=10))],
    }
    assert f"| {CONNECTIONS} | 4 | 4 |" in page_of(kept)
    assert f"| {CONNECTIONS} | 12 | 240 | 4 | 3 ms | 20 | 15 |" in page_of(kept)
    assert "(60 and 20 ms of a core)" in page_of(kept)
    for drawn in charts_of(kept).values():
        assert len(ElementTree.fromstring(drawn).findall("{http://www.w3.org/2000/svg}polyline")) > 0


def test_ten_times_the_connections_need_ten_times_the_workers():
    few, many = (crew_for(connections, Load(look=0.15, call=0.35)) for connections in (10_000, 100_000))
    assert many.bulk == pytest.approx(10 * few.bulk, rel=0.1)
    assert many.push == pytest.approx(10 * few.push, rel=0.1)


def test_nobody_waits_for_simulated_time():
    seen = []
    with Agenda(1000.0) as agenda:

        def work(name, seconds):
            agenda.sleep(seconds)
            seen.append((name, agenda.now()))

        agenda.begin(lambda: work("late", 50))
        agenda.begin(lambda: work("early", 7))
        agenda.begin(lambda: work("never", 10**9))
        agenda.run(3600)
    assert seen == [("early", 1007.0), ("late", 1050.0)]


def test_one_that_has_everything_is_as_unfair_as_can_be():
    assert jain([5, 5, 5]) == 1.0
    assert jain([9, 0, 0]) == pytest.approx(1 / 3, abs=0.001)
