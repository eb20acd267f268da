"""Each safety device, taken away: the machine must notice, or nobody tests the device.

In `make test` each is tried on a history that shows it, in `make soak` on histories of chance.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.soaking import NUMBER
from tests.sync.engine import Engine, MachineSides
from tests.sync.house import House
from tests.sync.recovery import Recovery
from tests.sync.rules import play
from tests.sync.tables import Mirrored, Tables
from webapp.sdk import CustomerDetail, Gone
from webapp.sync.link import Link

SECONDS = 60

pytestmark = pytest.mark.soak


class Asked:
    """The provider, with another answer to who a customer is."""

    def __init__(self, engine: Engine, answer: Callable[[Engine, str], CustomerDetail]) -> None:
        self._engine = engine
        self._answer = answer

    def customer(self, customer_id: str) -> CustomerDetail:
        return self._answer(self._engine, customer_id)

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine.theirs, name)


def without_shadows(patch: pytest.MonkeyPatch) -> None:
    """Forget what both sides agreed on."""
    _change_links(patch, lambda link: replace(link, agreed_ours={}, agreed_theirs={}))


def with_one_shadow(patch: pytest.MonkeyPatch) -> None:
    """Compare both sides with what the portal held."""
    _change_links(patch, lambda link: replace(link, agreed_theirs=link.agreed_ours))


def without_intents(patch: pytest.MonkeyPatch) -> None:
    """Forget what may have been sent before a crash."""

    def forget(sides: MachineSides, their_id: str, reading: CustomerDetail | None) -> None:
        sides.engine.tables.intents.clear()
        sides.engine.tables.sent.clear()

    patch.setattr(MachineSides, "settle", forget)


def without_intents_of_creates(patch: pytest.MonkeyPatch) -> None:
    """Forget that somebody may have been created."""
    patch.setattr(Recovery, "creates", lambda recovery: recovery.tables.intents.clear())


def without_intents_of_deletes(patch: pytest.MonkeyPatch) -> None:
    """Forget that a deletion may have been sent."""
    patch.setattr(Recovery, "delete", lambda *_: None)


def with_an_exclusive_mark(patch: pytest.MonkeyPatch) -> None:
    """Read only what changed after the mark, not at it."""
    patch.setattr(Engine, "since", lambda engine: engine.tables.mark + 1)


def without_confirming(patch: pytest.MonkeyPatch) -> None:
    """Take for deleted whom a list leaves out."""

    def answer(engine: Engine, customer_id: str) -> CustomerDetail:
        known = engine.tables.mirror.get(customer_id, Mirrored())
        if known.customer is None:
            raise Gone("The list does not have it.")
        found = engine.theirs.customer(customer_id)
        listed = {row.id for row in known.contacts or found.contacts}
        return replace(found, contacts=tuple(row for row in found.contacts if row.id in listed))

    patch.setattr(Engine, "directory", lambda engine: Asked(engine, answer))


def without_reading_before_writing(patch: pytest.MonkeyPatch) -> None:
    """Write by what the mirror says."""

    def answer(engine: Engine, customer_id: str) -> CustomerDetail:
        known = engine.tables.mirror.get(customer_id, Mirrored())
        if known.customer is None or known.contacts is None:
            return engine.theirs.customer(customer_id)
        return CustomerDetail(customer=known.customer, contacts=known.contacts)

    patch.setattr(Engine, "directory", lambda engine: Asked(engine, answer))


def without_the_brake(patch: pytest.MonkeyPatch) -> None:
    """Let everything go at once."""
    patch.setattr(Engine, "may", lambda *_: True)


def without_the_fence(patch: pytest.MonkeyPatch) -> None:
    """Let an engine go on that was overtaken."""
    patch.setattr(Tables, "assert_fence", lambda *_: None)


def with_a_late_look(patch: pytest.MonkeyPatch) -> None:
    """Note as looked at what there is afterwards, with whatever came in between."""
    conclude = Engine.conclude
    patch.setattr(
        Engine,
        "conclude",
        lambda engine, our_id, agreement, state: conclude(engine, our_id, agreement, engine.state(our_id)),
    )


DEVICES = {
    without_shadows: 0,
    with_one_shadow: 15,
    without_intents: 0,
    without_intents_of_creates: 0,
    without_intents_of_deletes: 1,
    with_an_exclusive_mark: 7,
    without_confirming: 2,
    without_reading_before_writing: 2,
    without_the_brake: 2,
    without_the_fence: 0,
    with_a_late_look: 33,
}
"""Each device with the number of a history that shows what it is for: any that fails without it will do."""


@pytest.mark.parametrize(
    ("remove", "seed"), [pytest.param(*row, id=row[0].__name__) for row in DEVICES.items()]
)
def test_the_machine_notices(remove, seed, monkeypatch):
    if NUMBER:
        seeds, ends = random.Random(NUMBER), time.monotonic() + SECONDS
    remove(monkeypatch)
    with pytest.raises((AssertionError, LookupError)):
        play(House(), seed)
        while NUMBER and time.monotonic() < ends:
            play(House(), seeds.randrange(10**9))


@pytest.mark.parametrize("seed", sorted(set(DEVICES.values())))
def test_the_same_histories_pass_with_every_device(seed):
    play(House(), seed)


def _change_links(patch: pytest.MonkeyPatch, change: Callable[[Link], Link]) -> None:
    ours = MachineSides.ours

    def changed(sides: MachineSides, our_id: str) -> object:
        found = ours(sides, our_id)
        if found is None or found.link is None:
            return found
        return replace(found, link=change(found.link), contact_links=tuple(map(change, found.contact_links)))

    patch.setattr(MachineSides, "ours", changed)
