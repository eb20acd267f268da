"""What a pass would do, customer by customer: plans made of what the tables know, without a call."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from webapp.extensions import db
from webapp.services.accounts import provider_of
from webapp.services.census import mirror_of
from webapp.services.sync_sides import DatabaseSides
from webapp.store import custom_fields, dirty
from webapp.store.connections import Connection
from webapp.store.customers import MAX_LENGTHS
from webapp.store.dirty import Dirty
from webapp.sync.agree import Planner, foresee
from webapp.sync.brake import Hit, hits
from webapp.sync.merge import Rule
from webapp.sync.plan import plan_sync
from webapp.sync.steps import Limits, OurCustomer, Plan, TheirCustomer
from webapp.sync.terms import Vet, as_planned

AT_ONCE = 200
"""How many customers are read by one set of queries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A linked customer, the fingerprints it was planned from, and the plan.

    Without a ``plan``, what is known is not enough for one: the customer is to be read there first.
    ``unsettled``: something may have been written to it before a crash.
    """

    dirty: Dirty
    ours: OurCustomer | None
    theirs: TheirCustomer | None
    plan: Plan | None
    unsettled: bool = False

    @property
    def our_id(self) -> uuid.UUID:
        """The customer here."""
        return self.dirty.our_id

    @property
    def name(self) -> str:
        """What people call it."""
        record = self.ours.customer if self.ours else self.theirs.customer if self.theirs else None
        return record.data.name if record else ""

    @property
    def quiet(self) -> bool:
        """Tell whether nothing is to be written for it, and nobody to be asked."""
        return self.plan is not None and self.plan.empty and not self.plan.unconfirmed and not self.unsettled

    @property
    def hits(self) -> frozenset[Hit]:
        """The linked records that would go or lose values."""
        return hits(self.plan) if self.plan is not None else frozenset()


def planner(connection: Connection, *, vet: Vet = as_planned) -> Planner:
    """Return how customers of a connection are planned: by its rule, and by what its provider can do.

    Where the plan is to be carried out, or shown to people, plugins ``vet`` it; to be counted, it needs
    nobody's leave.
    """
    capabilities = provider_of(connection).capabilities
    limits = Limits(ours=MAX_LENGTHS, theirs=capabilities.max_lengths)
    rule = cast(Rule, connection.rule)
    shared = custom_fields.shared_fields(connection)
    return partial(plan_sync, rule=rule, capabilities=capabilities, limits=limits, vet=vet, shared=shared)


def plans(connection: Connection, our_ids: Sequence[uuid.UUID], plan: Planner | None = None) -> list[Planned]:
    """Plan some linked customers, in their order, by few queries however many there are.

    Ends the session's transaction. Those that are linked no more are left out.
    """
    plan = plan or planner(connection)
    known = dirty.fingerprints(connection, our_ids)
    sides = DatabaseSides(mirror_of(connection), custom_fields.shared_fields(connection))
    unsettled = sides.read_ahead(our_ids)
    return [_planned(known[our_id], sides, plan, unsettled) for our_id in our_ids if our_id in known]


def stream(
    connection: Connection, our_ids: Iterable[uuid.UUID], *, vet: Vet = as_planned
) -> Iterator[Planned]:
    """Plan any number of linked customers, a few hundred in memory at a time."""
    plan, batch = planner(connection, vet=vet), list[uuid.UUID]()
    for our_id in our_ids:
        batch.append(our_id)
        if len(batch) == AT_ONCE:
            yield from plans(connection, batch, plan)
            batch = []
    if batch:
        yield from plans(connection, batch, plan)


def due(connection: Connection) -> Iterator[uuid.UUID]:
    """List the customers that wait to be looked at, now or later, by id."""
    last: uuid.UUID | None = None
    while page := dirty.waiting(connection, after=last, limit=AT_ONCE * 5):
        db.session.rollback()
        yield from page
        last = page[-1]


def _planned(known: Dirty, sides: DatabaseSides, plan: Planner, unsettled: frozenset[str]) -> Planned:
    seen: list[tuple[OurCustomer, TheirCustomer]] = []

    def watched(ours: OurCustomer, theirs: TheirCustomer) -> Plan:
        seen.append((ours, theirs))
        return plan(ours, theirs)

    made = foresee(str(known.our_id), sides, watched)
    ours, theirs = seen[0] if seen else (None, None)
    return Planned(dirty=known, ours=ours, theirs=theirs, plan=made, unsettled=known.their_id in unsettled)
