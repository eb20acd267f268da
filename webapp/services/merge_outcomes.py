"""What an import would do, merges field by field and person by person: plans that are not carried out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from webapp.extensions import db
from webapp.sdk import ContactData, ContactRecord, CustomerDetail, Value
from webapp.services import context
from webapp.services.merge_fields import choices_of
from webapp.services.vetting import vet_to_look
from webapp.store import pairs
from webapp.store.connections import Connection
from webapp.store.custom_fields import shared_fields
from webapp.store.customers import MAX_LENGTHS
from webapp.store.runs import Run, RunItem
from webapp.sync.link import SYNCED, is_blank
from webapp.sync.merge import FieldMerge
from webapp.sync.plan import plan_import
from webapp.sync.steps import Agree, Choices, Create, Limits, OurCustomer, Plan, Ref, Update

Planner = Callable[..., Plan]

_KINDS = {"blank here": "filled_here", "blank there": "filled_there"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOutcome:
    """What a merge does to one field.

    ``kind`` is equal, filled_here, filled_there or differs; ``winner`` is ours or theirs, blank when equal.
    ``name`` is what a choice between the two is called: ``customer.website``, or their contact's id and it.
    """

    name: str
    field: str
    ours: Value
    theirs: Value
    kind: str
    winner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOutcome:
    """What a merge does with one person: paired (``why`` says by what) or added on the side that lacks it.

    ``kind`` is paired, added_here or added_there.
    """

    name: str
    kind: str
    why: str
    fields: tuple[FieldOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOutcome:
    """A merge, field by field. ``refused`` says why it cannot be carried out as it stands, if so."""

    fields: tuple[FieldOutcome, ...]
    people: tuple[PersonOutcome, ...]
    equal: int
    filled: int
    differs: int
    refused: str


def merge_outcomes(run: Run, items: Sequence[RunItem]) -> dict[int, MergeOutcome]:
    """Plan merges without carrying them out, and tell of each by its position."""
    if not items:
        return {}
    theirs = pairs.their_details(run.portal_id, run.connection_id, [item.their_id for item in items])
    our_ids = [item.our_id for item in items if item.our_id]
    ours = pairs.our_customers(run.portal_id, run.connection_id, our_ids)
    plan = _planner(run)
    return {
        item.position: _outcome(theirs[item.their_id], ours[item.our_id], plan, choices_of(item.choices))
        for item in items
        if item.their_id in theirs and item.our_id in ours
    }


def kept_back(run: Run, items: Sequence[RunItem]) -> dict[int, str]:
    """Say, by position, what plugins would keep back of customers that are new; of most there is nothing."""
    if not items or not context.registry().hooks.vet:
        return {}
    theirs = pairs.their_details(run.portal_id, run.connection_id, [item.their_id for item in items])
    plan = _planner(run)
    found = {
        item.position: _refusals(plan(theirs[item.their_id], None, "create"), theirs[item.their_id])
        for item in items
        if item.their_id in theirs
    }
    return {position: words for position, words in found.items() if words}


def limits_of(connection: Connection) -> Limits:
    """Return how long values may be on both sides of a connection."""
    provider = context.registry().get(connection.provider)
    return Limits(ours=MAX_LENGTHS, theirs=provider.capabilities.max_lengths)


def person_name(data: ContactData) -> str:
    """Return the name people read: first and last, else the e-mail."""
    return " ".join(part for part in (data.first_name, data.last_name) if part) or data.email or ""


def _planner(run: Run) -> Planner:
    """Return how an import is planned to be shown; plugins are asked what they would refuse."""
    connection = _connection(run)
    limits, shared = limits_of(connection), shared_fields(connection)
    return partial(plan_import, limits=limits, vet=vet_to_look(connection), shared=shared)


def _connection(run: Run) -> Connection:
    return db.session.get_one(Connection, (run.portal_id, run.connection_id))


def _outcome(theirs: CustomerDetail, ours: OurCustomer, planner: Planner, choices: Choices) -> MergeOutcome:
    plan = planner(theirs, ours, "merge", choices=choices)
    customer = Ref(kind="customer", our_id=ours.customer.id, their_id=theirs.customer.id)
    fields = _fields(plan, customer)
    people = _people(plan, theirs, ours)
    every = [*fields, *(each for person in people for each in person.fields)]
    return MergeOutcome(
        fields=fields,
        people=people,
        equal=sum(each.kind == "equal" for each in every),
        filled=sum(each.kind.startswith("filled") for each in every),
        differs=sum(each.kind == "differs" for each in every),
        refused=_refusals(plan, theirs),
    )


def _refusals(plan: Plan, theirs: CustomerDetail) -> str:
    """Say what a plan leaves out, and of whom there where it is one of several people."""
    names = {contact.id: person_name(contact.data) for contact in theirs.contacts}
    told = ((names.get(each.ref.their_id or "", ""), each.reason) for each in plan.refusals)
    return " ".join(f"{name}: {reason}" if name else reason for name, reason in told)


def _fields(plan: Plan, ref: Ref) -> tuple[FieldOutcome, ...]:
    """Tell of the fields of a pair: what differs first, then what is filled, then what is equal."""
    told: dict[str, FieldOutcome] = {}
    of = "customer" if ref.kind == "customer" else ref.their_id or ""
    for step in plan.steps:
        if step.ref == ref and isinstance(step, Update):
            told |= {detail.field: _told(of, detail) for detail in step.details}
        elif step.ref == ref and isinstance(step, Agree):
            for name, value in step.fields.items():
                if not is_blank(value):
                    told[name] = FieldOutcome(
                        name=f"{of}.{name}", field=name, ours=value, theirs=value, kind="equal", winner=""
                    )
    order = ("differs", "filled_here", "filled_there", "equal")
    at = {name: place for place, name in enumerate(SYNCED[ref.kind])}
    return tuple(
        sorted(
            told.values(), key=lambda each: (order.index(each.kind), at.get(each.field, len(at)), each.field)
        )
    )


def _told(of: str, detail: FieldMerge) -> FieldOutcome:
    return FieldOutcome(
        name=f"{of}.{detail.field}",
        field=detail.field,
        ours=detail.ours,
        theirs=detail.theirs,
        kind=_KINDS.get(detail.reason, "differs"),
        winner=detail.winner,
    )


def _people(plan: Plan, theirs: CustomerDetail, ours: OurCustomer) -> tuple[PersonOutcome, ...]:
    here = {contact.id: contact for contact in ours.contacts}
    there = {contact.id: contact for contact in theirs.contacts}
    people: dict[Ref, PersonOutcome] = {}
    for step in plan.steps:
        if step.ref.kind != "contact" or step.ref in people:
            continue
        if isinstance(step, Create):
            kind = "added_here" if step.side == "ours" else "added_there"
            name = person_name(step.data) if isinstance(step.data, ContactData) else ""
            people[step.ref] = PersonOutcome(name=name, kind=kind, why="", fields=())
        else:
            people[step.ref] = _pair(plan, step.ref, here, there)
    order = ("paired", "added_there", "added_here")
    return tuple(sorted(people.values(), key=lambda each: (order.index(each.kind), each.name)))


def _pair(
    plan: Plan, ref: Ref, here: dict[str, ContactRecord], there: dict[str, ContactRecord]
) -> PersonOutcome:
    record = here.get(ref.our_id or "") or there.get(ref.their_id or "")
    why = next((step.reason for step in plan.steps if step.ref == ref and isinstance(step, Agree)), "")
    name = person_name(record.data) if record else ""
    return PersonOutcome(name=name, kind="paired", why=why, fields=_fields(plan, ref))
