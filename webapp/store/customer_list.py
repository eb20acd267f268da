"""The list of the portal's customers: found, filtered, sorted and counted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    literal,
    not_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from webapp.extensions import db
from webapp.store.client_users import ClientUser, asked_of, came_as
from webapp.store.columns import PORTAL, GivenId
from webapp.store.customers import Contact, Customer
from webapp.store.invitations import Invitation
from webapp.store.links import Link
from webapp.store.runs import Run, newest_ended
from webapp.store.search import looked_for, matches, words
from webapp.store.searched import searched
from webapp.store.sorting import By, nearest, ordered, stretch_of

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
    asked: dict[str, Any] = {"portal_id": portal_id}
    if page.ids is None and not words(page.q):
        at = nearest(page.offset, page.limit, page.total)
        query = _rows(people, page.sort, page.filter, backwards=at.backwards)
        asked |= at.asked
    else:
        query = _rows(people, page.sort)
        asked["ids"] = _ids_found(portal_id, page) if page.ids is None else list(page.ids)
    return list(db.session.execute(query.add_columns(*beside) if beside else query, asked))


def _ids_found(portal_id: uuid.UUID, page: Page) -> list[uuid.UUID]:
    """List who is on a page of a search that finds very many: they are met along its order."""
    wanted = customers_found(portal_id, page.q, Found.id).where(filters_of(portal_id)[page.filter])
    asked = {"offset": page.offset, "limit": page.limit}
    return list(db.session.scalars(stretch_of(wanted, Found, _SORTED[page.sort]), asked))


@cache
def _rows(people: int, sort: str, filter: str | None = None, *, backwards: bool = False) -> Select[Any]:
    """Put the query of rows by their ``ids``, or of those in a stretch of a filter."""
    given = bindparam("ids", type_=ARRAY(Uuid))
    ids = given if filter is None else _ids_on(filter, sort, backwards=backwards)
    columns = (
        Found.id,
        Found.name,
        Found.currency,
        Found.active,
        func.coalesce(Found.run_id == _newest_run(PORTAL), false()).label("new"),
        _people(people).label("people"),
        _people_count.label("people_count"),
        _connections.label("linked"),
    )
    query = customers_found(PORTAL, "", *columns).where(Found.id == func.any(ids))
    return query.order_by(*ordered(Found, _SORTED[sort]))


def _ids_on(filter: str, sort: str, *, backwards: bool) -> ColumnElement[Any]:
    """Let an index alone say who is on a page; all else is read of these few."""
    wanted = customers_found(PORTAL, "", Found.id).where(filters_of(PORTAL)[filter])
    wanted = stretch_of(wanted, Found, _SORTED[sort], backwards=backwards)
    return func.array(wanted.correlate(None).scalar_subquery())


def count(portal_id: uuid.UUID, page: Page) -> Counted:
    """Count the customers each filter shows, from an index alone.

    Under a search only the first 1,000 that it finds are counted; when there are no more, the page is known.
    """
    if not words(page.q):
        row = db.session.execute(_all_counts(), {"portal_id": portal_id}).one()
        return Counted(dict(row._mapping))
    texts = customers_found(portal_id, "", Found.search)
    sample = select(*_SAMPLED).where(*_there(portal_id), looked_for(Found.search, texts, page.q))
    found = sample.limit(COUNTED + 1).cte("found")
    first = select(found.c.id).where(filters_of(portal_id, found.c)[page.filter])
    first = stretch_of(first, found.c, _SORTED[page.sort])
    more = func.count() > COUNTED
    ids = func.array(first.scalar_subquery())
    columns = (*_by_filter(portal_id, found.c), more.label("more"), ids.label("ids"))
    asked = {"offset": page.offset, "limit": page.limit}
    row = db.session.execute(select(*columns).select_from(found), asked).one()
    numbers = dict(row._mapping)
    more_found, known = numbers.pop("more"), tuple(numbers.pop("ids"))
    return Counted(numbers, more_found, None if more_found else known)


@cache
def _all_counts() -> Select[Any]:
    return select(*_by_filter(PORTAL, Found)).where(*_there(PORTAL))


def _by_filter(portal_id: GivenId, of: Any) -> list[ColumnElement[Any]]:
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


def _newest_run(portal_id: GivenId) -> ColumnElement[Any]:
    return newest_ended(portal_id, Run.id).correlate(None).scalar_subquery()


def customers_found(portal_id: GivenId, q: str, *columns: Any) -> Select[Any]:
    """Query the customers that are not in the bin, under a search."""
    query = select(*columns).select_from(Found).where(*_there(portal_id))
    return query.where(matches(Found.search, q)) if words(q) else query


def _there(portal_id: GivenId) -> tuple[ColumnElement[bool], ...]:
    return Found.portal_id == portal_id, Found.deleted_at.is_(None)


def filters_of(portal_id: GivenId, of: Any = Found) -> dict[str, ColumnElement[bool]]:
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
