"""The storm over passes: people edit on both sides while everything is killed, then the sides agree."""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from chaos.agreement import WAITING, Agreement, people_of
from chaos.harm import PUSH_HARMS, NothingToHarm
from chaos.here import Here, write_website
from chaos.load import Load
from chaos.round import BYSTANDERS
from chaos.storm import AFTERMATH, STANDS_STILL, Blow, Report, Say
from chaos.there import PROBE, There
from chaos.written import Written
from tests.system.place import Place
from tests.system.whole import Tandem
from webapp.demo.run import answers
from webapp.extensions import db
from webapp.services import sync, sync_settings
from webapp.services.errors import ServiceError
from webapp.store.connections import Connection
from webapp.store.links import Link
from webapp.store.runs import RunItem
from webapp.walls import inside

PROBES = 3
ASKED_EVERY = 3.0
"""Seconds between two times that somebody asks for a pass, which also reads what changed there."""

LONGEST_REST = 300.0
IMPORTED_FIRST = 0.3
"""The part of the customers that is imported before the storm begins."""

AWAY = ("postgres", "postgres crash")
"""Harms during which a page may say that it is broken: its database is away."""

Act = Callable[[random.Random], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How large a storm is: customers, people who edit on each side, seconds between edits, readers."""

    customers: int
    editors: int
    pause: float
    readers: int


@dataclass(slots=True)
class PassReport(Report):
    """What a storm over passes did: edits by where and how they went, and what differs by why."""

    edits: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)
    rested: float = 0.0


@dataclass(frozen=True, slots=True)
class Ground:
    """A portal whose import is under way, with the probes that are linked already, by their ids here."""

    agreement: Agreement
    run_id: uuid.UUID
    probes: dict[str, uuid.UUID]

    @property
    def place(self) -> Place:
        """The portal."""
        return self.agreement.place

    @classmethod
    def begin(cls, tandem: Tandem, *, customers: int, seed: int) -> Ground:
        """Fill the sandbox, link the probes, and start to import the rest."""
        tandem.begin(seed=seed, customers=customers, contacts_per_customer=2.5)
        probes = {
            tandem.practice.create(f"{PROBE} {number}"): f"{PROBE} {number}" for number in range(PROBES)
        }
        place = Place.new(tandem)
        for number in range(BYSTANDERS):
            place.add(f"Bystander {number}", {"first_name": f"Bystander{number}"})
        connection_id = place.connect()
        before = people_of(tandem.practice.customers())
        place.await_end(place.start(connection_id, "merge", *probes))
        with tandem.app.app_context(), inside(place.portal_id):
            query = select(Link.their_id, Link.our_id).where(Link.kind == "customer")
            linked = {probes[theirs]: ours for theirs, ours in db.session.execute(query)}
        run_id = place.start(connection_id, "merge")
        return cls(Agreement(place, connection_id, before), run_id, linked)


def storm_over_passes(
    tandem: Tandem, planned: Sequence[str], traffic: Traffic, *, seed: int, say: Say
) -> PassReport:
    """Do all harms planned while people edit on both sides, let it rest, and look at what is there."""
    chance, report, written = random.Random(seed), PassReport(rounds=1), Written()
    ground = Ground.begin(tandem, customers=traffic.customers, seed=chance.randrange(10**6))
    tandem.until(lambda: _imported(ground) >= traffic.customers * IMPORTED_FIRST, what="a part of the import")
    say(f"{traffic.customers} customers, {_imported(ground)} of them imported")
    troubles: list[tuple[float, float, bool]] = []
    load = Load(ground.place, readers=traffic.readers, seed=chance.randrange(10**6), editor=False)
    with load, _people(ground, written, load, traffic, chance):
        for number, harm in enumerate(planned):
            _strike(ground, number, harm, report, troubles, chance, say)
    report.rested = _rest(ground)
    report.customers, report.pages, report.edits = traffic.customers, len(load.readings), written.edits
    report.listed = ground.agreement.reasons()
    report.violations += [*ground.agreement.violations(written), *_failed_pages(load, troubles)]
    for violation in report.violations:
        say(f"  VIOLATION: {violation}")
    return report


@contextmanager
def _people(
    ground: Ground, written: Written, load: Load, traffic: Traffic, chance: random.Random
) -> Iterator[None]:
    """Let people of both sides edit, and somebody ask for passes, until the context ends."""
    url, over = ground.place.tandem.practice.url, Event()
    acts: list[tuple[Act, float]] = [(lambda chance: _ask(ground), ASKED_EVERY)]
    for _ in range(traffic.editors):
        acts.append((Here(ground.place, written, load.readings).act, traffic.pause))
        acts.append((There(url, written).act, traffic.pause))

    def work(act: Act, pause: float, own: random.Random) -> None:
        while not over.wait(own.uniform(0.5, 1.5) * pause):
            act(own)

    threads = [
        Thread(target=work, args=(act, pause, random.Random(chance.random())), daemon=True)
        for act, pause in acts
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _strike(
    ground: Ground,
    number: int,
    harm: str,
    report: PassReport,
    troubles: list[tuple[float, float, bool]],
    chance: random.Random,
    say: Say,
) -> None:
    """Edit a probe, do a harm, and measure how long the edit then took to be there."""
    tandem, word = ground.place.tandem, f"probe{number:03}"
    name = f"{PROBE} {number % PROBES}"
    with tandem.app.app_context(), inside(ground.place.portal_id):
        write_website(ground.place, ground.probes[name], word)
    began = time.monotonic()
    try:
        what = PUSH_HARMS[harm](tandem, chance)
    except NothingToHarm:
        return say(f"      {harm}: nobody was at work")
    struck = time.monotonic()
    tandem.until(
        lambda: word in tandem.practice.website(name),
        within=STANDS_STILL,
        what=f"the edit {word} to be there",
    )
    report.blows.append(Blow(harm, what, time.monotonic() - struck))
    say(f"  {len(report.blows):3} {what}: an edit was there after {report.blows[-1].seconds:.1f} s")
    tandem.until(answers(f"{tandem.url}/readyz"), within=STANDS_STILL, what="the web server")
    troubles.append((began, time.monotonic() + AFTERMATH, harm in AWAY))


def _rest(ground: Ground) -> float:
    """Ask for passes and a census until nothing is due any more; return how long that took."""
    began = asked = time.monotonic()
    tandem, place = ground.place.tandem, ground.place
    tandem.until(lambda: place.progress(ground.run_id).finished, within=LONGEST_REST, what="the import's end")
    _ask(ground)
    with tandem.app.app_context(), inside(place.portal_id):
        since = db.session.scalar(select(func.clock_timestamp()))
        sync_settings.read_everything(place.portal_id, ground.agreement.connection_id, place.user_id)

    def rests() -> bool:
        nonlocal asked
        with tandem.app.app_context(), inside(place.portal_id):
            read = db.session.scalar(select(Connection.census_finished_at))
            due = db.session.scalar(select(func.count()).where(Link.due_at <= func.now()))
            db.session.rollback()
        if time.monotonic() - asked > ASKED_EVERY:
            asked = time.monotonic()
            _ask(ground)
        return bool(read and read > since and not due) and set(ground.agreement.reasons()) <= WAITING

    # What does not come to rest is told of by the verdict, name by name.
    with suppress(AssertionError):
        tandem.until(rests, within=LONGEST_REST)
    return time.monotonic() - began


def _ask(ground: Ground) -> None:
    """Ask for a pass as a person does, or let it be when that cannot be asked for just now."""
    place = ground.place
    with place.tandem.app.app_context(), inside(place.portal_id):
        try:
            sync.request(place.portal_id, ground.agreement.connection_id, user_id=place.user_id)
        except (ServiceError, SQLAlchemyError):
            db.session.rollback()


def _imported(ground: Ground) -> int:
    with ground.place.tandem.app.app_context(), inside(ground.place.portal_id):
        done = select(func.count()).where(RunItem.run_id == ground.run_id, RunItem.state != "pending")
        return db.session.scalar(done) or 0


def _failed_pages(load: Load, troubles: Sequence[tuple[float, float, bool]]) -> list[str]:
    """List pages that failed: with a 5xx while the database was there, or without an answer in peace."""
    every = [(began, ended) for began, ended, _ in troubles]
    away = [(began, ended) for began, ended, database in troubles if database]
    failed = [each for each in load.failed_outside(away) if each.status is not None]
    failed += [each for each in load.failed_outside(every) if each.status is None]
    return [f"a page failed with {each.status} after {each.seconds:.1f} s" for each in failed]
