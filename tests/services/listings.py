"""A provider whose listings lie, and people at work there: what a census makes of both."""

from __future__ import annotations

import random
import uuid
from collections.abc import Set
from dataclasses import replace

from tests.mirror_world import assert_mirrors, census, mirrored, mirrored_contacts, named
from webapp.sdk import CensusPage, ContactData, ContactPage
from webapp.sdk.testing import MemoryDirectory

CUSTOMERS = 12
PAGE = 5
LIES = ("none", "cut", "hollow", "empty", "shifted", "twice", "mixed", "mislabelled")


class LyingDirectory(MemoryDirectory):
    """Its records are true; its listings are cut, hollow, empty, shifted, doubled or out of order at will."""

    lie = "none"

    def __init__(self, chance: random.Random) -> None:
        super().__init__(prefix="T", page_size=PAGE, parents_follow=True)
        self.chance = chance

    def census(self, cursor: str | None, *, expected: int | None = None) -> CensusPage:
        page = super().census(cursor, expected=expected)
        return self._twisted(replace(page, customers=self._rows_told(page.customers)))

    def contact_census(self, cursor: str | None, *, expected: int | None = None) -> ContactPage:
        page = super().contact_census(cursor, expected=expected)
        return self._twisted(replace(page, contacts=self._rows_told(page.contacts)))

    def _twisted(self, page):
        if self.lie == "cut" and self.chance.random() < 0.5:
            return replace(page, cursor=None)
        if self.lie == "mislabelled":
            return replace(page, total_pages=self.chance.randrange(1, 9))
        return page

    def _rows_told(self, rows):
        if self.lie == "empty" or (self.lie == "hollow" and self.chance.random() < 0.5):
            return ()
        if self.lie == "shifted":
            return rows[self.chance.randrange(len(rows) + 1) :]
        if self.lie == "twice":
            return rows + rows
        if self.lie == "mixed":
            return tuple(self.chance.sample(rows, len(rows)))
        return rows


def filled(seed: int) -> LyingDirectory:
    """Make a provider with a handful of customers and their people."""
    directory = LyingDirectory(random.Random(seed))
    with directory.behind():
        for number in range(CUSTOMERS):
            customer = directory.create_customer(named(f"Customer {number:02}"))
            for person in range(directory.chance.randrange(4)):
                directory.create_contact(customer.id, _person(f"p{person}@c{number}.example"))
    return directory


def play(connection_id: uuid.UUID, directory: LyingDirectory, censuses: int = 2) -> None:
    """Let people work and listings lie; whatever is told, nobody who lives may count as gone.

    At the end a census that tells the truth brings everything right.
    """
    census(connection_id)
    assert_mirrors(connection_id, directory)
    for _ in range(censuses):
        _work(directory)
        directory.lie = directory.chance.choice(LIES)
        known = mirrored_contacts(connection_id).keys()
        census(connection_id)
        _assert_nobody_lost(connection_id, directory, known)
    directory.lie = "none"
    _work(directory)
    census(connection_id)
    assert_mirrors(connection_id, directory)


def _assert_nobody_lost(connection_id: uuid.UUID, directory: LyingDirectory, known: Set[str]) -> None:
    gone = {key for key, row in mirrored(connection_id).items() if row.gone_at}
    people = mirrored_contacts(connection_id).keys()
    for detail in directory.customers():
        living = {contact.id for contact in detail.contacts}
        assert detail.customer.id not in gone, f"{directory.lie}: {detail.customer.id} counts as gone"
        assert (living & known) <= people, f"{directory.lie}: {(living & known) - people} count as gone"


def _work(directory: LyingDirectory) -> None:
    chance = directory.chance
    with directory.behind():
        for _ in range(chance.randrange(5)):
            detail = chance.choice(directory.customers())
            deed = chance.choice(("delete", "rename", "add", "add person", "drop person"))
            if deed == "delete" and len(directory.customers()) > CUSTOMERS // 2:
                directory.delete_customer(detail.customer.id)
            elif deed == "rename":
                directory.update_customer(detail.customer.id, {"name": f"Renamed {chance.random()}"})
            elif deed == "add":
                directory.create_customer(named(f"Added {chance.random()}"))
            elif deed == "add person":
                directory.create_contact(detail.customer.id, _person(f"{chance.random()}@added.example"))
            elif deed == "drop person" and detail.contacts:
                directory.delete_contact(detail.customer.id, detail.contacts[0].id)


def _person(email: str) -> ContactData:
    return ContactData(first_name=email.partition("@")[0], email=email)
