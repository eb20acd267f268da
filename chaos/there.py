"""Somebody at the provider who edits while the portal is being broken."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from chaos.written import Written
from tests.system.practice import Practice

PROBE = "Probe"
"""What the names of customers begin with that nobody else may touch."""

HOT = 8
"""How many customers people of both sides are at more often than at others."""

Customer = dict[str, Any]


class There:
    """One person; each act is by the rules of the provider, which may refuse it."""

    def __init__(self, url: str, written: Written) -> None:
        self._practice = Practice(url)
        self._written = written

    def act(self, chance: random.Random) -> None:
        """Do one thing of chance."""
        acts: dict[Callable[[random.Random, str], None], int] = {
            self._website: 6,
            self._designation: 6,
            self._person: 4,
            self._drop_person: 2,
            self._primary: 2,
            self._status: 1,
            self._transaction: 2,
            self._customer: 1,
            self._drop_customer: 1,
            self._merge: 1,
        }
        (act,) = chance.choices([*acts], [*acts.values()])
        with self._written.lock:
            try:
                act(chance, self._written.word("there"))
            except AssertionError:
                self._written.edits["refused there"] += 1
            else:
                self._written.edits["there"] += 1

    def _website(self, chance: random.Random, word: str) -> None:
        chosen = self._choose(chance)["id"]
        website = f"https://{word}.example"
        self._practice.edit("update_contact", contact_id=chosen, fields={"website": website})
        self._written.keep_there(chosen, "website", word)

    def _designation(self, chance: random.Random, word: str) -> None:
        person = self._choose_person(chance)
        self._practice.edit("update_person", contact_person_id=person, fields={"designation": word})
        self._written.keep_there(person, "designation", word)

    def _person(self, chance: random.Random, word: str) -> None:
        fields = {"first_name": word, "last_name": "Added", "email": f"{word}@added.example"}
        customer = self._choose(chance)["id"]
        shown = self._practice.edit("create_person", contact_id=customer, fields=fields)
        (made,) = [each for each in shown["contact_persons"] if each["first_name"] == word]
        self._written.made.add(word)
        self._written.keep_there(made["contact_person_id"], "first_name", word)

    def _drop_person(self, chance: random.Random, word: str) -> None:
        person = self._choose_person(chance)
        self._practice.edit("delete_person", contact_person_id=person)
        self._written.forget_there(person)

    def _primary(self, chance: random.Random, word: str) -> None:
        self._practice.edit("mark_primary", contact_person_id=self._choose_person(chance))

    def _status(self, chance: random.Random, word: str) -> None:
        status = chance.choice(("active", "inactive"))
        self._practice.edit("set_status", contact_id=self._choose(chance)["id"], status=status)

    def _transaction(self, chance: random.Random, word: str) -> None:
        chosen = self._choose(chance)["id"]
        self._practice.edit("update_contact", contact_id=chosen, fields={"has_transaction": True})

    def _customer(self, chance: random.Random, word: str) -> None:
        self._practice.create(f"Newcomer {word}")

    def _drop_customer(self, chance: random.Random, word: str) -> None:
        chosen = self._choose(chance)
        self._practice.edit("delete_contact", contact_id=chosen["id"])
        self._written.forget_there(chosen["id"], *(person["id"] for person in chosen["persons"]))

    def _merge(self, chance: random.Random, word: str) -> None:
        one, other = self._choose(chance)["id"], self._choose(chance)["id"]
        self._practice.edit("merge_contact", contact_id=other, into_contact_id=one)
        self._written.forget_there(other)

    def _choose(self, chance: random.Random) -> Customer:
        free = [each for each in self._practice.customers().values() if not each["name"].startswith(PROBE)]
        return pick(chance, sorted(free, key=lambda each: str(each["name"])))

    def _choose_person(self, chance: random.Random) -> str:
        people = self._choose(chance)["persons"]
        assert people, "a customer without people"
        return str(chance.choice(people)["id"])


def pick(chance: random.Random, records: list[Any]) -> Any:
    """Pick a record, one of the first ones more often than another."""
    assert records, "nobody is left"
    return chance.choice(records[:HOT] if chance.random() < 0.2 else records)
