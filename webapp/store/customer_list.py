"""The list of the portal's customers: found, filtered, sorted and counted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    false,
    func,
    literal,
    not_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from webapp.extensions import db
from webapp.store.client_users import ClientUser, asked_of, came_as
from webapp.store.customers import Contact, Customer
from webapp.store.invitations import Invitation
from webapp.store.links import Link
from webapp.store.runs import Run, newest_ended
from webapp.store.search import matches, words
from webapp.store.searched import searched
from webapp.store.sorting import By, ordered, stretch

Found = searched(Customer)

PERSON = ("id", "first_name", "last_name", "designation", "email", "phone", "mobile", "primary")
"""What is read of a person for the list, beside where they stand as a client user."""

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

_SORTED = {
    "name": (By("sort_key"), By("id")),
    "-name": (By("sort_key", down=True), By("id", down=True)),
    "newest": (By("created_at", down=True), By("id", down=True)),
    "changed": (By("updated_at", down=True), By("id", down=True)),
}
SORTS = tuple(_SORTED)

COUNTED = 1_000
"""How far the customers of a search are counted; beyond that it is "1,000+"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which customers of the list to read: by their ids, where they are known already.

    ``total`` is how many it shows, where all are counted.
    """

    q: str
    filter: str
    sort: str
    offset: int
    limit: int
    total: int | None = None
    ids: tuple[uuid.UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many customers each filter shows; ``ids`` are of the page, known unless there are ``more``."""

    counts: dict[str, int]
    more: bool = False
    ids: tuple[uuid.UUID, ...] | None = None


def page_rows(
    portal_id: uuid.UUID, page: Page, *, people: int, beside: Sequence[ColumnElement[Any]] = ()
) -> list[Row[Any]]:
    """Read one page of customers, each with its first ``people``, its links, and whether it is ``new``.

    People are the primary contact and the eldest others, as mappings; ``people_count`` is how many there are.
    Each says whether it ``came`` as a client user and was ``disabled``, and where an invitation went that
    waits (``invited_to``), if it still ``works``. Columns ``beside`` these come with each row.
    """
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
    ids = _ids_on(portal_id, page) if page.ids is None else literal(list(page.ids), ARRAY(Uuid))
    query = customers_found(portal_id, "", *columns).where(Found.id == func.any(ids))
    return list(db.session.execute(query.order_by(*ordered(Found, _SORTED[page.sort]))))


def _ids_on(portal_id: uuid.UUID, page: Page) -> ColumnElement[Any]:
    """Let an index alone say who is on a page; all else is read of these few."""
    wanted = customers_found(portal_id, page.q, Found.id).where(filters_of(portal_id)[page.filter])
    wanted = stretch(
        wanted, Found, _SORTED[page.sort], offset=page.offset, limit=page.limit, total=page.total
    )
    return func.array(wanted.correlate(None).scalar_subquery())


def count(portal_id: uuid.UUID, page: Page) -> Counted:
    """Count the customers each filter shows, from an index alone.

    Under a search only the first 1,000 that it finds are counted; when there are no more, the page is known.
    """
    if not words(page.q):
        row = db.session.execute(select(*_by_filter(portal_id, Found)).where(*_there(portal_id))).one()
        return Counted(dict(row._mapping))
    sample = select(*_SAMPLED).where(*_there(portal_id), matches(Found.search, page.q, by_index=True))
    found = sample.limit(COUNTED + 1).cte("found")
    first = select(found.c.id).where(filters_of(portal_id, found.c)[page.filter])
    first = stretch(first, found.c, _SORTED[page.sort], offset=page.offset, limit=page.limit)
    more = func.count() > COUNTED
    ids = func.array(first.scalar_subquery())
    columns = (*_by_filter(portal_id, found.c), more.label("more"), ids.label("ids"))
    row = db.session.execute(select(*columns).select_from(found)).one()
    numbers = dict(row._mapping)
    more_found, known = numbers.pop("more"), tuple(numbers.pop("ids"))
    return Counted(numbers, more_found, None if more_found else known)


def _by_filter(portal_id: uuid.UUID, of: Any) -> list[ColumnElement[Any]]:
    shown = filters_of(portal_id, of).items()
    return [func.count().filter(condition).label(name or "all") for name, condition in shown]


def _people(each: int) -> ColumnElement[Any]:
    ranked = select(Contact).where(_OF_CUSTOMER)
    ranked = ranked.order_by(Contact.primary.desc(), Contact.created_at, Contact.id)
    person = ranked.limit(each).correlate(Found).subquery()
    order = person.c.primary.desc(), person.c.created_at, person.c.id
    query = select(func.json_agg(aggregate_order_by(func.json_build_object(*_parts(person)), *order)))
    query = query.select_from(person).outerjoin(ClientUser, came_as(person.c))
    return query.outerjoin(Invitation, asked_of(person.c)).scalar_subquery()


def _parts(person: Subquery) -> Iterator[Any]:
    told: dict[str, Any] = {name: person.c[name] for name in PERSON}
    told["came"] = ClientUser.contact_id.is_not(None)
    told["disabled"] = ClientUser.disabled_at.is_not(None)
    told["invited_to"] = Invitation.email
    told["works"] = Invitation.expires_at > func.now()
    for name, column in told.items():
        yield literal(name, Text)
        yield column


def _newest_run(portal_id: uuid.UUID) -> ColumnElement[Any]:
    return newest_ended(portal_id, Run.id).correlate(None).scalar_subquery()


def customers_found(portal_id: uuid.UUID, q: str, *columns: Any) -> Select[Any]:
    """Query the customers that are not in the bin, under a search."""
    query = select(*columns).select_from(Found).where(*_there(portal_id))
    return query.where(matches(Found.search, q)) if words(q) else query


def _there(portal_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return Found.portal_id == portal_id, Found.deleted_at.is_(None)


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


_SAMPLED = (
    Found.id,
    Found.sort_key,
    Found.created_at,
    Found.updated_at,
    Found.active,
    Found.linked,
    Found.run_id,
)
"""What is looked at of a customer that a search finds."""
