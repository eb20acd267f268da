"""The list of the portal's customers: found, filtered, sorted and counted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    Text,
    and_,
    false,
    func,
    literal,
    not_,
    select,
)

from webapp.extensions import db
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.store.runs import Run, newest_ended
from webapp.store.search import matches, words
from webapp.store.searched import searched

Found = searched(Customer)

PERSON = ("id", "first_name", "last_name", "designation", "email", "phone", "mobile", "primary")
"""What is read of a person for the list."""

_OF_CUSTOMER = and_(
    Contact.portal_id == Found.portal_id, Contact.customer_id == Found.id, Contact.deleted_at.is_(None)
)
_people_count = select(func.count()).where(_OF_CUSTOMER).correlate(Found).scalar_subquery()
_connections = func.array(
    select(Link.connection_id)
    .where(Link.portal_id == Found.portal_id, Link.kind == "customer", Link.our_id == Found.id)
    .order_by(Link.created_at)
    .correlate(Found)
    .scalar_subquery()
)

FILTERS = ("", "new", "linked", "only_here", "inactive")
"""What the list can be filtered for; blank is all that are active."""

SORTS = ("name", "-name", "newest", "changed")

COUNTED = 1_000
"""How far the customers of a search are counted; beyond that it is "1,000+"."""


def page_rows(
    portal_id: uuid.UUID,
    q: str,
    wanted: str,
    sort: str,
    *,
    people: int,
    offset: int,
    limit: int,
    beside: Sequence[ColumnElement[Any]] = (),
) -> list[Row[Any]]:
    """Read one page of customers, each with its first ``people``, its links, and whether it is ``new``.

    People are the primary contact and the eldest others, as mappings; ``people_count`` is how many there are.
    Columns ``beside`` these come with each row.
    """
    page = (
        customers_found(portal_id, q, Found.id)
        .where(filters_of(portal_id)[wanted])
        .order_by(*_ORDERS[sort])
        .offset(offset)
        .limit(limit)
        .correlate(None)
    )
    columns = (
        Found.id,
        Found.name,
        Found.currency,
        Found.active,
        func.coalesce(Found.run_id == _newest_run(portal_id), false()).label("new"),
        _people(people).label("people"),
        _people_count.label("people_count"),
        _connections.label("linked"),
        *beside,
    )
    # The index alone says who is on the page; all else is read of these few.
    on_page = Found.id == func.any(func.array(page.scalar_subquery()))
    query = customers_found(portal_id, "", *columns).where(on_page)
    return list(db.session.execute(query.order_by(*_ORDERS[sort])))


def counts(portal_id: uuid.UUID, q: str) -> tuple[dict[str, int], bool]:
    """Count the customers each filter shows, from an index alone.

    Under a search only the first 1,000 that it finds are counted, and told is whether there are more.
    """
    sample = customers_found(portal_id, q, Found.active, Found.linked, Found.run_id)
    found = (sample.limit(COUNTED + 1) if words(q) else sample).subquery()
    counted = [
        func.count().filter(condition).label(name or "all")
        for name, condition in filters_of(portal_id, found.c).items()
    ]
    row = db.session.execute(select(*counted, func.count().label("rows")).select_from(found)).one()
    numbers = dict(row._mapping)
    rows = numbers.pop("rows")
    return numbers, bool(words(q)) and rows > COUNTED


def _people(each: int) -> ColumnElement[Any]:
    ranked = select(Contact).where(_OF_CUSTOMER)
    ranked = ranked.order_by(Contact.primary.desc(), Contact.created_at, Contact.id)
    person = ranked.limit(each).correlate(Found).subquery()
    return select(func.json_agg(func.json_build_object(*_parts(person)))).scalar_subquery()


def _parts(person: Subquery) -> Iterator[Any]:
    for name in PERSON:
        yield literal(name, Text)
        yield person.c[name]


def _newest_run(portal_id: uuid.UUID) -> ColumnElement[Any]:
    return newest_ended(portal_id, Run.id).correlate(None).scalar_subquery()


def customers_found(portal_id: uuid.UUID, q: str, *columns: Any) -> Select[Any]:
    """Query the customers that are not in the bin, under a search."""
    query = select(*columns).select_from(Found)
    query = query.where(Found.portal_id == portal_id, Found.deleted_at.is_(None))
    return query.where(matches(Found.search, q)) if words(q) else query


def filters_of(portal_id: uuid.UUID, of: Any = Found) -> dict[str, ColumnElement[bool]]:
    """Put the condition of each filter, ``of`` the customers or a query of them."""
    active = of.active.is_(True)
    is_new = of.run_id == _newest_run(portal_id)
    return {
        "": active,
        "new": and_(active, is_new),
        "linked": and_(active, of.linked),
        "only_here": and_(active, not_(of.linked)),
        "inactive": not_(active),
    }


_ORDERS: dict[str, tuple[Any, ...]] = {
    "name": (Found.sort_key, Found.id),
    "-name": (Found.sort_key.desc(), Found.id.desc()),
    "newest": (Found.created_at.desc(), Found.id.desc()),
    "changed": (Found.updated_at.desc(), Found.id.desc()),
}
