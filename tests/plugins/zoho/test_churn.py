"""Reading an organization over HTTP while people there add, edit, deactivate and delete between the pages."""

from __future__ import annotations

import random
import uuid

import pytest

from tests.plugins.zoho_world import World
from tests.soaking import seeds

SEEDS = seeds(50, soak=500)
CUSTOMERS = 620
MOVES_BETWEEN_PAGES = 6

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def world():
    """One organization that all readings of this file churn on."""
    with World(customers=CUSTOMERS, contacts=1.5) as world:
        yield world


class Churn:
    """People at Zoho, at work between the pages of a reading; it knows who lives, and whose each is."""

    def __init__(self, world, seed):
        self.random = random.Random(seed)
        self.world = world
        self.living = world.ids()
        while len(self.living) < CUSTOMERS:
            self._add()
        self.from_start = self.persons() | set(self.living)
        self.touched = set()

    def persons(self):
        """Return the ids of all people who live."""
        return set().union(*self.living.values())

    def move(self):
        """Let some of them do something; every other deed is a deletion."""
        others = [self._add, self._edit, self._deactivate, self._drop_person]
        for _ in range(self.random.randrange(MOVES_BETWEEN_PAGES + 1)):
            self.random.choice([*others, *[self._delete] * len(others)])()

    def edit(self, contact_id):
        """Change one customer."""
        self._do("update_contact", contact_id, fields={"notes": str(self.random.random())})

    def _add(self):
        fields = {"contact_name": f"Added {uuid.uuid4()}", "contact_type": "customer"}
        added = self.world.edit("create_contact", fields=fields)
        self.living[added["contact_id"]] = set()

    def _edit(self):
        self.edit(self._anyone())

    def _deactivate(self):
        self._do("set_status", self._anyone(), status="inactive")

    def _delete(self):
        chosen = self._anyone()
        self.world.edit("update_contact", contact_id=chosen, fields={"has_transaction": False})
        self.world.edit("delete_contact", contact_id=chosen)
        del self.living[chosen]

    def _drop_person(self):
        chosen = self._anyone()
        if self.living[chosen]:
            # Zoho does not count this as a change of the customer.
            self.world.edit("delete_person", contact_person_id=self.living[chosen].pop())

    def _anyone(self):
        return self.random.choice(sorted(self.living))

    def _do(self, action, contact_id, **order):
        self.touched.add(contact_id)
        self.world.edit(action, contact_id=contact_id, **order)


def read_census(step, churn):
    """Read to the last page with people at work in between; return the ids told."""
    told, cursor = set(), None
    while True:
        page = step(cursor)
        told |= {record.id for record in getattr(page, "customers", ()) or getattr(page, "contacts", ())}
        if page.cursor is None:
            return told
        churn.move()
        cursor = page.cursor


def read_changes(directory, cursor, between):
    """Read a pass to its end; return the ids told and the mark for the next."""
    told, more = set(), True
    while more:
        page = directory.changed(cursor)
        told |= {record.id for record in page.customers}
        cursor, more = page.cursor, page.more
        between()
    return told, cursor


@pytest.mark.parametrize("seed", SEEDS)
def test_a_census_misses_nobody_who_was_there_throughout(world, seed):
    churn = Churn(world, seed)
    told = read_census(world.directory.census, churn)
    assert (churn.from_start & churn.living.keys()) - told == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_census_misses_no_person_who_was_there_throughout(world, seed):
    churn = Churn(world, seed)
    told = read_census(world.directory.contact_census, churn)
    assert (churn.from_start & churn.persons()) - told == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_change_made_while_others_are_read_is_told_then_or_next_time(world, seed):
    churn = Churn(world, seed)
    cursor = world.directory.changed(None).cursor
    for chosen in churn.random.sample(sorted(churn.living), 420):
        # Half a second apart, so that the next pass does not tell them all again.
        world.server.state.advance(0.5)
        churn.edit(chosen)
    world.server.state.advance(60)
    told, cursor = read_changes(world.directory, cursor, churn.move)
    later, _ = read_changes(world.directory, cursor, lambda: None)
    assert (churn.touched & churn.living.keys()) - told - later == set()
