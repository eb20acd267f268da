"""The traces a person leaves beside their own row: where they stand, and how they are taken out."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Row,
    RowMapping,
    Table,
    Text,
    and_,
    delete,
    false,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import Model, db
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.drift import DriftItem
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.notices import Notice
from webapp.store.problems import Problem
from webapp.store.runs import Run, RunItem
from webapp.store.search import search_text

ERASED = "erased"
"""The actor of what an erased user did."""

SHORTEST = 5
"""Whatever is shorter names nobody, and may be part of any word."""

UNSEEN = {"synchronize_session": False}

_Told = tuple[tuple[type[Model], tuple[InstrumentedAttribute[Any], ...]], ...]
_Said = tuple[tuple[type[Model], InstrumentedAttribute[Any], Any], ...]

TOLD_IN: _Told = (
    (Problem, (Problem.reason,)),
    (Conflict, (Conflict.ours, Conflict.theirs)),
    (DriftItem, (DriftItem.record, DriftItem.search, DriftItem.ours, DriftItem.theirs, DriftItem.note)),
    (Intent, (Intent.sent, Intent.told)),
)
"""What is found or said anew as far as it still holds: a row that tells of an erased person goes."""


BLANKED: _Said = (
    (HistoryEntry, HistoryEntry.old, None),
    (HistoryEntry, HistoryEntry.new, None),
)
"""What a row says beside what it is: that is blanked, by the value given, and the row stays."""

TOLD_OF_WORK: _Told = ((Notice, (Notice.details,)),)
BLANKED_OF_WORK: _Said = (
    (Run, Run.current_name, ""),
    (Run, Run.error, ""),
    (RunItem, RunItem.seen, {}),
    (RunItem, RunItem.before, None),
    (RunItem, RunItem.reason, ""),
)
"""The same of what is locked after the audit."""


def places_there(portal_id: uuid.UUID, contact_id: uuid.UUID) -> list[Row[Any]]:
    """Tell whom a contact is linked with: (connection, their id, their customer's id)."""
    there = and_(
        MirrorContact.portal_id == Link.portal_id,
        MirrorContact.connection_id == Link.connection_id,
        MirrorContact.their_id == Link.their_id,
    )
    query = (
        select(
            Link.connection_id, Link.their_id, func.coalesce(MirrorContact.their_customer_id, "").label("of")
        )
        .outerjoin(MirrorContact, there)
        .where(Link.portal_id == portal_id, Link.kind == "contact", Link.our_id == contact_id)
    )
    return list(db.session.execute(query))


def forget_links(portal_id: uuid.UUID, contact_id: uuid.UUID) -> None:
    """End the links of a contact, with what both sides agreed on, and what a report says of it."""
    _delete(Link, Link.portal_id == portal_id, Link.kind == "contact", Link.our_id == contact_id)
    _delete(DriftItem, DriftItem.portal_id == portal_id, DriftItem.our_id == contact_id)


def customers_there(portal_id: uuid.UUID, customer_id: uuid.UUID) -> list[Row[Any]]:
    """Tell whom a customer is linked with: (connection, their id)."""
    query = select(Link.connection_id, Link.their_id)
    query = query.where(Link.portal_id == portal_id, Link.kind == "customer", Link.our_id == customer_id)
    return list(db.session.execute(query))


def forget_person_there(portal_id: uuid.UUID, connection_id: uuid.UUID, their_id: str) -> None:
    """Take a provider's person out of the mirror."""
    place = MirrorContact.portal_id == portal_id, MirrorContact.connection_id == connection_id
    _delete(MirrorContact, *place, MirrorContact.their_id == their_id)


def forget_primary_there(portal_id: uuid.UUID, connection_id: uuid.UUID, their_customer: str) -> None:
    """Take out what a mirrored customer's row says of its people but those still mirrored."""
    key = (portal_id, connection_id, their_customer)
    row = db.session.get(MirrorCustomer, key, populate_existing=True)
    if row is None:
        return
    place = MirrorContact.portal_id == portal_id, MirrorContact.connection_id == connection_id
    left = select(MirrorContact.search).where(*place, MirrorContact.their_customer_id == their_customer)
    row.search_own = search_text([row.name, row.company_name], [])
    row.search = "\n".join([row.search_own, *db.session.scalars(left.order_by(MirrorContact.their_id))])
    row.primary_name = row.primary_email = row.primary_phone = ""
    # Its version is forgotten, so that the next reading writes it anew, with whoever is named there then.
    row.version = ""
    db.session.flush()


def stop_work(portal_id: uuid.UUID, connection_ids: Collection[uuid.UUID]) -> None:
    """Let nobody go on who read connections before: what they hold may tell of whom was erased."""
    stopped = update(Connection).where(Connection.portal_id == portal_id, Connection.id.in_(connection_ids))
    values = {"fence": Connection.fence + 1, "lease_until": null()}
    db.session.execute(stopped.values(values).execution_options(**UNSEEN))


def forget_searches(portal_id: uuid.UUID, names: Collection[str]) -> None:
    """Take out what people sought by one of some names when they ticked customers of an import."""
    sought = [name for name in names if len(name) >= SHORTEST]
    if sought:
        _blank(Run, portal_id, _says([Run.selection], sought), {"selection": {}})


def forget_words(portal_id: uuid.UUID, words: Collection[str]) -> None:
    """Take out what a portal's tables say beside records in which one of some words stands.

    What runs and notices say is left to ``forget_words_of_work``.
    """
    _forget(portal_id, words, TOLD_IN, BLANKED)


def forget_words_of_work(portal_id: uuid.UUID, words: Collection[str]) -> None:
    """Take out what runs and notices say in which one of some words stands: call it after the audit."""
    _forget(portal_id, words, TOLD_OF_WORK, BLANKED_OF_WORK)


def forget_actor(portal_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Let what a user did in a portal be done by somebody who was erased."""
    person = str(user_id)
    columns: tuple[tuple[type[Model], InstrumentedAttribute[Any]], ...] = (
        (HistoryEntry, HistoryEntry.actor),
        (Conflict, Conflict.ours_by),
        (Intent, Intent.actor),
        (Intent, Intent.auditor),
    )
    for model, column in columns:
        _blank(model, portal_id, column == person, {column.key: ERASED})


def _forget(portal_id: uuid.UUID, words: Collection[str], told_in: _Told, blanked: _Said) -> None:
    sought = [word for word in words if len(word) >= SHORTEST]
    if not sought:
        return
    for owner, column, value in blanked:
        _blank(owner, portal_id, _says([column], sought), {column.key: value})
    for model, columns in told_in:
        _delete(model, cast(Any, model).portal_id == portal_id, _says(columns, sought))


def rows(
    side: DatabaseConnection,
    model: type[Model],
    *conditions: ColumnElement[bool],
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Read rows of a table as they are, column by column, that follow a key in the order of keys."""
    table = cast(Table, model.__table__)
    key = list(table.primary_key.columns)
    query = select(*table.columns).where(*conditions)
    if after is not None:
        place = [literal(value, column.type) for column, value in zip(key, after, strict=True)]
        query = query.where(tuple_(*key) > tuple_(*place))
    return side.execute(query.order_by(*key).limit(limit)).mappings().all()


def key_of(model: type[Model], row: RowMapping) -> tuple[Any, ...]:
    """Return the key of a row."""
    return tuple(row[each] for each in cast(Table, model.__table__).primary_key.columns)


def telling(columns: Collection[InstrumentedAttribute[Any]], words: Collection[str]) -> ColumnElement[bool]:
    """The condition that one of some words stands in one of some columns."""
    sought = [word for word in words if len(word) >= SHORTEST]
    return _says(columns, sought) if sought else false()


def _says(columns: Collection[InstrumentedAttribute[Any]], words: Collection[str]) -> ColumnElement[bool]:
    return or_(
        *(
            func.lower(column.cast(Text)).contains(word.lower(), autoescape=True)
            for column in columns
            for word in words
        )
    )


def _blank(
    model: type[Model], portal_id: uuid.UUID, where: ColumnElement[bool], values: dict[str, Any]
) -> None:
    changed = update(model).where(cast(Any, model).portal_id == portal_id, where).values(values)
    db.session.execute(changed.execution_options(**UNSEEN))


def _delete(model: type[Model], *conditions: ColumnElement[bool]) -> None:
    db.session.execute(delete(model).where(*conditions).execution_options(**UNSEEN))
