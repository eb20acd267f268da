"""Ticks: which customers a person has selected in the list, and where a change of them reaches."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    Text,
    Uuid,
    and_,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.extensions import db
from webapp.store.customer_list import FILTERS, Found, customers_found, filters_of
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.store.search import matches


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A search and a filter of the list."""

    q: str = ""
    filter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """What is ticked: single customers, and all that queries find but for exceptions."""

    ids: frozenset[uuid.UUID] = frozenset()
    queries: tuple[ListQuery, ...] = ()
    exceptions: frozenset[uuid.UUID] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether anything may be ticked."""
        return bool(self.ids or self.queries)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Ticks:
        """Read what ``to_json`` wrote."""
        queries = (ListQuery(**query) for query in kept.get("queries", ()))
        return cls(
            ids=frozenset(map(uuid.UUID, kept.get("ids", ()))),
            queries=tuple(query for query in queries if query.filter in FILTERS),
            exceptions=frozenset(map(uuid.UUID, kept.get("except", ()))),
        )

    def to_json(self) -> dict[str, Any]:
        """Write it as JSON holds it."""
        return {
            "ids": sorted(map(str, self.ids)),
            "queries": [{"q": each.q, "filter": each.filter} for each in self.queries],
            "except": sorted(map(str, self.exceptions)),
        }


def shown(portal_id: uuid.UUID, query: ListQuery) -> ColumnElement[bool]:
    """Put the condition that a search and a filter of the list show a customer."""
    return and_(matches(Found.search, query.q), filters_of(portal_id)[query.filter])


def ticked(portal_id: uuid.UUID, ticks: Ticks) -> ColumnElement[bool]:
    """Put the condition that a customer is ticked."""
    one_by_one = Found.id == func.any(uuids(ticks.ids)) if ticks.ids else false()
    if not ticks.queries:
        return one_by_one
    by_query = or_(*(shown(portal_id, query) for query in ticks.queries))
    if ticks.exceptions:
        by_query = and_(by_query, Found.id != func.all(uuids(ticks.exceptions)))
    return or_(one_by_one, by_query)


def uuids(ids: Collection[uuid.UUID]) -> ColumnElement[Any]:
    """Give ids to a query in one piece, however many there are."""
    return literal(sorted(ids), ARRAY(Uuid))


def summary(portal_id: uuid.UUID, ticks: Ticks, query: ListQuery) -> dict[str, int]:
    """Count what is ticked: ``customers``, those ``inactive``, and those the search shows (``matching``)."""
    return db.session.scalar(select(_summary(portal_id, ticks, query))) or {}


def beside(portal_id: uuid.UUID, ticks: Ticks, query: ListQuery) -> tuple[ColumnElement[Any], ...]:
    """Put what comes with the rows of a page: whether each is ``ticked``, and a ``summary`` of all ticks."""
    of_row = ticked(portal_id, ticks).label("ticked")
    return of_row, _summary(portal_id, ticks, query).label("summary")


def shown_of(portal_id: uuid.UUID, query: ListQuery, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of some customers that a search and a filter show."""
    found = customers_found(portal_id, "", Found.id).where(shown(portal_id, query))
    return set(db.session.scalars(found.where(Found.id == func.any(uuids(ids)))))


def known_of(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of some ids that are customers in the list."""
    return set(
        db.session.scalars(customers_found(portal_id, "", Found.id).where(Found.id == func.any(uuids(ids))))
    )


def names(portal_id: uuid.UUID, ticks: Ticks, limit: int) -> list[Row[uuid.UUID, str, bool]]:
    """Name the first of what is ticked, as (id, name, active)."""
    query = customers_found(portal_id, "", Found.id, Found.name, Found.active)
    query = query.where(ticked(portal_id, ticks)).order_by(Found.sort_key, Found.id).limit(limit)
    return list(db.session.execute(query))


def contacts_count(portal_id: uuid.UUID, ticks: Ticks) -> int:
    """Count the contacts of what is ticked."""
    of_ticked = and_(Contact.portal_id == portal_id, Contact.customer_id.in_(ids_of(portal_id, ticks)))
    query = select(func.count()).select_from(Contact).where(of_ticked, Contact.deleted_at.is_(None))
    return db.session.scalar(query) or 0


def links_of(portal_id: uuid.UUID, ticks: Ticks) -> list[Row[uuid.UUID, str, int]]:
    """Count the links of what is ticked, by connection and kind."""
    customers = ids_of(portal_id, ticks)
    contacts = select(Contact.id).where(
        Contact.portal_id == portal_id, Contact.customer_id.in_(customers), Contact.deleted_at.is_(None)
    )
    theirs = or_(
        and_(Link.kind == "customer", Link.our_id.in_(customers)),
        and_(Link.kind == "contact", Link.our_id.in_(contacts)),
    )
    return _links(portal_id, theirs)


def all_links(portal_id: uuid.UUID) -> list[Row[uuid.UUID, str, int]]:
    """Count all links of a portal, by connection and kind."""
    return _links(portal_id)


def locked_ids(portal_id: uuid.UUID, ticks: Ticks, limit: int) -> list[uuid.UUID]:
    """Return the ids of what is ticked, up to ``limit``, and keep others from writing them."""
    query = (
        select(Customer.id)
        .where(Customer.portal_id == portal_id, Customer.id.in_(ids_of(portal_id, ticks)))
        .where(Customer.deleted_at.is_(None))
        .order_by(Customer.id)
        .limit(limit)
        .with_for_update()
    )
    return list(db.session.scalars(query))


def ids_of(portal_id: uuid.UUID, ticks: Ticks) -> Select[uuid.UUID]:
    """Query the ids of what is ticked."""
    return customers_found(portal_id, "", Found.id).where(ticked(portal_id, ticks))


def _summary(portal_id: uuid.UUID, ticks: Ticks, query: ListQuery) -> ScalarSelect[Any]:
    counts = {
        "customers": func.count(),
        "inactive": func.count().filter(not_(Found.active)),
        "matching": func.count().filter(shown(portal_id, query)),
    }
    parts = [part for name, count in counts.items() for part in (literal(name, Text), count)]
    counted = customers_found(portal_id, "", func.json_build_object(*parts))
    return counted.where(ticked(portal_id, ticks)).correlate(None).scalar_subquery()


def _links(portal_id: uuid.UUID, *conditions: ColumnElement[bool]) -> list[Row[uuid.UUID, str, int]]:
    query = select(Link.connection_id, Link.kind, func.count()).where(
        Link.portal_id == portal_id, *conditions
    )
    return list(db.session.execute(query.group_by(Link.connection_id, Link.kind)))
