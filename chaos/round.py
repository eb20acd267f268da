"""One round: a portal and an import of many customers, with merges that write outside."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from tests.system.place import Place
from tests.system.whole import Tandem
from webapp.extensions import db
from webapp.store.runs import Run, RunItem

BYSTANDERS = 20


@dataclass(frozen=True, slots=True)
class Round:
    """A portal whose import was started; ``before`` is what the provider held then, by id."""

    place: Place
    connection_id: uuid.UUID
    run_id: uuid.UUID
    before: dict[str, dict[str, Any]]
    merged: dict[str, str]

    @classmethod
    def begin(cls, tandem: Tandem, *, customers: int, merges: int, seed: int) -> Round:
        """Fill the sandbox, put the twins of some customers into a new portal, and start the import."""
        tandem.begin(seed=seed, customers=customers - merges, contacts_per_customer=2.5)
        place = Place.new(tandem)
        merged = {make_twins(place, number): website(number) for number in range(merges)}
        for number in range(BYSTANDERS):
            place.add(f"Bystander {number}", website="")
        connection_id = place.connect()
        before = tandem.practice.customers()
        run_id = place.start(connection_id, "merge")
        return cls(place, connection_id, run_id, before, merged)

    def done(self) -> int | None:
        """Count the items that are finished; None while the database is away."""
        return self._ask(
            select(func.count())
            .select_from(RunItem)
            .where(RunItem.run_id == self.run_id, RunItem.state != "pending")
        )

    def has_ended(self) -> bool:
        """Tell whether the import is over."""
        return self._ask(select(Run.state).where(Run.id == self.run_id)) in ("done", "failed", "cancelled")

    def _ask(self, question: Any) -> Any:
        with self.place.tandem.app.app_context():
            try:
                return db.session.scalar(question)
            except SQLAlchemyError:
                db.session.rollback()
                return None


def website(number: int) -> str:
    """Return the website that only the portal knows of a customer on both sides."""
    return f"https://here-{number}.example"


def make_twins(place: Place, number: int) -> str:
    """Put a customer on both sides, each with people the other lacks; return its id there."""
    name = f"Zwilling {number}"
    shared = {"first_name": "Aino", "last_name": "Aalto", "email": f"aino@{number}.example"}
    there = {"first_name": "Eero", "last_name": "Eskola", "email": f"eero@{number}.example"}
    here = [
        {"first_name": first, "last_name": "Meri", "email": f"{first.lower()}@{number}.example"}
        for first in ("Maija", "Liisa")
    ]
    their_id = place.tandem.practice.create(name, shared, there, website="")
    place.add(name, {**shared, "mobile": "040 1234567"}, *here, website=website(number))
    return their_id
