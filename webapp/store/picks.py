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
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import aliased
from sqlalchemy.types import Text

from webapp.extensions import db
from webapp.store.customers import Customer
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.runs import Query, Run, Selection
from webapp.store.search import matches, words
from webapp.store.searched import searched

STATES = ("", "new", "same_name", "imported", "inactive")
"""What the picker can be filtered for; blank is all."""

SORTS = ("name", "-name", "changed", "contacts")
"""How the picker can be sorted: by name either way, last changed there first, most contacts first."""

COUNTED = 1_000
"""How far the rows of a search are counted; beyond that it is "1,000+"."""

M = searched(MirrorCustomer)
_OF_ROW = and_(
    Link.portal_id == M.portal_id,
    Link.connection_id == M.connection_id,
    Link.kind == "customer",
    Link.their_id == M.their_id,
)
_linked = M.known_by == "link"
_named = M.known_by == "name"
_BY_STANDING = {"link": "imported", "name": "same_name", "": "new"}

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

row_state: ColumnElement[str] = case(
    (_linked, "imported"),
    (not_(M.active), "inactive"),
    (_named, "same_name"),
    else_="new",
)
"""The state of a mirror row."""

_IN_STATE: dict[str, ColumnElement[bool]] = {
    "imported": _linked,
    "inactive": and_(not_(M.active), not_(_linked)),
    "same_name": and_(M.active, _named),
    "new": and_(M.active, M.known_by == ""),
}

SELECTABLE: ColumnElement[bool] = not_(_linked)
"""Rows that can be ticked; those gone are never among the picks."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows; ``more`` says that counting stopped there ("1,000+")."""

    value: int
    more: bool = False


def picks(run: Run, *columns: Any) -> Select[Any]:
    """Query the customers there that are not gone."""
    there = M.portal_id == run.portal_id, M.connection_id == run.connection_id, M.gone_at.is_(None)
    return select(*columns).select_from(M).where(*there)


def shown(query: Query) -> ColumnElement[bool]:
    """Put the condition that a search and a filter show a row."""
    found = matches(M.search, query.q)
    if query.state:
        return and_(found, _IN_STATE[query.state])
    return found if query.inactive else and_(found, or_(M.active, _linked))


def ticked(selection: Selection) -> ColumnElement[bool]:
    """Put the condition that a row is selected."""
    one_by_one = M.their_id == func.any(_texts(selection.ids)) if selection.ids else false()
    if not selection.queries:
        return and_(SELECTABLE, one_by_one)
    by_query = or_(*(shown(query) for query in selection.queries))
    if selection.exceptions:
        by_query = and_(by_query, M.their_id != func.all(_texts(selection.exceptions)))
    return and_(SELECTABLE, or_(one_by_one, by_query))


def page_rows(
    run: Run, query: Query, selection: Selection, sort: str, *, offset: int, limit: int
) -> list[Row[Any]]:
    """Read the rows of one page, each with its state and whether it is ticked.

    ``alike`` customers here have the name of a row; the eldest of them is named.
    """
    wanted = picks(run, M.their_id).where(shown(query)).order_by(*_ORDERS[sort]).correlate(None)
    columns = (
        M.their_id,
        M.name,
        M.name_key,
        M.primary_name,
        M.primary_email,
        M.primary_phone,
        M.currency,
        M.contacts_count,
        M.active,
        _ours.c.our_id,
        _ours.c.name.label("our_name"),
        row_state.label("state"),
        ticked(selection).label("selected"),
        _alike.c.id.label("alike_id"),
        _alike.c.name.label("alike_name"),
        func.coalesce(_alike.c.rows, 0).label("alike"),
    )
    # The index alone says which rows are on the page; all else is read of these few.
    on_page = M.their_id == func.any(func.array(wanted.offset(offset).limit(limit).scalar_subquery()))
    rows = picks(run, *columns).outerjoin(_ours, true()).outerjoin(_alike, true()).where(on_page)
    return list(db.session.execute(rows.order_by(*_ORDERS[sort])))


def state_counts(run: Run, q: str) -> tuple[dict[str, int], bool]:
    """Count the rows of each state; under a search only the first 1,000, and tell whether there are more."""
    if not words(q):
        return _all_state_counts(run), False
    sample = picks(run, row_state.label("state")).where(matches(M.search, q)).limit(COUNTED + 1).subquery()
    counted = select(sample.c.state, func.count().label("rows")).group_by(sample.c.state)
    counts = {row.state: row.rows for row in db.session.execute(counted)}
    return counts, sum(counts.values()) > COUNTED


def _all_state_counts(run: Run) -> dict[str, int]:
    """Count each state over all rows, from an index alone."""
    standing = picks(run, M.active, M.known_by, func.count().label("rows")).group_by(M.active, M.known_by)
    counts: Counter[str] = Counter()
    for row in db.session.execute(standing):
        known = _BY_STANDING[row.known_by]
        counts[known if row.active or known == "imported" else "inactive"] += row.rows
    return counts


def selection_summary(run: Run, selection: Selection, query: Query) -> Row[Any]:
    """Count what is ticked: customers, contacts, those unread, those of a name here, those shown."""
    counted = picks(
        run,
        func.count().label("customers"),
        func.coalesce(func.sum(M.contacts_count), 0).label("contacts"),
        func.count().filter(M.contacts_count.is_(None)).label("contacts_unread"),
        func.count().filter(_named).label("same_name"),
        func.count().filter(shown(query)).label("matching"),
    )
    return db.session.execute(counted.where(ticked(selection))).one()


def selectable_ids(run: Run, their_ids: Collection[str]) -> set[str]:
    """Return those of some ids that can be ticked."""
    found = picks(run, M.their_id).where(SELECTABLE, M.their_id == func.any(_texts(their_ids)))
    return set(db.session.scalars(found))


def shown_ids(run: Run, their_ids: Collection[str], query: Query) -> set[str]:
    """Return those of some ids that a search and a filter show."""
    found = picks(run, M.their_id).where(shown(query), M.their_id == func.any(_texts(their_ids)))
    return set(db.session.scalars(found))


def matching_people(run: Run, their_ids: Collection[str], q: str) -> dict[str, str]:
    """Return, by their customer's id, a person other than the primary one whom a search finds."""
    parts = (MirrorContact.first_name, MirrorContact.last_name)
    name = func.concat_ws(" ", *(func.nullif(part, "") for part in parts))
    found = (
        select(
            MirrorContact.their_customer_id,
            func.coalesce(func.nullif(name, ""), MirrorContact.email).label("name"),
        )
        .ext(distinct_on(MirrorContact.their_customer_id))
        .where(MirrorContact.portal_id == run.portal_id, MirrorContact.connection_id == run.connection_id)
        .where(MirrorContact.their_customer_id == func.any(_texts(their_ids)))
        .where(MirrorContact.primary.is_not(True), matches(MirrorContact.search, q))
        .order_by(MirrorContact.their_customer_id, MirrorContact.their_id)
    )
    return {row.their_customer_id: row.name or "" for row in db.session.execute(found)}


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


_ORDERS: dict[str, tuple[Any, ...]] = {
    "name": (M.sort_key, M.their_id),
    "-name": (M.sort_key.desc(), M.their_id.desc()),
    "changed": (M.modified_there_at.desc().nulls_last(), M.their_id),
    "contacts": (M.contacts_count.desc().nulls_last(), M.sort_key, M.their_id),
}
