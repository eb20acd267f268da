"""A customer's whole history as people search it: by record, field, person, run and time."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services.errors import NotFound
from webapp.services.history import HistoryPage, HistoryRow
from webapp.services.labels import actor_label
from webapp.store import history_pages as store
from webapp.store.history_pages import HistoryQuery
from webapp.walls import inside

__all__ = ["HistoryChoices", "HistoryQuery", "HistoryView", "all_rows", "page"]

PAGE_SIZE = 50
ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChoices:
    """What a history can be searched by; each maps what is asked to what people read."""

    records: Mapping[str, str]
    fields: tuple[str, ...]
    actors: Mapping[str, str]
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """A page of a customer's history; ``binned`` is when the customer went into the bin, if it lies there."""

    customer_id: uuid.UUID
    name: str
    binned: datetime | None
    found: HistoryPage
    choices: HistoryChoices


def page(
    portal_id: uuid.UUID, customer_id: uuid.UUID, query: HistoryQuery, *, number: int = 1
) -> HistoryView:
    """Show one page, newest first; raises ``NotFound``. A page beyond the end is the last."""
    customer = store.customer_name(portal_id, customer_id)
    if customer is None:
        raise NotFound("There is no such customer in this portal. It may have been deleted for good.")
    total = store.count(portal_id, customer_id, query)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = max(1, min(number, pages))
    offset = (number - 1) * PAGE_SIZE
    told = store.choices(portal_id, customer_id)
    names = store.record_names(portal_id, told.records or ())
    actors = _actors(portal_id, told.actors or ())
    found = store.page_rows(portal_id, customer_id, query, offset=offset, limit=PAGE_SIZE)
    return HistoryView(
        customer_id=customer_id,
        name=customer.name,
        binned=customer.deleted_at,
        found=HistoryPage(
            rows=tuple(_row(row, names, actors) for row in found), total=total, number=number, pages=pages
        ),
        choices=HistoryChoices(
            records=dict(sorted(((str(each), name) for each, name in names.items()), key=lambda one: one[1])),
            fields=tuple(field for field in sorted(told.fields or ()) if field),
            actors=actors,
            runs=tuple(sorted(told.runs or (), reverse=True)),
        ),
    )


def all_rows(portal_id: uuid.UUID, customer_id: uuid.UUID, query: HistoryQuery) -> Iterator[HistoryRow]:
    """Give everything that is asked for, newest first; read a few at a time, beside the session."""
    if store.customer_name(portal_id, customer_id) is None:
        raise NotFound("There is no such customer in this portal. It may have been deleted for good.")
    told = store.choices(portal_id, customer_id)
    names = store.record_names(portal_id, told.records or ())
    actors = _actors(portal_id, told.actors or ())
    return _rows(portal_id, customer_id, query, names, actors)


def _rows(
    portal_id: uuid.UUID,
    customer_id: uuid.UUID,
    query: HistoryQuery,
    names: Mapping[uuid.UUID, str],
    actors: Mapping[str, str],
) -> Iterator[HistoryRow]:
    before: uuid.UUID | None = None
    while True:
        with inside(portal_id), db.engine.connect() as side:
            found = store.following(side, portal_id, customer_id, query, before=before, limit=ROWS_AT_ONCE)
        yield from (_row(row, names, actors) for row in found)
        if len(found) < ROWS_AT_ONCE:
            return
        before = found[-1].id


def _actors(portal_id: uuid.UUID, actors: list[str] | tuple[str, ...]) -> dict[str, str]:
    """Name who acted: people by their names, providers by their labels."""
    people = store.person_names(actors)
    named = {actor: people.get(actor) or actor_label(portal_id, actor) for actor in actors}
    return dict(sorted(((actor, name) for actor, name in named.items() if name), key=lambda one: one[1]))


def _row(row: Row[Any], names: Mapping[uuid.UUID, str], actors: Mapping[str, str]) -> HistoryRow:
    return HistoryRow(
        at=row.at,
        who=actors.get(row.actor, ""),
        kind=row.kind,
        record=names.get(row.record_id, ""),
        action=row.action,
        field=row.field,
        old=row.old,
        new=row.new,
        lost=row.lost,
        run_id=row.run_id,
        run_number=row.number,
    )
