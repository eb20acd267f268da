"""Merging two customers of the portal into one: in one transaction, as it was shown."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from webapp.extensions import db
from webapp.sdk import Value
from webapp.services import audit
from webapp.services.entries import text_of
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.merge_choices import FieldChoice, MergePlan, plan
from webapp.services.merge_outcomes import person_name
from webapp.services.signals import announce_due
from webapp.services.vetoed import of_merge
from webapp.services.vetting import has_say
from webapp.store import history, intents
from webapp.store import merging as store
from webapp.store.columns import now
from webapp.store.customers import locked_customer
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData
from webapp.store.project_people import move_customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What came of a merge: the survivor, and the name of the one that went into the bin."""

    customer_id: uuid.UUID
    name: str
    other: str


def merge(
    portal_id: uuid.UUID,
    one: uuid.UUID,
    other: uuid.UUID,
    choices: Mapping[str, str],
    seen: str,
    user_id: uuid.UUID,
) -> Merged:
    """Merge ``other`` into ``one`` as it was shown, which ``seen`` names.

    Raises ``Conflict`` if either changed since, ``Refused`` where it cannot be done or plugins refuse it.
    """
    if has_say():
        _refuse_vetoed(portal_id, plan(portal_id, one, other, choices))
    # Both are held in one order, so that no two merges wait for each other.
    for each in sorted((one, other)):
        locked_customer(portal_id, each)
    try:
        decided = plan(portal_id, one, other, choices)
        if decided.refused:
            raise Refused(decided.refused)
        if decided.seen != seen:
            raise Conflict(
                "One of the two changed since this page was shown. Nothing was merged: look again."
            )
    except (Conflict, NotFound, Refused):
        db.session.rollback()
        raise
    name = _carry_over(portal_id, decided, user_id)
    audit.record(portal_id, str(user_id), "customer.merged", str(one), {"merged": str(other)})
    db.session.commit()
    for connection_id in {*decided.one.linked, *decided.other.linked}:
        announce_due(connection_id, interactive=True)
    return Merged(customer_id=one, name=name, other=decided.other.record.data.name)


def survivor(portal_id: uuid.UUID, customer_id: uuid.UUID) -> uuid.UUID | None:
    """Return which customer a merged one became part of, if that one is there."""
    found = store.survivor(portal_id, customer_id)
    return found if found != customer_id else None


def _refuse_vetoed(portal_id: uuid.UUID, shown: MergePlan) -> None:
    """Ask plugins about what would travel, before anything is held."""
    why = of_merge(portal_id, shown)
    db.session.rollback()
    if why:
        raise Refused(f"{why} Nothing was merged: choose the other value, or change it first.")


def _carry_over(portal_id: uuid.UUID, plan: MergePlan, user_id: uuid.UUID) -> str:
    """Write the merge, and return the name of the survivor."""
    at = now()
    one, other = plan.one.id, plan.other.id
    name = _write(portal_id, plan)
    moved = [uuid.UUID(each.id) for each in plan.moved]
    waiting = store.binned_contacts(portal_id, other)
    pairs = {uuid.UUID(each.other.id): uuid.UUID(each.one.id) for each in plan.people}
    store.forget_waiting(portal_id, [other, *moved, *pairs])
    intents.forget_apart(portal_id, [*moved, *pairs])
    store.move_links(portal_id, {other: one, **pairs}, at)
    store.move_contacts(portal_id, [*moved, *waiting], one, at, demoted=bool(plan.one.contacts))
    move_customer(portal_id, other, one)
    store.put_away(portal_id, other, one, at)
    store.touch(portal_id, one, at)
    history.add(portal_id, list(_told(plan, name)), actor=str(user_id), run_id=None)
    return name


def _write(portal_id: uuid.UUID, plan: MergePlan) -> str:
    """Write the values that come over from the other one; return the survivor's name."""
    directory = PortalDirectory(portal_id)
    written = directory.update_customer(str(plan.one.id), _taken(plan.fields))
    for person in plan.people:
        directory.update_contact(str(plan.one.id), person.one.id, _taken(person.fields))
    return written.data.name


def _taken(fields: Iterable[FieldChoice]) -> dict[str, Value]:
    return {each.field: each.other for each in fields if each.keep == "other" and each.kind != "equal"}


def _told(plan: MergePlan, name: str) -> Iterator[EntryData]:
    """Tell on the survivor what it took in and which values gave way, and on the other where it went."""
    one, other = plan.one.id, plan.other.id
    were = plan.other.record.data.name
    yield EntryData(kind="customer", record_id=one, customer_id=one, action="merged", old=were, new=name)
    yield from _told_fields("customer", one, one, plan.fields)
    for person in plan.people:
        yield from _told_fields("contact", uuid.UUID(person.one.id), one, person.fields)
    for each in plan.moved:
        moved = uuid.UUID(each.id)
        yield EntryData(
            kind="contact",
            record_id=moved,
            customer_id=one,
            action="moved",
            old=were,
            new=person_name(each.data),
        )
    yield EntryData(kind="customer", record_id=other, customer_id=other, action="deleted", old=were, new=name)


def _told_fields(
    kind: str, record_id: uuid.UUID, one: uuid.UUID, fields: Iterable[FieldChoice]
) -> Iterator[EntryData]:
    """A value that came over is a change; one that was left behind is told as lost."""
    for each in fields:
        if each.kind == "equal" or (each.kind == "filled" and each.keep == "one"):
            continue
        yield EntryData(
            kind=kind,
            record_id=record_id,
            customer_id=one,
            action="changed" if each.keep == "other" else "merged",
            field=each.field,
            old=text_of(each.one if each.keep == "other" else each.other),
            new=text_of(each.kept),
            lost=each.kind == "differs",
        )
