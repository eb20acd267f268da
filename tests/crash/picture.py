"""A picture of all that imports and passes leave behind, without ids and times: equal ones, equal worlds."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from tests.import_world import ImportWorld
from webapp.extensions import db
from webapp.sdk import CONTACT_FIELDS, CUSTOMER_FIELDS
from webapp.services import audit
from webapp.store.audit import AuditEntry
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.notices import Notice
from webapp.store.problems import Problem
from webapp.store.runs import Run, RunItem

Picture = dict[str, Any]


def picture(world: ImportWorld) -> Picture:
    """Take the picture of one portal and its provider."""
    db.session.rollback()
    db.session.expire_all()
    names = _names(world.portal_id)
    return {
        "here": _here(world, names),
        "there": _there(world),
        "links": _links(world, names),
        "history": _history(world, names),
        "audit": _audit(world),
        "runs": _runs(world),
        "notices": _notices(world),
        "intents": _intents(world, names),
        "mirror": _mirror(world),
        "connection": _connection(world),
        "conflicts": _conflicts(world, names),
        "problems": _problems(world, names),
    }


def differences(wanted: Picture, found: Picture) -> list[str]:
    """Say in which parts two pictures differ: what only the wanted one has, then what only the other has."""
    return [
        f"{part}: {_only(wanted[part], found[part])} became {_only(found[part], wanted[part])}"
        for part in wanted
        if found[part] != wanted[part]
    ]


def _only(one: Any, other: Any) -> Any:
    pairs, others = (list(each.items()) if isinstance(each, dict) else each for each in (one, other))
    return [each for each in pairs if each not in others]


def _names(portal_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Return what stands for each record here: a customer's place among all, a contact's own name."""
    customers = db.session.execute(
        select(Customer.id, Customer.name).where(Customer.portal_id == portal_id).order_by(Customer.id)
    )
    named = {row.id: f"{number} {row.name}" for number, row in enumerate(customers)}
    people = select(Contact.id, Contact.first_name).where(Contact.portal_id == portal_id)
    return named | {row.id: f"contact {row.first_name}" for row in db.session.execute(people)}


def _here(world: ImportWorld, names: dict[uuid.UUID, str]) -> list[Any]:
    customers = db.session.scalars(select(Customer).where(Customer.portal_id == world.portal_id))
    people = list(db.session.scalars(select(Contact).where(Contact.portal_id == world.portal_id)))
    return sorted(
        (
            names[row.id],
            [getattr(row, name) for name in (*CUSTOMER_FIELDS, "currency", "version", "search")],
            row.deleted_at is None,
            row.run_id is not None,
            sorted(
                repr(
                    [each.deleted_at is None, *(getattr(each, name) for name in (*CONTACT_FIELDS, "version"))]
                )
                for each in people
                if each.customer_id == row.id
            ),
        )
        for row in customers
    )


def _there(world: ImportWorld) -> list[Any]:
    ids = [row.id for row in world.theirs.changed(None).customers]
    details = [world.theirs.customer(their_id) for their_id in sorted(ids)]
    return [
        (asdict(each.customer.data), sorted(repr(asdict(one.data)) for one in each.contacts))
        for each in details
    ]


def _links(world: ImportWorld, names: dict[uuid.UUID, str]) -> list[str]:
    rows = db.session.scalars(select(Link).where(Link.portal_id == world.portal_id))
    told = ("kind", "agreed_ours", "agreed_theirs", "brake", "edited_here")
    return sorted(
        repr([names[row.our_id], row.due_at is None, *(getattr(row, name) for name in told)]) for row in rows
    )


def _history(world: ImportWorld, names: dict[uuid.UUID, str]) -> dict[str, int]:
    rows = list(db.session.scalars(select(HistoryEntry).where(HistoryEntry.portal_id == world.portal_id)))
    runs = {row.id: row.number for row in db.session.scalars(select(Run))}
    told = ("kind", "action", "field", "old", "new", "lost")
    # By what two people were paired only who paired them first can tell; afterwards they are linked.
    counted = (told[:2] if row.action == "linked" else told for row in rows)
    return dict(
        Counter(
            repr(
                [
                    names[row.record_id],
                    row.actor.partition(":")[0] == "provider",
                    runs[row.run_id] if row.run_id else None,
                    *(getattr(row, name) for name in names_told),
                ]
            )
            for row, names_told in zip(rows, counted, strict=True)
        )
    )


def _audit(world: ImportWorld) -> dict[str, int]:
    assert audit.verify(world.portal_id) is None
    rows = db.session.scalars(select(AuditEntry).where(AuditEntry.portal_id == world.portal_id))
    return dict(Counter(repr([row.action, row.details.get("fields")]) for row in rows))


def _runs(world: ImportWorld) -> list[Any]:
    rows = db.session.scalars(select(Run).where(Run.portal_id == world.portal_id).order_by(Run.number))
    told = ("number", "kind", "cause", "state", "pause", "error")
    return [([getattr(row, name) for name in told], _counts(row), _items(row)) for row in rows]


def _counts(run: Run) -> dict[str, int]:
    """Return what a run counts; of a pass without how often it looked and asked, which a crash repeats."""
    repeated = ("looked", "calls") if run.kind == "sync" else ()
    return {name: number for name, number in run.counts.items() if name not in repeated}


def _notices(world: ImportWorld) -> list[Any]:
    rows = db.session.scalars(select(Notice).where(Notice.portal_id == world.portal_id))
    return sorted((row.kind, row.times, row.resolved_at is not None) for row in rows)


def _items(run: Run) -> list[Any]:
    rows = db.session.scalars(select(RunItem).where(RunItem.run_id == run.id).order_by(RunItem.position))
    return [(row.name, row.action, row.state, row.reason, row.contacts, row.attempts) for row in rows]


def _intents(world: ImportWorld, names: dict[uuid.UUID, str]) -> list[Any]:
    rows = db.session.scalars(select(Intent).where(Intent.portal_id == world.portal_id))
    return sorted((names[row.our_id], row.kind, row.state, row.found) for row in rows)


def _mirror(world: ImportWorld) -> list[Any]:
    place = (MirrorCustomer.portal_id == world.portal_id, MirrorContact.portal_id == world.portal_id)
    rows = db.session.scalars(select(MirrorCustomer).where(place[0]))
    told = ("name", "company_name", "website", "contacts_count", "failures")
    people = db.session.scalars(select(MirrorContact).where(place[1]))
    return [
        sorted(repr([row.gone_at is None, *(getattr(row, name) for name in told)]) for row in rows),
        sorted(repr([getattr(row, name) for name in CONTACT_FIELDS]) for row in people),
    ]


def _connection(world: ImportWorld) -> list[Any]:
    row = db.session.scalars(select(Connection).where(Connection.id == world.connection_id)).one()
    told = ("state", "lease_until", "lease_holder", "failures", "paused_until", "bulk_paused_until", "brakes")
    return [getattr(row, name) for name in told]


def _conflicts(world: ImportWorld, names: dict[uuid.UUID, str]) -> list[str]:
    rows = db.session.scalars(select(Conflict).where(Conflict.portal_id == world.portal_id))
    told = ("kind", "field", "ours", "theirs", "agreed_ours", "agreed_theirs")
    return sorted(repr([names[row.our_id], *(getattr(row, name) for name in told)]) for row in rows)


def _problems(world: ImportWorld, names: dict[uuid.UUID, str]) -> list[str]:
    rows = db.session.scalars(select(Problem).where(Problem.portal_id == world.portal_id))
    told = ("kind", "question", "side", "field", "reason", "attempts", "parked")
    return sorted(
        repr([names[row.our_id] if row.our_id else "", *(getattr(row, name) for name in told)])
        for row in rows
    )
