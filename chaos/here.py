"""Somebody in the portal who edits while it is being broken: by its pages, and by what stands behind them."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable

import requests
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from chaos.load import Reading, login
from chaos.there import PROBE, pick
from chaos.written import Written
from tests.system.pages import Visitor
from tests.system.place import Place
from webapp.extensions import db
from webapp.services import deleting, editing, merging
from webapp.services.errors import ServiceError
from webapp.services.holding import contact_fields, customer_fields
from webapp.services.merge_choices import plan
from webapp.services.typed import Form
from webapp.store.customers import Contact, Customer, contacts_of
from webapp.store.links import Link
from webapp.walls import inside

WAITING_AT_MOST = 10
"""How many customers edited here may wait before people here do so, too: else a slow machine is only ever
further behind, and what an edit takes tells how long that queue is, and nothing of what was broken."""


class NothingToDo(Exception):
    """There is nothing of the kind that a person wanted to edit."""


class Here:
    """One person; an edit whose end they did not see may be there or not."""

    def __init__(self, place: Place, written: Written, readings: list[Reading]) -> None:
        self._place = place
        self._written = written
        self._readings = readings
        self._visitor: Visitor | None = None

    def act(self, chance: random.Random) -> None:
        """Do one thing of chance."""
        acts: dict[Callable[[random.Random, str], None], int] = {
            self._website: 5,
            self._website_by_page: 5,
            self._designation: 5,
            self._person: 4,
            self._drop_person: 2,
            self._primary: 2,
            self._active: 1,
            self._drop_customer: 1,
            self._merge: 1,
        }
        (act,) = chance.choices([*acts], [*acts.values()])
        word = self._written.word("here")
        with self._place.tandem.app.app_context(), inside(self._place.portal_id):
            try:
                if self._is_behind():
                    return
                act(chance, word)
            except (ServiceError, NothingToDo, AssertionError):
                db.session.rollback()
                self._written.edits["refused here"] += 1
            except (SQLAlchemyError, requests.RequestException):
                db.session.rollback()
                self._visitor = None
                self._written.edits["cut short here"] += 1
            else:
                self._written.edits["here"] += 1

    def _is_behind(self) -> bool:
        """Tell whether more edits than enough wait to be there."""
        edited = select(func.count()).where(
            Link.portal_id == self._place.portal_id, Link.edited_here, Link.due_at <= func.now()
        )
        return (db.session.scalar(edited) or 0) >= WAITING_AT_MOST

    def _website(self, chance: random.Random, word: str) -> None:
        chosen = self._choose(chance)
        write_website(self._place, chosen.id, word)
        self._written.here.add(word)

    def _website_by_page(self, chance: random.Random, word: str) -> None:
        address = f"/p/{self._place.key}/customers/{self._choose(chance).id}/edit"
        db.session.rollback()
        began, status = time.monotonic(), None
        try:
            self._visitor = self._visitor or login(self._place)
            form = self._visitor.open(address)
            status = form.status
            if status == 200:
                saved = self._visitor.press(form, "Save", website=f"https://{word}.example")
                status = saved.status
                if "is saved." in saved:
                    self._written.here.add(word)
        finally:
            self._readings.append(Reading(began, status, time.monotonic() - began))

    def _designation(self, chance: random.Random, word: str) -> None:
        person = self._choose_person(chance)
        form = Form(version=person.version, seen=contact_fields(person), typed={"designation": word})
        editing.edit_contact(*self._of(person), self._place.user_id, form)
        self._written.here.add(word)

    def _person(self, chance: random.Random, word: str) -> None:
        chosen = self._choose(chance).id
        self._written.made.add(word)
        typed = {"first_name": word, "last_name": "Added", "email": f"{word}@added.example"}
        editing.add_contact(self._place.portal_id, chosen, self._place.user_id, typed)
        self._written.here.add(word)

    def _drop_person(self, chance: random.Random, word: str) -> None:
        person = self._choose_person(chance)
        deleting.delete_contact(*self._of(person), self._place.user_id, version=person.version)

    def _primary(self, chance: random.Random, word: str) -> None:
        editing.make_primary(*self._of(self._choose_person(chance)), self._place.user_id)

    def _active(self, chance: random.Random, word: str) -> None:
        chosen = self._choose(chance)
        active = not chosen.active
        editing.set_active(self._place.portal_id, chosen.id, self._place.user_id, active=active)

    def _drop_customer(self, chance: random.Random, word: str) -> None:
        chosen = self._choose(chance)
        place = self._place
        deleting.delete_customer(place.portal_id, chosen.id, place.user_id, version=chosen.version)

    def _merge(self, chance: random.Random, word: str) -> None:
        place, one = self._place, self._choose(chance).id
        other = self._choose(chance, linked=False).id
        seen = plan(place.portal_id, one, other).seen
        merging.merge(place.portal_id, one, other, {}, seen, place.user_id)

    def _choose(self, chance: random.Random, *, linked: bool = True) -> Customer:
        free = select(Customer).where(
            Customer.portal_id == self._place.portal_id,
            Customer.deleted_at.is_(None),
            Customer.linked.is_(linked),
            Customer.name.not_like(f"{PROBE}%"),
        )
        if not (found := list(db.session.scalars(free))):
            raise NothingToDo
        chosen: Customer = pick(chance, sorted(found, key=lambda each: each.name))
        return chosen

    def _choose_person(self, chance: random.Random) -> Contact:
        people = contacts_of(self._place.portal_id, [self._choose(chance).id])
        if not people:
            raise NothingToDo
        return chance.choice(people)

    def _of(self, person: Contact) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
        return self._place.portal_id, person.customer_id, person.id


def write_website(place: Place, customer_id: uuid.UUID, word: str) -> None:
    """Give a customer a website as a person does, within the portal's context."""
    row = db.session.get_one(Customer, (place.portal_id, customer_id), populate_existing=True)
    form = Form(version=row.version, seen=customer_fields(row), typed={"website": f"https://{word}.example"})
    editing.edit_customer(place.portal_id, customer_id, place.user_id, form)
