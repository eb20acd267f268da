"""What can be picked: the mirror's customers, each with its state beside the portal's links and customers."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from webapp.extensions import db
from webapp.store.columns import PORTAL, GivenId
from webapp.store.pick_scope import M, PickScope, scope_of
from webapp.store.runs import Query, Run, Selection
from webapp.store.search import matches

STATES = ("", "new", "same_name", "imported", "inactive", "never", "in_project", "other_currency")
"""What the picker can be filtered for; blank is all. The last two are of imports into a project."""

_linked = M.known_by == "link"
_named = M.known_by == "name"


def picks(run: Run, *columns: Any) -> Select[Any]:
    """Query the customers there that are not gone."""
    return _of(run.portal_id, run.connection_id, *columns)


def any_picks(*columns: Any) -> Select[Any]:
    """Put that query once, to be asked about any connection with what ``asked_of`` a run says."""
    return _of(PORTAL, bindparam("connection_id", type_=Uuid), *columns)


def asked_of(run: Run) -> dict[str, Any]:
    """Return what ``any_picks`` are asked with to be those of a run."""
    return {"portal_id": run.portal_id, "connection_id": run.connection_id}


def _of(portal_id: GivenId, connection_id: GivenId, *columns: Any) -> Select[Any]:
    there = M.portal_id == portal_id, M.connection_id == connection_id, M.gone_at.is_(None)
    return select(*columns).select_from(M).where(*there)


def shown(query: Query, scope: PickScope) -> ColumnElement[bool]:
    """Put the condition that a search and a filter show a row."""
    return and_(matches(M.search, query.q), filtered(query, scope))


def filtered(query: Query, scope: PickScope) -> ColumnElement[bool]:
    """Put the condition that a filter shows a row."""
    if query.state:
        return scope.in_state(query.state)
    return true() if query.inactive else scope.usually_shown


def ticked(selection: Selection, scope: PickScope) -> ColumnElement[bool]:
    """Put the condition that a row is selected."""
    one_by_one = M.their_id == func.any(texts(selection.ids)) if selection.ids else false()
    if not selection.queries:
        return and_(scope.selectable, one_by_one)
    by_query = or_(*(shown(query, scope) for query in selection.queries))
    if selection.exceptions:
        by_query = and_(by_query, M.their_id != func.all(texts(selection.exceptions)))
    return and_(scope.selectable, or_(one_by_one, by_query))


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
    found = picks(run, M.their_id).where(scope_of(run).selectable, M.their_id == func.any(texts(their_ids)))
    return set(db.session.scalars(found))


def shown_ids(run: Run, their_ids: Collection[str], query: Query) -> set[str]:
    """Return those of some ids that a search and a filter show."""
    found = picks(run, M.their_id).where(
        shown(query, scope_of(run)), M.their_id == func.any(texts(their_ids))
    )
    return set(db.session.scalars(found))


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


def texts(values: Collection[str]) -> ColumnElement[Any]:
    """Give texts to a query in one piece, however many there are."""
    return literal(sorted(values), ARRAY(Text))
