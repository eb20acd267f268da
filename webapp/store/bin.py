"""The bin: customers and contacts that were deleted, listed, and taken out of the database for good.

A contact that went in along with its customer lies inside it and is no row of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    text,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import InstrumentedAttribute, aliased

from webapp.extensions import Model, db
from webapp.store.columns import new_id
from webapp.store.conflicts import Conflict
from webapp.store.customers import Contact, Customer
from webapp.store.history import PERSON, HistoryEntry
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.portals import User
from webapp.store.problems import Problem
from webapp.store.runs import Run
from webapp.store.search import matches, words
from webapp.store.ticks import uuids

KINDS = ("customer", "contact")

_Parent = aliased(Customer)
_Survivor = aliased(Customer)
_Along = aliased(Contact)

_plain_name = func.normalize(func.concat_ws(" ", Contact.first_name, Contact.last_name), text("NFKD"))
_found_by = func.concat_ws(
    "\n",
    func.regexp_replace(func.lower(_plain_name), "[\u0300-\u036f]", "", "g"),
    func.lower(Contact.email),
    func.regexp_replace(func.concat_ws("x", Contact.phone, Contact.mobile), "[^0-9x]", "", "g"),
)
"""What a contact in the bin is found by: for so few there is no key of its own."""

_TIED: tuple[tuple[type[Model], InstrumentedAttribute[Any]], ...] = (
    (Conflict, Conflict.our_id),
    (Problem, Problem.our_id),
    (Intent, Intent.our_id),
    (HistoryEntry, HistoryEntry.record_id),
)
"""What is kept of a record beside it, by the column that names it."""

customer_awaited: ColumnElement[bool] = or_(
    exists().where(Link.portal_id == Customer.portal_id, Link.kind == "customer", Link.our_id == Customer.id),
    exists()
    .where(_Along.portal_id == Customer.portal_id, _Along.customer_id == Customer.id)
    .where(Link.portal_id == _Along.portal_id, Link.kind == "contact", Link.our_id == _Along.id),
)
"""A customer's deletion, or one of its contacts', has yet to travel: a link still stands."""

contact_awaited: ColumnElement[bool] = exists().where(
    Link.portal_id == Contact.portal_id, Link.kind == "contact", Link.our_id == Contact.id
)
"""The same of a contact."""


def page_rows(portal_id: uuid.UUID, q: str, kind: str, *, offset: int, limit: int) -> list[Row[Any]]:
    """List what lies in the bin, what was deleted last first; ``awaited``: its deletion has yet to travel."""
    listed = _listed(portal_id, q, kind)
    query = select(listed).order_by(listed.c.deleted_at.desc(), listed.c.id).offset(offset).limit(limit)
    return list(db.session.execute(query))


def counts(portal_id: uuid.UUID, q: str) -> dict[str, int]:
    """Count what lies in the bin under a search, by kind."""
    listed = _listed(portal_id, q, "")
    counted = select(listed.c.kind, func.count().label("rows")).group_by(listed.c.kind)
    found = {row.kind: row.rows for row in db.session.execute(counted)}
    return {kind: found.get(kind, 0) for kind in KINDS}


def deletions(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Row[Any]]:
    """Tell of each record how it went into the bin last: by which actor, person and run."""
    query = (
        select(HistoryEntry.record_id, HistoryEntry.actor, User.name, Run.id.label("run_id"), Run.number)
        .ext(distinct_on(HistoryEntry.record_id))
        .outerjoin(Run, and_(Run.portal_id == HistoryEntry.portal_id, Run.id == HistoryEntry.run_id))
        .outerjoin(User, User.id == PERSON)
        .where(HistoryEntry.portal_id == portal_id, HistoryEntry.kind.in_(KINDS))
        .where(HistoryEntry.record_id == func.any(uuids(ids)), HistoryEntry.action == "deleted")
        .order_by(HistoryEntry.record_id, HistoryEntry.id.desc())
    )
    found: Iterable[Row[Any]] = db.session.execute(query)
    return {row.record_id: row for row in found}


def locked_customers(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Lock those of some customers that lie in the bin."""
    query = select(Customer.id).where(*_binned(Customer, portal_id), Customer.id == func.any(uuids(ids)))
    return list(db.session.scalars(query.order_by(Customer.id).with_for_update()))


def contacts_in(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Contact]:
    """Read those of some contacts that lie in the bin."""
    query = select(Contact).where(*_binned(Contact, portal_id), Contact.id == func.any(uuids(ids)))
    return list(db.session.scalars(query.order_by(Contact.customer_id, Contact.id)))


def travelled(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Row[uuid.UUID, uuid.UUID]]:
    """Tell which customers' last deletion was carried to or from a provider by a run: (customer, connection).

    One that is linked there still, or again, is left out.
    """
    Back = aliased(HistoryEntry)
    came_back = exists().where(
        Back.portal_id == HistoryEntry.portal_id,
        Back.kind == "customer",
        Back.record_id == HistoryEntry.record_id,
        Back.action == "restored",
        Back.at > HistoryEntry.at,
    )
    linked = exists().where(
        Link.portal_id == Run.portal_id,
        Link.connection_id == Run.connection_id,
        Link.kind == "customer",
        Link.our_id == HistoryEntry.record_id,
    )
    query = (
        select(HistoryEntry.record_id, Run.connection_id)
        .join(Run, and_(Run.portal_id == HistoryEntry.portal_id, Run.id == HistoryEntry.run_id))
        .where(HistoryEntry.portal_id == portal_id, HistoryEntry.kind == "customer")
        .where(HistoryEntry.record_id == func.any(uuids(ids)))
        .where(HistoryEntry.action.in_(("deleted", "deleted_there")), ~came_back, ~linked)
    )
    return list(db.session.execute(query.distinct()))


def awaited(portal_id: uuid.UUID, kind: str, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of some deleted records whose deletion has yet to travel."""
    model, condition = (Customer, customer_awaited) if kind == "customer" else (Contact, contact_awaited)
    query = select(model.id).where(*_binned(model, portal_id), model.id == func.any(uuids(ids)), condition)
    return set(db.session.scalars(query))


def portals_with_expired(before: datetime) -> list[uuid.UUID]:
    """List the portals in whose bin something lies that was deleted before a moment and may go."""
    query = union(
        select(Customer.portal_id).where(Customer.deleted_at < before, ~customer_awaited),
        select(Contact.portal_id).where(Contact.deleted_at < before, ~contact_awaited, _alone()),
    )
    return list(db.session.scalars(query))


def expired(portal_id: uuid.UUID, kind: str, before: datetime, limit: int) -> list[uuid.UUID]:
    """Lock records that were deleted before a moment and may go, leaving those that somebody else holds."""
    model, condition = (Customer, customer_awaited) if kind == "customer" else (Contact, contact_awaited)
    query = select(model.id).where(model.portal_id == portal_id, model.deleted_at < before, ~condition)
    if kind == "contact":
        query = query.where(_alone())
    query = query.order_by(model.deleted_at).limit(limit)
    return list(db.session.scalars(query.with_for_update(of=model, skip_locked=True)))


def erase(portal_id: uuid.UUID, kind: str, ids: Collection[uuid.UUID]) -> int:
    """Take records out of the database with their history and all that waited for them; return how many."""
    if kind == "customer":
        _erase(HistoryEntry, HistoryEntry.customer_id, portal_id, ids)
        people = list(
            db.session.scalars(
                select(Contact.id).where(
                    Contact.portal_id == portal_id, Contact.customer_id == func.any(uuids(ids))
                )
            )
        )
    else:
        people = list(ids)
    for model, column in _TIED:
        _erase(model, column, portal_id, [*ids, *people])
    gone = Customer if kind == "customer" else Contact
    return _erase(gone, gone.id, portal_id, ids)


def _erase(
    model: type[Model], column: InstrumentedAttribute[Any], portal_id: uuid.UUID, ids: Collection[uuid.UUID]
) -> int:
    gone = delete(model).where(cast(Any, model).portal_id == portal_id, column == func.any(uuids(ids)))
    done = db.session.execute(gone.execution_options(synchronize_session=False))
    return cast(Any, done).rowcount


def _binned(model: type[Customer] | type[Contact], portal_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return model.portal_id == portal_id, model.deleted_at.is_not(None)


def _alone() -> ColumnElement[bool]:
    """The condition that a contact did not go in along with its customer."""
    return exists().where(
        _Parent.portal_id == Contact.portal_id,
        _Parent.id == Contact.customer_id,
        _Parent.deleted_at.is_distinct_from(Contact.deleted_at),
    )


def _listed(portal_id: uuid.UUID, q: str, kind: str) -> Any:
    parts = {"customer": _customers(portal_id, q), "contact": _contacts(portal_id, q)}
    return union_all(*(part for name, part in parts.items() if kind in ("", name))).subquery()


def _customers(portal_id: uuid.UUID, q: str) -> Select[Any]:
    along = (
        select(func.count())
        .where(_Along.portal_id == Customer.portal_id, _Along.customer_id == Customer.id)
        .where(_Along.deleted_at == Customer.deleted_at)
        .scalar_subquery()
    )
    of_survivor = and_(_Survivor.portal_id == Customer.portal_id, _Survivor.id == Customer.merged_into)
    query = (
        select(
            literal("customer", Text).label("kind"),
            Customer.id,
            Customer.id.label("customer_id"),
            Customer.name.label("name"),
            literal("", Text).label("of"),
            literal(False, Boolean).label("parent_gone"),
            along.label("people"),
            Customer.merged_into,
            _Survivor.name.label("survivor"),
            Customer.deleted_at,
            customer_awaited.label("awaited"),
        )
        .outerjoin(_Survivor, of_survivor)
        .where(*_binned(Customer, portal_id))
    )
    return query.where(matches(Customer.search, q)) if words(q) else query


def _contacts(portal_id: uuid.UUID, q: str) -> Select[Any]:
    name = func.concat_ws(" ", func.nullif(Contact.first_name, ""), func.nullif(Contact.last_name, ""))
    of_parent = and_(_Parent.portal_id == Contact.portal_id, _Parent.id == Contact.customer_id)
    query = (
        select(
            literal("contact", Text).label("kind"),
            Contact.id,
            Contact.customer_id,
            func.coalesce(func.nullif(name, ""), Contact.email, "").label("name"),
            _Parent.name.label("of"),
            _Parent.deleted_at.is_not(None).label("parent_gone"),
            literal(0).label("people"),
            null().cast(Uuid).label("merged_into"),
            null().cast(Text).label("survivor"),
            Contact.deleted_at,
            contact_awaited.label("awaited"),
        )
        .join(_Parent, of_parent)
        .where(*_binned(Contact, portal_id), _Parent.deleted_at.is_distinct_from(Contact.deleted_at))
    )
    return query.where(matches(cast("InstrumentedAttribute[str]", _found_by), q)) if words(q) else query


def note_restored(portal_id: uuid.UUID, which: Iterable[Sequence[uuid.UUID]]) -> None:
    """Leave an open item for each customer that came back after its deletion had travelled."""
    rows = [
        {
            "portal_id": portal_id,
            "id": new_id(),
            "connection_id": connection_id,
            "kind": "customer",
            "our_id": customer_id,
            "customer_id": customer_id,
            "question": "restored",
            "side": "theirs",
        }
        for customer_id, connection_id in which
    ]
    if rows:
        db.session.execute(insert(Problem).on_conflict_do_nothing(), rows)
