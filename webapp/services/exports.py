"""Lists to take along: every customer or contact of a search or a selection, one after another."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row

from webapp.extensions import db
from webapp.services.labels import name_of
from webapp.store import listed as store
from webapp.store import ticks
from webapp.store.connections import connections_of
from webapp.store.customers import called
from webapp.store.ticks import ListQuery, Ticks
from webapp.walls import inside

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLine:
    """A customer as a file has it: its columns, its primary contact, and where it is linked."""

    row: Row[Any]
    primary: str
    email: str
    phone: str
    linked: str


def customers(portal_id: uuid.UUID, wanted: ListQuery | Ticks) -> Iterator[CustomerLine]:
    """Give the customers that a search finds or that are ticked, by name.

    They are read a few at a time, beside the session: who takes them slowly holds no transaction.
    """
    labels = _labels(portal_id)
    return (_line(row, labels) for rows in _read(portal_id, _condition(portal_id, wanted)) for row in rows)


def contacts(portal_id: uuid.UUID, wanted: ListQuery | Ticks) -> Iterator[tuple[str, Row[Any]]]:
    """Give the contacts of the customers that a search finds or that are ticked, as (customer, contact)."""
    for rows in _read(portal_id, _condition(portal_id, wanted)):
        people: defaultdict[uuid.UUID, list[Any]] = defaultdict(list)
        with inside(portal_id), db.engine.connect() as side:
            for person in store.contacts_of(side, portal_id, [row.id for row in rows]):
                people[person.customer_id].append(person)
        yield from ((row.name, person) for row in rows for person in people[row.id])


def _condition(portal_id: uuid.UUID, wanted: ListQuery | Ticks) -> ColumnElement[bool]:
    if isinstance(wanted, Ticks):
        return ticks.ticked(portal_id, wanted)
    return ticks.shown(portal_id, wanted)


def _read(portal_id: uuid.UUID, wanted: ColumnElement[bool]) -> Iterator[Sequence[Row[Any]]]:
    after: store.Place | None = None
    while True:
        with inside(portal_id), db.engine.connect() as side:
            rows = store.customers(side, portal_id, wanted, after=after, limit=ROWS_AT_ONCE)
        yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].sort_key, rows[-1].id


def _labels(portal_id: uuid.UUID) -> dict[uuid.UUID, str]:
    return {each.id: name_of(each) for each in connections_of(portal_id)}


def _line(row: Row[Any], labels: dict[uuid.UUID, str]) -> CustomerLine:
    return CustomerLine(
        row=row,
        primary=called(row.first_name, row.last_name, row.email),
        email=row.email or "",
        phone=row.phone or row.mobile or "",
        linked=", ".join(sorted(labels.get(each, "") for each in row.connections)),
    )
