"""What there is on both sides in the end, without the ids and times that differ from one go to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from tests.faults.world import World
from webapp.extensions import db
from webapp.store.audit import AuditEntry
from webapp.store.customers import Contact, Customer
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.problems import Problem

CUSTOMER = ("name", "website", "company_name")
PERSON = ("first_name", "last_name", "email", "phone")


def outcome(world: World) -> dict[str, Any]:
    """Return everything that must be the same with and without a fault."""
    db.session.rollback()
    db.session.expire_all()
    return {
        "at Zoho": at_zoho(world),
        "in the mirror": mirrored(world),
        "in the portal": in_the_portal(world),
        "linked": linked(world),
        "told": Counter((entry.kind, entry.action, entry.field) for entry in _all(world, HistoryEntry)),
        "audited": Counter(entry.action for entry in _all(world, AuditEntry) if "provider." in entry.action),
        "problems": Counter((row.kind, row.question, row.reason) for row in _all(world, Problem)),
        "open intents": sum(intent.state == "open" for intent in _all(world, Intent)),
    }


def at_zoho(world: World) -> Counter[Any]:
    """Count the customers at Zoho, each with its persons."""
    return Counter(
        _customer(each, each.persons, active=each.status == "active", primary=[each.primary])
        for each in world.register.contacts.values()
        if each.contact_type == "customer"
    )


def mirrored(world: World) -> Counter[Any]:
    """Count the live customers of the mirror, each with its contacts."""
    people: dict[str, list[Any]] = {}
    for person in _all(world, MirrorContact):
        people.setdefault(person.their_customer_id, []).append(person)
    return Counter(
        _kept(each, people.get(each.their_id, []))
        for each in _all(world, MirrorCustomer)
        if each.gone_at is None
    )


def gone_here(world: World) -> set[str]:
    """Return the ids of the customers taken for gone."""
    return {each.their_id for each in _all(world, MirrorCustomer) if each.gone_at is not None}


def in_the_portal(world: World) -> Counter[Any]:
    """Count the portal's customers, each with its contacts."""
    people: dict[Any, list[Any]] = {}
    for person in _all(world, Contact):
        if person.deleted_at is None:
            people.setdefault(person.customer_id, []).append(person)
    return Counter(
        _kept(each, people.get(each.id, [])) for each in _all(world, Customer) if each.deleted_at is None
    )


def linked(world: World) -> Counter[Any]:
    """Count the links, by what they link here."""
    names = {each.id: ("customer", each.name) for each in _all(world, Customer)}
    names |= {each.id: ("contact", each.first_name) for each in _all(world, Contact)}
    return Counter((names[link.our_id], link.run_id is not None) for link in _all(world, Link))


def _kept(row: Any, people: list[Any]) -> tuple[Any, ...]:
    return _customer(row, people, active=row.active, primary=[each for each in people if each.primary])


def _customer(record: Any, people: list[Any], *, active: bool, primary: list[Any]) -> tuple[Any, ...]:
    """Return what a customer holds, whom it has, whether it is active, and who is its primary contact."""
    return _values(record, CUSTOMER), _people(people), active, _people(each for each in primary if each)


def _people(people: Iterable[Any]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(_values(each, PERSON) for each in people))


def _all(world: World, table: Any) -> list[Any]:
    assert world.place is not None
    return list(db.session.scalars(select(table).where(table.portal_id == world.place.portal_id)))


def _values(record: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(getattr(record, name) or "" for name in names)
