"""Histories of chance with the real tables: edits on both sides, lost answers, and it comes to rest."""

from __future__ import annotations

import random

import pytest

from tests.mirror_world import set_connection
from tests.services.synced import SyncWorld
from tests.soaking import seeds
from webapp.extensions import db
from webapp.sdk import ContactData, Rejected, Unavailable
from webapp.sdk.memory import Call
from webapp.store.columns import now
from webapp.store.customers import Contact
from webapp.store.links import Link
from webapp.store.problems import Problem

FIELDS = ("last_name", "phone", "mobile", "designation")
CUSTOMER_FIELDS = ("website", "company_name")
STEPS = 25

pytestmark = pytest.mark.soak


@pytest.fixture
def synced(world):
    return SyncWorld(world)


class History:
    """Two linked customers, what happens to them, and what was deleted by somebody."""

    def __init__(self, synced: SyncWorld, seed: int) -> None:
        self.synced = synced
        self.chance = random.Random(seed)
        self.made = 0
        self.dropped: set[str] = set()
        self.tags: set[str] = set()
        self.pairs = [
            pair
            for name in ("Arc", "Bee")
            for pair in synced.linked(name, people=(self.person(), self.person()), website="x.example")
        ]

    def person(self) -> ContactData:
        tag = self.new()
        self.tags.add(tag)
        return ContactData(first_name=tag, last_name="Lund", email=f"{tag}@x.example", department=tag)

    def new(self) -> str:
        self.made += 1
        return f"v{self.made}"

    def add(self) -> None:
        our_id, their_id = self.chance.choice(self.pairs)
        if self.chance.random() < 0.5:
            with self.synced.editing() as directory:
                directory.create_contact(str(our_id), self.person())
        else:
            with self.synced.theirs.behind():
                self.synced.theirs.create_contact(their_id, self.person())

    def edit(self) -> None:
        our_id, their_id = self.chance.choice(self.pairs)
        changes = {self.chance.choice(FIELDS): self.new()}
        if self.chance.random() < 0.2:
            changes = {"primary": True}
        if self.chance.random() < 0.5:
            if people := self.people(our_id):
                with self.synced.editing() as directory:
                    directory.update_contact(str(our_id), str(self.chance.choice(people).id), changes)
        elif there := self.synced.there(their_id).contacts:
            with self.synced.theirs.behind():
                self.synced.theirs.update_contact(their_id, self.chance.choice(there).id, changes)

    def edit_customer(self) -> None:
        our_id, their_id = self.chance.choice(self.pairs)
        changes = {self.chance.choice(CUSTOMER_FIELDS): self.new()}
        if self.chance.random() < 0.5:
            self.synced.edit(our_id, **changes)
        else:
            self.synced.edit_there(their_id, **changes)

    def drop(self) -> None:
        our_id, their_id = self.chance.choice(self.pairs)
        if self.chance.random() < 0.5:
            if people := self.people(our_id):
                gone = self.chance.choice(people)
                self.dropped.add(gone.department or "")
                with self.synced.editing() as directory:
                    directory.delete_contact(str(our_id), str(gone.id))
        elif there := self.synced.there(their_id).contacts:
            lost = self.chance.choice(there)
            self.dropped.add(lost.data.department or "")
            with self.synced.theirs.behind():
                self.synced.theirs.delete_contact(their_id, lost.id)

    def poll(self) -> None:
        self.synced.poll()

    def census(self) -> None:
        self.synced.census()

    def lose_answer(self) -> None:
        self._fail("after", Unavailable("No answer.", effect_unknown=True))

    def refuse(self) -> None:
        self._fail("before", Rejected("Not this one."))

    def people(self, our_id) -> list[Contact]:
        db.session.rollback()
        return self.synced.imports.people(our_id)

    def settle(self) -> None:
        """Let it come to rest, and check that both sides hold the same but for what waits for a person."""
        for _ in range(3):
            self._wake()
            self.synced.census()
        assert self.synced.due() == []
        open_ = {(each.our_id, each.field) for each in self.synced.conflicts()}
        for our_id, their_id in self.pairs:
            here = {each.department: each for each in self.people(our_id)}
            there = {each.data.department: each for each in self.synced.there(their_id).contacts}
            assert len(here) == len(self.people(our_id)), "somebody is here twice"
            assert here.keys() == there.keys()
            for tag, person in here.items():
                for field in FIELDS:
                    same = (getattr(person, field) or "") == (getattr(there[tag].data, field) or "")
                    assert same or (person.id, field) in open_, f"{field} of {tag} differs"
        self._check_people()
        self.synced.theirs.calls.clear()
        self.synced.poll()
        assert self.synced.called() == ["changed"]

    def _check_people(self) -> None:
        tags = {each.department for our_id, _ in self.pairs for each in self.people(our_id)}
        went = self.tags - tags - self.dropped
        assert not went, f"{went} went though nobody deleted them"
        mine = Link.connection_id == self.synced.connection_id
        links = db.session.scalars(db.select(Link.their_id).where(mine, Link.kind == "contact")).all()
        assert len(links) == len(tags)

    def _fail(self, moment: str, error: Exception) -> None:
        """Let one write fail at a moment, in a pass."""
        left = [error]

        def interrupt(call: Call, when: str) -> None:
            if call.writes and when == moment and left:
                raise left.pop()

        self.synced.theirs.interrupt = interrupt
        self.synced.poll()
        self.synced.theirs.interrupt = None
        self._wake()

    def _wake(self) -> None:
        """Let time pass until nothing is paused, and what failed is tried again."""
        set_connection(self.synced.connection_id, paused_until=None, bulk_paused_until=None)
        mine = self.synced.connection_id
        failed = db.update(Problem).where(Problem.connection_id == mine)
        db.session.execute(failed.values(next_try_at=now()))
        due = db.update(Link).where(Link.connection_id == mine, Link.due_at.is_not(None))
        db.session.execute(due.values(due_at=now()))
        db.session.commit()


RULES = (
    History.add,
    History.edit,
    History.edit,
    History.edit_customer,
    History.drop,
    History.poll,
    History.census,
    History.lose_answer,
    History.refuse,
)


@pytest.mark.parametrize("seed", seeds(1, soak=200))
def test_comes_to_rest_with_nothing_lost_or_doubled(synced, seed):
    history = History(synced, seed)
    for _ in range(STEPS):
        history.chance.choice(RULES)(history)
    history.settle()
