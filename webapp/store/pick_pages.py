"""A page of the picker: which rows it shows, each with its state, and how many there are of each state."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Text

from webapp.extensions import db
from webapp.store.customers import Customer
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact
from webapp.store.pick_scope import M, PickScope, scope_of
from webapp.store.picks import any_picks, asked_of, filtered, picks, shown, ticked
from webapp.store.runs import Query, Run, Selection
from webapp.store.search import looked_for, matches, words
from webapp.store.sorting import By, nearest, ordered, stretch_of

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

_BY_STANDING = {"link": "imported", "never": "never", "name": "same_name", "": "new"}

_OF_ROW = and_(
    Link.portal_id == M.portal_id,
    Link.connection_id == M.connection_id,
    Link.kind == "customer",
    Link.their_id == M.their_id,
)
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


def page_rows(run: Run, query: Query, selection: Selection, page: Page) -> list[Row[Any]]:
    """Read the rows of one page, each with its state and, as far as anything is, whether it is ticked.

    ``alike`` customers here have the name of a row; the eldest of them is named. ``match`` names a person
    other than the primary one whom a search finds.
    """
    scope, asked = scope_of(run), asked_of(run)
    if page.ids is None and not words(query.q):
        at = nearest(page.offset, page.limit, page.total)
        rows = _rows(scope, page.sort, query, backwards=at.backwards)
        asked |= at.asked
    else:
        rows = _rows(scope, page.sort)
        asked["ids"] = _ids_found(run, query, page) if page.ids is None else list(page.ids)
    if selection.ids or selection.queries:
        rows = rows.add_columns(ticked(selection, scope).label("selected"))
    if words(query.q):
        rows = rows.add_columns(_person(query.q).label("match"))
    return list(db.session.execute(rows, asked))


def _ids_found(run: Run, query: Query, page: Page) -> list[str]:
    """List which rows are on a page of a search that finds very many: they are met along its order."""
    wanted = stretch_of(picks(run, M.their_id).where(shown(query, scope_of(run))), M, _SORTED[page.sort])
    return list(db.session.scalars(wanted, {"offset": page.offset, "limit": page.limit}))


@lru_cache(maxsize=256)
def _rows(scope: PickScope, sort: str, query: Query | None = None, *, backwards: bool = False) -> Select[Any]:
    """Put the query of rows by their ``ids``, or of those in a stretch of a filter."""
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
        _alike.c.id.label("alike_id"),
        _alike.c.name.label("alike_name"),
        func.coalesce(_alike.c.rows, 0).label("alike"),
    )
    given = bindparam("ids", type_=ARRAY(Text))
    ids = given if query is None else _ids_on(scope, sort, query, backwards=backwards)
    rows = any_picks(*columns).outerjoin(_ours, true()).outerjoin(_alike, true())
    return rows.where(M.their_id == func.any(ids)).order_by(*ordered(M, _SORTED[sort]))


def _ids_on(scope: PickScope, sort: str, query: Query, *, backwards: bool) -> ColumnElement[Any]:
    """Let an index alone say which rows are on a page; all else is read of these few."""
    wanted = stretch_of(
        any_picks(M.their_id).where(filtered(query, scope)), M, _SORTED[sort], backwards=backwards
    )
    return func.array(wanted.correlate(None).scalar_subquery())


def found(run: Run, query: Query, page: Page) -> Found:
    """Count the rows of each state; under a search only the first 1,000, whose page is known by that."""
    if not words(query.q):
        return Found(_all_state_counts(run))
    scope = scope_of(run)
    columns = (M.their_id, *_ORDERED_BY, scope.state.label("state"), filtered(query, scope).label("shown"))
    sought = picks(run, *columns).where(looked_for(M.search, picks(run, M.search), query.q))
    sample = sought.limit(COUNTED + 1).cte("sample")
    first = stretch_of(select(sample.c.their_id).where(sample.c.shown), sample.c, _SORTED[page.sort])
    ids = func.array(first.scalar_subquery())
    counted = select(sample.c.state, func.count().label("rows"), ids.label("ids")).group_by(sample.c.state)
    rows = db.session.execute(counted, {"offset": page.offset, "limit": page.limit}).all()
    counts = {row.state: row.rows for row in rows}
    if sum(counts.values()) > COUNTED:
        return Found(counts, more=True)
    return Found(counts, ids=tuple(rows[0].ids) if rows else ())


def _all_state_counts(run: Run) -> dict[str, int]:
    """Count each state over all rows, for the portal from an index alone."""
    asked = asked_of(run)
    if run.project_id is not None:
        state = scope_of(run).state
        counted = any_picks(state.label("state"), func.count().label("rows")).group_by(state)
        return {row.state: row.rows for row in db.session.execute(counted, asked)}
    counts: Counter[str] = Counter()
    for row in db.session.execute(_standings(), asked):
        known = _BY_STANDING[row.known_by]
        counts[known if row.active or known in ("imported", "never") else "inactive"] += row.rows
    return counts


@cache
def _standings() -> Select[Any]:
    return any_picks(M.active, M.known_by, func.count().label("rows")).group_by(M.active, M.known_by)


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


_ORDERED_BY = (M.sort_key, M.modified_there_at, M.contacts_count)
