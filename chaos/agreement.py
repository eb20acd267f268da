"""Both sides once they rest: alike but for what is listed, nothing twice, nothing lost that was written."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from chaos.written import Written
from tests.system.place import Place
from webapp.extensions import db
from webapp.services import audit, drift
from webapp.store.customers import Contact, Customer
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.problems import Problem
from webapp.walls import inside

WAITING = drift.EXPLAINED - {"due"}
"""Why sides that rest may differ: somebody is shown it."""

Person = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A portal and the connection that keeps it in step; ``before`` are the people there at first."""

    place: Place
    connection_id: uuid.UUID
    before: Counter[Person]

    def reasons(self) -> Counter[str]:
        """Count what differs, by why."""
        return Counter(each.reason for each in self._differences())

    def violations(self, written: Written) -> list[str]:
        """Return every violation in words; an empty list is a pass."""
        with self.place.tandem.app.app_context(), inside(self.place.portal_id):
            there = self.place.tandem.practice.customers()
            found = [
                *self._unlisted(),
                *self._unseen(there),
                *self._twice(there),
                *self._lost(there, written),
                *self._unfinished(),
            ]
            if broken := audit.verify(self.place.portal_id):
                found.append(f"the audit chain is broken at {broken}")
            return found

    def _differences(self) -> list[drift.Difference]:
        with self.place.tandem.app.app_context(), inside(self.place.portal_id):
            found = list(drift.differences(self.place.portal_id, self.connection_id))
            db.session.rollback()
            return found

    def _unlisted(self) -> Iterator[str]:
        for each in self._differences():
            if each.reason not in WAITING:
                what = f"{each.kind} {each.record or each.customer!r} {each.field}".rstrip()
                yield f"{what} differs ({each.reason}): {each.ours!r} here, {each.theirs!r} there"

    def _unseen(self, there: dict[str, dict[str, Any]]) -> Iterator[str]:
        """Tell where the mirror, with which the portal was compared, is not what is there."""
        customers = select(MirrorCustomer).where(
            MirrorCustomer.connection_id == self.connection_id, MirrorCustomer.gone_at.is_(None)
        )
        seen = {row.their_id: row for row in db.session.scalars(customers)}
        for their_id in seen.keys() ^ there.keys():
            yield f"{their_id} is only {'there' if their_id in there else 'in the mirror'}"
        for their_id in seen.keys() & there.keys():
            if (seen[their_id].website or "") != there[their_id]["website"]:
                yield f"{their_id} has the website {there[their_id]['website']}, and another in the mirror"
        # Of a customer that is gone its people stay known for a while.
        contacts = select(MirrorContact).where(
            MirrorContact.connection_id == self.connection_id, MirrorContact.their_customer_id.in_(seen)
        )
        people = {row.their_id: row.designation or "" for row in db.session.scalars(contacts)}
        wanted = {each["id"]: each["designation"] for one in there.values() for each in one["persons"]}
        for person in people.items() ^ wanted.items():
            yield f"contact {person} is not the same there and in the mirror"

    def _twice(self, there: dict[str, dict[str, Any]]) -> Iterator[str]:
        people = Counter(_key(**each) for one in there.values() for each in one["persons"])
        yield from self._too_often("there", people)
        undecided = select(Problem.customer_id).where(Problem.customer_id.is_not(None))
        ours = select(Contact).where(Contact.deleted_at.is_(None), Contact.customer_id.not_in(undecided))
        here = (
            {"first_name": row.first_name, "last_name": row.last_name, "email": row.email}
            for row in db.session.scalars(ours)
        )
        yield from self._too_often("here", Counter(_key(**each) for each in here))
        names = Counter(each["name"] for each in there.values())
        for name, number in self.place.names().items():
            if number > max(names[name], 1):
                yield f"customer {name} is here {number} times"
        for kind, linked in self._linked().items():
            if max([*Counter(linked).values(), 1]) > 1:
                yield f"a {kind} there is linked twice"

    def _too_often(self, where: str, people: Counter[Person]) -> Iterator[str]:
        for person, number in people.items():
            if number > max(self.before[person], 1):
                yield f"{person} is {where} {number} times"

    def _linked(self) -> dict[str, list[str]]:
        linked: dict[str, list[str]] = {"customer": [], "contact": []}
        query = select(Link.kind, Link.their_id).where(Link.connection_id == self.connection_id)
        for kind, their_id in db.session.execute(query):
            linked[kind].append(their_id)
        return linked

    def _lost(self, there: dict[str, dict[str, Any]], written: Written) -> Iterator[str]:
        kept = "\n".join(_texts(there))
        for word in sorted(written.here | set(written.there.values())):
            if word not in kept:
                yield f"{word} is on neither side, nor in the history"

    def _unfinished(self) -> Iterator[str]:
        waiting = select(func.count()).select_from(Intent).where(Intent.state != "done")
        # One that is held is shown as a problem.
        held = select(func.count()).select_from(Problem).where(Problem.question == "held")
        if (db.session.scalar(waiting) or 0) > (db.session.scalar(held) or 0):
            yield f"{db.session.scalar(waiting)} writes are not settled"


def people_of(there: dict[str, dict[str, Any]]) -> Counter[Person]:
    """Count the people of customers there."""
    return Counter(_key(**each) for one in there.values() for each in one["persons"])


def _key(first_name: str | None, last_name: str | None, email: str | None, **_: object) -> Person:
    first, last, mail = (" ".join((each or "").split()).casefold() for each in (first_name, last_name, email))
    return first, last, mail


def _texts(there: dict[str, dict[str, Any]]) -> Iterable[str]:
    """Give every text that is there, here (in the bin too), or in the history."""
    yield str(there)
    for model in (Customer, Contact):
        for row in db.session.scalars(select(model)):
            yield " ".join(str(value) for value in vars(row).values())
    for old, new in db.session.execute(select(HistoryEntry.old, HistoryEntry.new)):
        yield f"{old} {new}"
