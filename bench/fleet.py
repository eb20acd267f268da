"""A fleet, simulated: schedulers that really sweep, workers that really ask the budget, and what people do.

What a look does besides is time that passes: its calls, and what it costs itself. Rings wait as they do in
the queue: in their order, one a connection, for 15 seconds.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app
from greenlet import greenlet

from bench.population import Population, Standing
from bench.simulated import Agenda
from webapp.budget import Budget, Limits
from webapp.extensions import db
from webapp.services.leases import LEASE_SECONDS
from webapp.services.look import BULK_WAITS, SLICE_SECONDS
from webapp.services.signals import due
from webapp.services.sweep import seconds_to_next_poll, sweep
from webapp.worker.queue import RING_SECONDS
from webapp.worker.schedule import EVERY, rest_after

LIMITS = Limits(calls_per_minute=90, calls_at_once=5)
WORKING_DAY = 8 * 3600.0
ASKS_EVERY = 0.5
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a connection brings about, and how long it takes; the defaults are a busy hour of a working day.

    ``look`` are the seconds each look takes by itself, ``call`` those of a call, the provider's answer and
    what is made of it, ``sweep`` those of a sweep; ``poll`` are those between polls. ``edits``, ``imports``
    and ``censuses`` come so many times a second, and need so many calls each.
    """

    look: float
    call: float
    sweep: float = 0.0
    poll: float = 300.0
    edits: float = 20 / WORKING_DAY
    edit_calls: int = 2
    imports: float = 0.2 / WORKING_DAY
    import_calls: int = 10
    censuses: float = 1 / 86_400
    census_calls: int = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """How many processes there are of each kind."""

    push: int
    bulk: int
    schedulers: int = 2


@dataclass(slots=True)
class Seen:
    """What was seen: how late polls were, by connection; how long people and imports waited; what it cost."""

    late: dict[int, list[float]] = field(default_factory=dict)
    people: list[float] = field(default_factory=list)
    imports: list[float] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=lambda: {"push": 0.0, "bulk": 0.0})
    sweeps: int = 0
    looks: int = 0
    calls: int = 0
    expired: int = 0


class Rings:
    """One queue, with its bells: one hangs for each connection, at most, until it is answered or too old."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._bells: dict[int, float] = {}
        self._rung: deque[tuple[float, int]] = deque()
        self._idle: deque[greenlet] = deque()
        self.expired = 0

    def ring(self, number: int) -> None:
        """Have a worker look at a connection, unless its bell hangs already."""
        now = self._agenda.now()
        if self._bells.get(number, 0.0) > now - RING_SECONDS:
            return
        self._bells[number] = now
        self._rung.append((now, number))
        self._agenda.call(self._idle)

    def answer(self) -> int:
        """Wait for the next ring, and take its bell down."""
        while True:
            while self._rung:
                rung_at, number = self._rung.popleft()
                if rung_at > self._agenda.now() - RING_SECONDS:
                    del self._bells[number]
                    return number
                self.expired += 1
            self._agenda.wait_in(self._idle)


@dataclass(slots=True)
class Place:
    """How a connection stands: what the tables say of it, how many calls are left to make, and for what."""

    standing: Standing
    left: int = 0
    confirmed_at: float | None = None


class Fleet:
    """The processes of a crew at work on a population, from ``agenda``'s moment on."""

    def __init__(
        self, agenda: Agenda, population: Population, budget: Budget, crew: Crew, load: Load, *, seed: int = 1
    ) -> None:
        self.seen = Seen()
        self._agenda, self._population, self._budget, self._load = agenda, population, budget, load
        self._chance = random.Random(seed)
        self._places = [Place(Standing(moment)) for moment in population.rest(agenda.now(), load.poll)]
        self._changed: set[int] = set()
        self._confirmed: dict[int, float] = {}
        self._closed: list[int] = []
        self._queues = {"push": Rings(agenda), "bulk": Rings(agenda)}
        for number in range(crew.schedulers):
            agenda.begin(self._schedule, after=EVERY * number / crew.schedulers)
        for queue, workers in (("push", crew.push), ("bulk", crew.bulk)):
            for _ in range(workers):
                agenda.begin(partial(self._work, queue))
        size = len(self._places)
        for act, rate in (
            (self._edit, load.edits),
            (self._import, load.imports),
            (self._count, load.censuses),
        ):
            agenda.begin(partial(self._happen, act, rate * size))

    def forget(self) -> None:
        """See anew from now on: the fleet is warm."""
        self.seen = Seen()
        for rings in self._queues.values():
            rings.expired = 0

    def close(self) -> Seen:
        """Return what was seen, with the polls that are late by now and not made."""
        now = self._agenda.now()
        for number, place in enumerate(self._places):
            if (late := now - place.standing.next_look_at) > 0:
                self.seen.late.setdefault(number, []).append(late)
            if place.confirmed_at is not None:
                self.seen.imports.append(now - place.confirmed_at)
            if place.standing.wanted_at is not None:
                self.seen.people.append(now - place.standing.wanted_at)
        self.seen.expired = sum(rings.expired for rings in self._queues.values())
        return self.seen

    def hear(self, sender: Any, *, connection_id: UUID, interactive: bool) -> None:
        """Ring for what a sweep announces."""
        self._ring(self._population.number_of[connection_id], interactive=interactive)

    def _schedule(self) -> None:
        while True:
            self._write_down()
            sweep(self._agenda.moment)
            self.seen.sweeps += 1
            self._agenda.sleep(self._load.sweep)
            to_next_poll = seconds_to_next_poll(self._agenda.moment)
            db.session.remove()
            self._agenda.sleep(rest_after(self._load.sweep, to_next_poll))

    def _ring(self, number: int, *, interactive: bool) -> None:
        self._queues["push" if interactive else "bulk"].ring(number)

    def _write_down(self) -> None:
        """Let the tables say how connections stand: nobody but a sweep reads them."""
        self._population.keep({number: self._places[number].standing for number in self._changed})
        self._population.close_imports(self._closed)
        self._population.queue_imports(self._confirmed)
        self._changed.clear()
        self._closed.clear()
        self._confirmed.clear()

    def _work(self, queue: str) -> None:
        rings, interactive = self._queues[queue], queue == "push"
        while True:
            number = rings.answer()
            began = self._agenda.now()
            self._look(number, interactive=interactive)
            self.seen.busy[queue] += self._agenda.now() - began
            self.seen.looks += 1

    def _look(self, number: int, *, interactive: bool) -> None:
        place, ends = self._places[number], self._agenda.now() + SLICE_SECONDS
        waits_until = self._agenda.now() + (0 if interactive else BULK_WAITS)
        self._agenda.sleep(self._load.look)
        while place.standing.lease_until is not None:
            if self._agenda.now() >= waits_until:
                return
            self._agenda.sleep(ASKS_EVERY)
        self._stand(number, lease_until=self._agenda.now() + LEASE_SECONDS)
        if place.standing.wanted_at is not None:
            self._push(number)
        more = not interactive and self._bulk(number, ends)
        self._stand(number, lease_until=None)
        if more:
            self._ring(number, interactive=False)
        if place.standing.wanted_at is not None:
            self._ring(number, interactive=True)

    def _push(self, number: int) -> None:
        place = self._places[number]
        asked = place.standing.wanted_at
        for _ in range(self._load.edit_calls):
            self._call(number, interactive=True)
        self.seen.people.append(self._agenda.now() - (asked or 0.0))
        if place.standing.wanted_at == asked:
            self._stand(number, wanted_at=None)

    def _bulk(self, number: int, ends: float) -> bool:
        """Do what is due until a slice ends; tell whether more is."""
        place = self._places[number]
        while place.left:
            if self._agenda.now() >= ends:
                return True
            self._call(number, interactive=False)
            place.left -= 1
        if place.confirmed_at is not None:
            self.seen.imports.append(self._agenda.now() - place.confirmed_at)
            place.confirmed_at = None
            self._closed.append(number)
        late = self._agenda.now() - place.standing.next_look_at
        if late >= 0:
            self._call(number, interactive=False)
            self.seen.late.setdefault(number, []).append(late)
            self._stand(number, next_look_at=self._agenda.now() + self._load.poll)
        return False

    def _call(self, number: int, *, interactive: bool) -> None:
        key = f"simulated:{number}"
        with self._budget.take(key, limits=LIMITS, interactive=interactive, timeout=PATIENCE):
            self._agenda.sleep(self._load.call)
        self.seen.calls += 1

    def _stand(self, number: int, **changed: float | None) -> None:
        place = self._places[number]
        place.standing = replace(place.standing, **changed)
        self._changed.add(number)

    def _happen(self, act: Callable[[int], None], rate: float) -> None:
        """Let something happen to connections of chance, so many times a second."""
        while rate:
            self._agenda.sleep(self._chance.expovariate(rate))
            act(self._chance.randrange(len(self._places)))

    def _edit(self, number: int) -> None:
        if self._places[number].standing.wanted_at is None:
            self._stand(number, wanted_at=self._agenda.now())
        self._ring(number, interactive=True)

    def _import(self, number: int) -> None:
        place = self._places[number]
        if place.confirmed_at is None and number not in self._closed:
            place.confirmed_at = self._confirmed[number] = self._agenda.now()
            place.left += self._load.import_calls
            self._ring(number, interactive=False)

    def _count(self, number: int) -> None:
        """Have everything read again, as once a day, along with the next poll."""
        self._places[number].left += self._load.census_calls


def simulate(
    population: Population,
    budget: Callable[[Agenda], Budget],
    crew: Crew,
    load: Load,
    *,
    warm: float,
    seconds: float,
) -> Seen:
    """Let a fleet work until it is warm, and so many seconds more; return what was seen of these."""
    app = current_app._get_current_object()
    with Agenda(time.time()) as agenda:
        fleet = Fleet(agenda, population, budget(agenda), crew, load)
        with due.connected_to(fleet.hear, sender=app):
            agenda.run(warm)
            fleet.forget()
            agenda.run(seconds)
        return fleet.close()
