"""What can be picked: the mirror's customers, each with its state beside the portal's links and customers."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Text

from webapp.extensions import db
from webapp.store.customers import Customer
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact
from webapp.store.pick_scope import M, PickScope, scope_of
from webapp.store.runs import Query, Run, Selection
from webapp.store.search import matches, words
from webapp.store.sorting import By, ordered, stretch

STATES = ("", "new", "same_name", "imported", "inactive", "never", "in_project", "other_currency")
"""What the picker can be filtered for; blank is all. The last two are of imports into a project."""

_SORTED = {
    "name": (By("sort_key"), By("their_id")),
    "-name": (By("sort_key", down=True), By("their_id", down=True)),
    "changed": (By("modified_there_at", down=True, blanks=True), By("their_id")),
    "contacts": (By("contacts_count", down=True, blanks=True), By("sort_key"), By("their_id")),
}
SORTS = tuple(_SORTED)
"""How the picker can be sorted: by name either way, last changed there first, most contacts first."""

COUNTED = 1_000
"""How far the rows of a search are counted; beyond that it is "1,000+"."""

_OF_ROW = and_(
    Link.portal_id == M.portal_id,
    Link.connection_id == M.connection_id,
    Link.kind == "customer",
    Link.their_id == M.their_id,
)
_linked = M.known_by == "link"
_named = M.known_by == "name"
_BY_STANDING = {"link": "imported", "never": "never", "name": "same_name", "": "new"}

_Twin = aliased(Customer)
_alike = (
    select(_Twin.id, _Twin.name, func.count().over().label("rows"))
    .where(_Twin.portal_id == M.portal_id, _Twin.name_key == M.name_key, _Twin.deleted_at.is_(None))
    .order_by(_Twin.id)
    .limit(1)
    .correlate(M)
    .lateral("alike")
)

# Looked up for one row at a time, as the alike are: no other way of joining is ever the shorter one.
_ours = (
    select(Link.our_id, Customer.name)
    .outerjoin(Customer, and_(Customer.portal_id == Link.portal_id, Customer.id == Link.our_id))
    .where(_OF_ROW)
    .limit(1)
    .correlate(M)
    .lateral("ours")
)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows; ``more`` says that counting stopped there ("1,000+")."""

    value: int
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which rows of a list to read: by their ids, where they are known already.

    ``total`` is how many it shows, where all are counted.
    """

    sort: str
    offset: int
    limit: int
    total: int | None = None
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows a search finds by state; ``ids`` are of the page, known unless there are ``more``."""

    counts: dict[str, int]
    more: bool = False
    ids: tuple[str, ...] | None = None


def picks(run: Run, *columns: Any) -> Select[Any]:
    """Query the customers there that are not gone."""
    there = M.portal_id == run.portal_id, M.connection_id == run.connection_id, M.gone_at.is_(None)
    return select(*columns).select_from(M).where(*there)


def shown(query: Query, scope: PickScope) -> ColumnElement[bool]:
    """Put the condition that a search and a filter show a row."""
    return and_(matches(M.search, query.q), _filtered(query, scope))


def _filtered(query: Query, scope: PickScope) -> ColumnElement[bool]:
    if query.state:
        return scope.in_state(query.state)
    return true() if query.inactive else scope.usually_shown


def ticked(selection: Selection, scope: PickScope) -> ColumnElement[bool]:
    """Put the condition that a row is selected."""
    one_by_one = M.their_id == func.any(_texts(selection.ids)) if selection.ids else false()
    if not selection.queries:
        return and_(scope.selectable, one_by_one)
    by_query = or_(*(shown(query, scope) for query in selection.queries))
    if selection.exceptions:
        by_query = and_(by_query, M.their_id != func.all(_texts(selection.exceptions)))
    return and_(scope.selectable, or_(one_by_one, by_query))


def page_rows(run: Run, query: Query, selection: Selection, page: Page) -> list[Row[Any]]:
    """Read the rows of one page, each with its state and whether it is ticked.

    ``alike`` customers here have the name of a row; the eldest of them is named. ``match`` names a person
    other than the primary one whom a search finds.
    """
    scope = scope_of(run)
    columns = (
        M.their_id,
        M.name,
        M.company_name,
        M.name_key,
        M.primary_name,
        M.primary_email,
        M.primary_phone,
        M.currency,
        M.contacts_count,
        M.active,
        _ours.c.our_id,
        _ours.c.name.label("our_name"),
        scope.state.label("state"),
        scope.selectable.label("selectable"),
        ticked(selection, scope).label("selected"),
        _alike.c.id.label("alike_id"),
        _alike.c.name.label("alike_name"),
        func.coalesce(_alike.c.rows, 0).label("alike"),
        (_person(query.q) if words(query.q) else null()).label("match"),
    )
    on_page = M.their_id == func.any(_ids_on(run, query, page) if page.ids is None else _texts(page.ids))
    rows = picks(run, *columns).outerjoin(_ours, true()).outerjoin(_alike, true()).where(on_page)
    return list(db.session.execute(rows.order_by(*ordered(M, _SORTED[page.sort]))))


def _ids_on(run: Run, query: Query, page: Page) -> ColumnElement[Any]:
    """Let an index alone say which rows are on a page; all else is read of these few."""
    wanted = picks(run, M.their_id).where(shown(query, scope_of(run)))
    wanted = stretch(wanted, M, _SORTED[page.sort], offset=page.offset, limit=page.limit, total=page.total)
    return func.array(wanted.correlate(None).scalar_subquery())


def found(run: Run, query: Query, page: Page) -> Found:
    """Count the rows of each state; under a search only the first 1,000, whose page is known by that."""
    if not words(query.q):
        return Found(_all_state_counts(run))
    scope = scope_of(run)
    columns = (M.their_id, *_ORDERED_BY, scope.state.label("state"), _filtered(query, scope).label("shown"))
    looked_up = picks(run, *columns).where(matches(M.search, query.q, by_index=True))
    sample = looked_up.limit(COUNTED + 1).cte("sample")
    first = select(sample.c.their_id).where(sample.c.shown)
    first = stretch(first, sample.c, _SORTED[page.sort], offset=page.offset, limit=page.limit)
    ids = func.array(first.scalar_subquery())
    counted = select(sample.c.state, func.count().label("rows"), ids.label("ids")).group_by(sample.c.state)
    rows = db.session.execute(counted).all()
    counts = {row.state: row.rows for row in rows}
    if sum(counts.values()) > COUNTED:
        return Found(counts, more=True)
    return Found(counts, ids=tuple(rows[0].ids) if rows else ())


def _all_state_counts(run: Run) -> dict[str, int]:
    """Count each state over all rows, for the portal from an index alone."""
    if run.project_id is not None:
        state = scope_of(run).state
        counted = picks(run, state.label("state"), func.count().label("rows")).group_by(state)
        return {row.state: row.rows for row in db.session.execute(counted)}
    standing = picks(run, M.active, M.known_by, func.count().label("rows")).group_by(M.active, M.known_by)
    counts: Counter[str] = Counter()
    for row in db.session.execute(standing):
        known = _BY_STANDING[row.known_by]
        counts[known if row.active or known in ("imported", "never") else "inactive"] += row.rows
    return counts


def selection_summary(run: Run, selection: Selection, query: Query) -> Row[Any]:
    """Count what is ticked: customers, contacts, those unread, those of a name here, those shown."""
    scope = scope_of(run)
    counted = picks(
        run,
        func.count().label("customers"),
        func.coalesce(func.sum(M.contacts_count), 0).label("contacts"),
        func.count().filter(M.contacts_count.is_(None)).label("contacts_unread"),
        func.count().filter(_named).label("same_name"),
        func.count().filter(shown(query, scope)).label("matching"),
    )
    return db.session.execute(counted.where(ticked(selection, scope))).one()


def ticked_ids(run: Run, selection: Selection, limit: int) -> list[str]:
    """List the ids of what is ticked."""
    query = picks(run, M.their_id).where(ticked(selection, scope_of(run))).order_by(M.their_id)
    return list(db.session.scalars(query.limit(limit)))


def selectable_ids(run: Run, their_ids: Collection[str]) -> set[str]:
    """Return those of some ids that can be ticked."""
    found = picks(run, M.their_id).where(scope_of(run).selectable, M.their_id == func.any(_texts(their_ids)))
    return set(db.session.scalars(found))


def shown_ids(run: Run, their_ids: Collection[str], query: Query) -> set[str]:
    """Return those of some ids that a search and a filter show."""
    found = picks(run, M.their_id).where(
        shown(query, scope_of(run)), M.their_id == func.any(_texts(their_ids))
    )
    return set(db.session.scalars(found))


def _person(q: str) -> ColumnElement[Any]:
    parts = (MirrorContact.first_name, MirrorContact.last_name)
    name = func.concat_ws(" ", *(func.nullif(part, "") for part in parts))
    return (
        select(func.coalesce(func.nullif(name, ""), MirrorContact.email))
        .where(MirrorContact.portal_id == M.portal_id, MirrorContact.connection_id == M.connection_id)
        .where(MirrorContact.their_customer_id == M.their_id)
        .where(MirrorContact.primary.is_not(True), matches(MirrorContact.search, q))
        .order_by(MirrorContact.their_id)
        .limit(1)
        .correlate(M)
        .scalar_subquery()
    )


def live_twins(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    *,
    their_ids: Collection[str] = (),
    name_key: str | None = None,
) -> list[str]:
    """List customers there, of some ids or of a name, that are neither gone nor linked."""
    wanted = M.their_id.in_(their_ids) if name_key is None else M.name_key == name_key
    query = select(M.their_id).where(
        M.portal_id == portal_id, M.connection_id == connection_id, M.gone_at.is_(None), wanted, not_(_linked)
    )
    return list(db.session.scalars(query.order_by(M.their_id)))


def _texts(values: Collection[str]) -> ColumnElement[Any]:
    return literal(sorted(values), ARRAY(Text))


_ORDERED_BY = (M.sort_key, M.modified_there_at, M.contacts_count)
