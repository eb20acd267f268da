"""Passes, and what goes wrong with them. Small numbers say when."""

from __future__ import annotations

from typing import NoReturn

from tests.sync import deeds
from tests.sync.house import Crash, House
from tests.sync.tables import Mirrored
from webapp.sdk import ContactRecord, Rejected, Unavailable


def sync(house: House, a: int, b: int, c: int) -> None:
    """A poll and a pass."""
    with house.watched():
        house.run()


def census(house: House, a: int, b: int, c: int) -> None:
    """A census and a pass; every other time the list is cut short."""
    with house.watched():
        house.engine().census(cut=1 + b % 2 if a % 2 else None)
        house.run()


def tick(house: House, a: int, b: int, c: int) -> None:
    """Time passes."""
    house.theirs.tick()


def lag(house: House, a: int, b: int, c: int) -> None:
    """A list tells of a customer as it was long ago."""
    old = house.theirs.long_ago(a)
    if old:
        house.tables.mirror[old.customer.id] = Mirrored(customer=old.customer, contacts=old.contacts)


def shift(house: House, a: int, b: int, c: int) -> None:
    """A list misses persons of a customer, since others were deleted while it was read."""
    detail = house.customer("theirs", a)
    if detail:
        contacts = tuple(row for number, row in enumerate(detail.contacts) if number % 2 == b % 2)
        house.tables.mirror[detail.customer.id] = Mirrored(customer=detail.customer, contacts=contacts)


def crash(house: House, a: int, b: int, c: int) -> None:
    """A pass dies at some moment, unless it is through before."""

    def die() -> NoReturn:
        raise Crash

    with house.watched(), house.at(4 * a + b, (), die):
        house.run()


def lose_answer(house: House, a: int, b: int, c: int) -> None:
    """A write arrives, and its answer does not."""

    def lose() -> NoReturn:
        raise Unavailable("No answer.", effect_unknown=True)

    with house.watched(), house.at(a % 3, ("after write",), lose):
        house.run()


def lose_create(house: House, a: int, b: int, c: int) -> None:
    """Somebody new arrives there and the answer does not; they marry there before it is known who arrived."""
    deeds.add(house, 0, a, b)
    before = {row.id for row in _people_there(house)}
    lose_answer(house, 0, b, c)
    for which, row in enumerate(_people_there(house)):
        if row.id not in before:
            deeds.edit(house, 1, which, 0)
            deeds.edit(house, 1, which, 3)


def refuse(house: House, a: int, b: int, c: int) -> None:
    """The provider refuses a write."""

    def refuse_it() -> NoReturn:
        raise Rejected("Not this one.")

    with house.watched(), house.at(a % 3, ("before write",), refuse_it):
        house.run()


def overtake(house: House, a: int, b: int, c: int) -> None:
    """Another engine takes over from one that then goes on, and must not do anything any more."""
    since: list[tuple[int, int]] = []

    def take_over() -> None:
        house.tables.roll_back()
        house.run()
        since.append((house.tables.commits, len(house.theirs.calls)))

    with house.watched(), house.at(a + b, ("allowed", "commit"), take_over):
        house.run()
        now = house.tables.commits, len(house.theirs.calls)
        assert since in ([], [now]), "an engine went on with an old fence"


def race(house: House, a: int, b: int, c: int) -> None:
    """Somebody edits while a pass is at work."""

    def edit() -> None:
        house.witness.check()
        (deeds.edit, deeds.edit_customer, deeds.drop, deeds.add)[b % 4](house, c, a, b)
        house.witness.begin()

    with house.watched(), house.at(a % 4, ("before customer",), edit):
        house.run()


def _people_there(house: House) -> list[ContactRecord]:
    return [row for detail in house.customers("theirs") for row in detail.contacts]
