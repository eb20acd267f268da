"""The storm: harms one after the other while imports run, the time each took to go on, and the verdicts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from chaos.harm import HARMS, PUSH_KILLS, NothingToHarm
from chaos.load import Load
from chaos.round import Round
from chaos.verdict import verdict
from tests.system.whole import Tandem
from webapp.demo.run import answers

GOAL_SECONDS = 30.0
"""How long an import may stand still after a process was killed."""

STANDS_STILL = 180.0
LONGEST_ROUND = 900.0
AFTERMATH = 10.0
"""How long after a harm a page may still fail, once the web answers again."""

LONGEST_QUIET = 1.5
"""The longest time between going on and the next harm."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Blow:
    """One harm that was done, and how many seconds the import then took to go on."""

    harm: str
    what: str
    seconds: float

    @property
    def is_kill(self) -> bool:
        """Tell whether a process of Tandem's own was killed."""
        return self.harm in PUSH_KILLS


@dataclass(slots=True)
class Report:
    """What a storm did, and every violation in words."""

    blows: list[Blow] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    rounds: int = 0
    customers: int = 0
    pages: int = 0

    @property
    def slow(self) -> list[Blow]:
        """List kills after which the import stood still for too long."""
        return [blow for blow in self.blows if blow.is_kill and blow.seconds > GOAL_SECONDS]

    @property
    def passed(self) -> bool:
        """Tell whether nothing was violated and every kill was made good in time."""
        return not self.violations and not self.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a round is: customers to import, how many of them merge, readers of the pages."""

    customers: int
    merges: int
    readers: int


def storm(tandem: Tandem, planned: Sequence[str], size: Size, *, seed: int, say: Say) -> Report:
    """Do all harms planned, in as many rounds as that takes, and look at what is there after each."""
    report, chance, left = Report(), random.Random(seed), list(planned)
    while left:
        report.rounds += 1
        _round(tandem, left, size, report, chance, say)
    return report


def _round(
    tandem: Tandem, left: list[str], size: Size, report: Report, chance: random.Random, say: Say
) -> None:
    round_ = Round.begin(tandem, customers=size.customers, merges=size.merges, seed=chance.randrange(10**6))
    say(f"round {report.rounds}: {size.customers} customers, {size.merges} of them merges")
    troubles: list[tuple[float, float]] = []
    with Load(round_.place, readers=size.readers, seed=chance.randrange(10**6)) as load:
        while left and not round_.has_ended():
            _strike(tandem, round_, left, report, troubles, chance, say)
        tandem.until(round_.has_ended, within=LONGEST_ROUND, what="the end of the import")
    found = verdict(round_, load)
    found += [f"a page failed with {each.status}" for each in load.failed_outside(troubles)]
    for violation in found:
        say(f"  VIOLATION: {violation}")
    report.violations += found
    report.customers += size.customers
    report.pages += len(load.readings)


def _strike(
    tandem: Tandem,
    round_: Round,
    left: list[str],
    report: Report,
    troubles: list[tuple[float, float]],
    chance: random.Random,
    say: Say,
) -> None:
    harm = left[0]
    began = time.monotonic()
    try:
        what = HARMS[harm](tandem, chance)
    except NothingToHarm:
        return
    del left[0]
    seconds = _goes_on(tandem, round_)
    report.blows.append(Blow(harm, what, seconds))
    say(f"  {len(report.blows):3} {what}: went on after {seconds:.1f} s")
    tandem.until(answers(f"{tandem.url}/readyz"), within=STANDS_STILL, what="the web server")
    troubles.append((began, time.monotonic() + AFTERMATH))
    with suppress(AssertionError):
        tandem.until(lambda: False, within=chance.uniform(0, LONGEST_QUIET))


def _goes_on(tandem: Tandem, round_: Round) -> float:
    """Wait until an item more is finished than right after the harm; return how long that took."""
    began = time.monotonic()
    done = tandem.until(lambda: _count(round_), within=STANDS_STILL, what="the database")[0]
    tandem.until(
        lambda: _moved(round_, done) or round_.has_ended(), within=STANDS_STILL, what="the import to go on"
    )
    return time.monotonic() - began


def _count(round_: Round) -> tuple[int] | None:
    done = round_.done()
    return None if done is None else (done,)


def _moved(round_: Round, done: int) -> bool:
    now = round_.done()
    return now is not None and now > done
