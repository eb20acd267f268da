"""The customers a project is for: listed with their people, added, made primary, and taken off."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services import admitting, audit
from webapp.services.admitting import Admitted
from webapp.services.client_users import ClientState, state_of
from webapp.services.errors import NotFound, Refused
from webapp.services.project_rights import UNKNOWN
from webapp.store import client_users, project_currencies
from webapp.store import project_people as store
from webapp.store.customers import Contact, Customer

PAGE_SIZE = 50
SHOWN = 50
"""So many customers are offered at a time; a search finds the others."""

NOT_IN_IT = "This customer is not in the project any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPerson:
    """A contact of a project's customer, and where it stands as a ``client`` user."""

    contact: Contact
    client: ClientState


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """A customer of a project with all its people; ``primary`` for at most one."""

    customer: Customer
    people: tuple[ClientPerson, ...]
    primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPage:
    """A page of a project's customers, the primary one first."""

    rows: tuple[ClientRow, ...]
    total: int
    number: int
    pages: int
    q: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer that could be added; ``why`` says what is in the way, if anything is."""

    id: uuid.UUID
    name: str
    currency: str
    contacts: int
    why: str
    note: str


def page(portal_id: uuid.UUID, project_id: uuid.UUID, *, q: str = "", number: int = 1) -> ClientPage:
    """List a project's customers; names, e-mails and phones of their people are searched."""
    number = max(1, number)
    rows, total = store.customers(portal_id, project_id, q, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return page(portal_id, project_id, q=q, number=pages)
    customers = {row.Customer.id: row.Customer for row in rows}
    people: dict[uuid.UUID, list[ClientPerson]] = defaultdict(list)
    for each in client_users.people_with_states(portal_id, list(customers)):
        contact: Contact = each.Contact
        state = state_of(customers[contact.customer_id], contact, each)
        people[contact.customer_id].append(ClientPerson(contact=contact, client=state))
    shown = tuple(
        ClientRow(customer=row.Customer, people=tuple(people[row.Customer.id]), primary=row.primary)
        for row in rows
    )
    return ClientPage(rows=shown, total=total, number=number, pages=pages, q=q)


def candidates(portal_id: uuid.UUID, project_id: uuid.UUID, currency: str, q: str = "") -> list[Candidate]:
    """List active customers of the portal that are not in a project yet, by name."""
    base = admitting.base_currency(portal_id)
    rows = store.candidates(portal_id, project_id, q, SHOWN)
    return [_candidate(row, currency, base) for row in rows]


def add(
    portal_id: uuid.UUID, project_id: uuid.UUID, customer_ids: Collection[uuid.UUID], by: uuid.UUID
) -> Admitted:
    """Have a project be for customers of the portal too; the first becomes primary.

    Raises ``NotFound``, and ``Refused`` when it takes none of them.
    """
    try:
        admitted = admitting.admit(portal_id, project_id, sorted(customer_ids), actor=str(by))
        if admitted.refused and not admitted.added:
            raise Refused(" ".join(admitted.refused.values()))
    except (NotFound, Refused):
        db.session.rollback()
        raise
    if admitted.added:
        details = {"customers": [str(each) for each in admitted.added]}
        audit.record(portal_id, str(by), "project.customers_added", str(project_id), details)
    db.session.commit()
    return admitted


def make_primary(portal_id: uuid.UUID, project_id: uuid.UUID, customer_id: uuid.UUID, by: uuid.UUID) -> None:
    """Make one of a project's customers the primary one; harmless when it is."""
    _hold(portal_id, project_id, customer_id)
    before = store.primary_of(portal_id, project_id)
    if before != customer_id:
        store.make_primary(portal_id, project_id, customer_id)
        details = {"customer": str(customer_id), "instead_of": str(before or "")}
        audit.record(portal_id, str(by), "project.primary_changed", str(project_id), details)
    db.session.commit()


def take_off(
    portal_id: uuid.UUID, project_id: uuid.UUID, customer_id: uuid.UUID, by: uuid.UUID
) -> uuid.UUID | None:
    """Have a project be for a customer no longer, and return which one became primary instead, if it was.

    The eldest of those left takes its place. The customer itself stays in the portal.
    """
    _hold(portal_id, project_id, customer_id)
    before = store.primary_of(portal_id, project_id)
    store.take_customer_off(portal_id, project_id, customer_id)
    heir = store.primary_of(portal_id, project_id) if before == customer_id else None
    details = {"customer": str(customer_id), "primary": str(heir or "")}
    audit.record(portal_id, str(by), "project.customer_removed", str(project_id), details)
    db.session.commit()
    return heir


def require(portal_id: uuid.UUID, project_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Raise ``NotFound`` unless a customer is one of a project's."""
    if not store.is_for(portal_id, project_id, customer_id):
        raise NotFound(NOT_IN_IT)


def why_it_stays(customer: Customer, after: Mapping[str, object]) -> str:
    """Say why a customer cannot get another currency: it is in projects of the one it has."""
    for row in project_currencies.of_customer(customer.portal_id, customer.id):
        if row.currency != after["currency"]:
            return f"It stays {row.currency} while the customer is in “{row.name}”: remove it there first."
    return ""


def name_of(portal_id: uuid.UUID, customer_id: uuid.UUID) -> str:
    """Return what a customer is called."""
    return db.session.get_one(Customer, (portal_id, customer_id)).name


def _hold(portal_id: uuid.UUID, project_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Hold a customer and then the project it is in."""
    store.held_customers(portal_id, [customer_id])
    held = store.locked(portal_id, project_id)
    if held is None or not store.is_for(portal_id, project_id, customer_id):
        db.session.rollback()
        raise NotFound(UNKNOWN if held is None else NOT_IN_IT)


def _candidate(row: Row[Any], currency: str, base: str) -> Candidate:
    own = row.currency or base
    other = f"Billed in {own}, and this project is in {currency}." if own != currency else ""
    return Candidate(
        id=row.id,
        name=row.name,
        currency=own,
        contacts=row.contacts,
        why=other,
        note="" if row.currency or other else f"Has no currency: it gets {base}, the portal’s.",
    )
