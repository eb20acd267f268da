"""Problems as people see them: what could not be brought into step, why, and what would help."""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from webapp.store import problem_list as store
from webapp.store.customers import called
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.problem_list import FILTERS, Wanted

PAGE_SIZE = 25
NAMELESS = "a contact without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record there that may be the one: its name, and what else tells it from others.

    One that is ``taken`` is linked with another one here.
    """

    their_id: str
    name: str
    facts: tuple[str, ...]
    taken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRow:
    """One problem; ``name`` of the record it is about, which lies in the bin if ``binned``.

    ``version`` is the customer's here. ``seen`` names what is asked, to notice when that changed.
    """

    id: uuid.UUID
    connection_id: uuid.UUID
    kind: str
    question: str
    name: str
    customer_id: uuid.UUID | None
    customer: str
    our_id: uuid.UUID | None
    their_customer_id: str
    version: int
    binned: bool
    linked: bool
    side: str
    field: str
    reason: str
    candidates: tuple[Candidate, ...]
    attempts: int
    parked: bool
    next_try_at: datetime | None
    found_at: datetime
    last_at: datetime
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage:
    """A page of problems; ``counts`` by filter under the present search, "all" too."""

    rows: tuple[ProblemRow, ...]
    counts: Mapping[str, int]
    total: int
    number: int
    pages: int
    wanted: Wanted

    @property
    def failed(self) -> int:
        """How many failed, and can be tried again."""
        return self.counts["parked"] + self.counts["again"]


def page(portal_id: uuid.UUID, wanted: Wanted, *, number: int = 1) -> ProblemPage:
    """List problems, those that need somebody first; a page beyond the end is the last."""
    counts = store.counts(portal_id, wanted)
    total = counts[wanted.filter or "all"]
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = max(1, min(number, pages))
    found = store.page_rows(portal_id, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return ProblemPage(
        rows=tuple(rows_of(portal_id, found)),
        counts=counts,
        total=total,
        number=number,
        pages=pages,
        wanted=wanted,
    )


def every_row(portal_id: uuid.UUID, wanted: Wanted) -> Iterator[ProblemRow]:
    """List all problems that are wanted, for a file."""
    offset = 0
    while found := store.page_rows(portal_id, wanted, offset=offset, limit=500):
        yield from rows_of(portal_id, found)
        offset += len(found)


def asked(connection_id: uuid.UUID | None, filter: str, q: str) -> Wanted:
    """Return which problems are meant; an unknown filter means all."""
    return Wanted(connection_id=connection_id, filter=filter if filter in FILTERS else "", q=q.strip())


def rows_of(portal_id: uuid.UUID, found: Sequence[Row[Any]]) -> list[ProblemRow]:
    """Return problems as values, with the records there that they name."""
    people, customers = set[tuple[uuid.UUID, str]](), set[tuple[uuid.UUID, str]]()
    for row in found:
        named = {(row.Problem.connection_id, their_id) for their_id in row.Problem.survivors}
        if row.Problem.question == "held":
            people |= named
        else:
            customers |= named
    known: dict[tuple[uuid.UUID, str], Candidate] = {
        key: _person(person) for key, person in store.their_contacts(portal_id, people).items()
    }
    known |= {key: _customer(there) for key, there in store.their_customers(portal_id, customers).items()}
    return [_row(row, known) for row in found]


def _row(row: Row[Any], known: Mapping[tuple[uuid.UUID, str], Candidate]) -> ProblemRow:
    problem, customer, contact = row.Problem, row.Customer, row.Contact
    of = customer.name if customer else row.there or ""
    about = (contact.name or NAMELESS) if contact else of
    here = contact or customer
    return ProblemRow(
        id=problem.id,
        connection_id=problem.connection_id,
        kind=problem.kind,
        question=problem.question,
        name=about,
        customer_id=customer.id if customer else None,
        customer=of,
        our_id=problem.our_id,
        their_customer_id=problem.their_customer_id,
        version=customer.version if customer else 0,
        binned=bool(here and here.deleted_at is not None),
        linked=row.linked,
        side=problem.side,
        field=problem.field,
        reason=problem.reason,
        candidates=tuple(
            known.get((problem.connection_id, each), Candidate(their_id=each, name=each, facts=()))
            for each in problem.survivors
            # Somebody who is gone there meanwhile cannot be the one.
            if problem.kind == "customer" or (problem.connection_id, each) in known
        ),
        attempts=problem.attempts,
        parked=problem.parked,
        next_try_at=problem.next_try_at,
        found_at=problem.found_at,
        last_at=problem.last_at,
        seen=_digest([problem.question, problem.their_id, sorted(problem.survivors)]),
    )


def _person(row: MirrorContact) -> Candidate:
    facts = (row.email, row.phone or row.mobile, row.designation)
    name = called(row.first_name, row.last_name, row.email) or NAMELESS
    return Candidate(their_id=row.their_id, name=name, facts=tuple(each for each in facts if each))


def _customer(row: MirrorCustomer) -> Candidate:
    facts = (row.primary_name, row.primary_email, row.primary_phone, row.currency)
    return Candidate(
        their_id=row.their_id,
        name=row.name,
        facts=tuple(each for each in facts if each),
        taken=row.known_by == "link",
    )


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
