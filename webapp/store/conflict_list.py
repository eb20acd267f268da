"""Conflicts as lists of them are read: by record, with the names of whom they are about, and counted."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, cast, delete, func, select, tuple_
from sqlalchemy.types import Uuid

from webapp.extensions import db
from webapp.store.conflicts import Conflict
from webapp.store.customer_list import Found
from webapp.store.customers import Contact, Customer
from webapp.store.mirror import MirrorContact
from webapp.store.portals import User
from webapp.store.search import matches

Key = tuple[uuid.UUID, str, uuid.UUID, str]
"""What names a conflict within a portal: connection, kind, our id and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which conflicts of a portal are meant; blank and None leave it open.

    ``record`` is the kind and our id of one record; ``until`` leaves out what was found later.
    """

    connection_id: uuid.UUID | None = None
    field: str = ""
    q: str = ""
    record: tuple[str, uuid.UUID] | None = None
    until: datetime | None = None


_person = case((Conflict.ours_by.regexp_match("^[0-9a-f-]{36}$"), cast(Conflict.ours_by, Uuid)))
_KEY = (Conflict.connection_id, Conflict.kind, Conflict.our_id, Conflict.field)


def counts(portal_id: uuid.UUID, wanted: Wanted) -> dict[str, int]:
    """Count what is wanted by field, whichever field that is."""
    open_field = Wanted(connection_id=wanted.connection_id, q=wanted.q)
    query = _wanted(select(Conflict.field, func.count()), portal_id, open_field).group_by(Conflict.field)
    return {row[0]: row[1] for row in db.session.execute(query)}


def count_records(portal_id: uuid.UUID, wanted: Wanted) -> int:
    """Count the records that have what is wanted."""
    records = _wanted(select(Conflict.connection_id, Conflict.kind, Conflict.our_id), portal_id, wanted)
    return db.session.scalar(select(func.count()).select_from(records.distinct().subquery())) or 0


def page_rows(portal_id: uuid.UUID, wanted: Wanted, *, offset: int, limit: int) -> list[Row[Any]]:
    """List the conflicts of so many records, what was found last first, those of a record together.

    Each comes with ``customer`` and ``contact``, the row of the record, and ``who``, the person who changed
    it here.
    """
    since = func.max(Conflict.found_at).label("since")
    record = (Conflict.connection_id, Conflict.kind, Conflict.our_id)
    records = _wanted(select(*record, since), portal_id, wanted).group_by(*record)
    chosen = records.order_by(since.desc(), Conflict.our_id).offset(offset).limit(limit).subquery()
    same = and_(
        chosen.c.connection_id == Conflict.connection_id,
        chosen.c.kind == Conflict.kind,
        chosen.c.our_id == Conflict.our_id,
    )
    query = _named(select(Conflict, Customer, Contact, User.name.label("who")), portal_id).join(chosen, same)
    if wanted.field:
        query = query.where(Conflict.field == wanted.field)
    return list(db.session.execute(query.order_by(chosen.c.since.desc(), Conflict.our_id, Conflict.field)))


def keys(portal_id: uuid.UUID, wanted: Wanted, *, limit: int, but: Collection[Key] = ()) -> list[Key]:
    """List what names the conflicts that are wanted, oldest first."""
    query = _wanted(select(*_KEY), portal_id, wanted)
    if but:
        query = query.where(tuple_(*_KEY).not_in(but))
    query = query.order_by(Conflict.found_at, Conflict.our_id, Conflict.field).limit(limit)
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]


def owners(portal_id: uuid.UUID, named: Collection[Key]) -> list[Row[uuid.UUID, uuid.UUID]]:
    """List which customers some conflicts are about, as (connection, customer)."""
    query = select(Conflict.connection_id, Conflict.customer_id).where(*_named_by(portal_id, named))
    return list(db.session.execute(query.distinct()))


def locked(portal_id: uuid.UUID, named: Collection[Key]) -> list[Row[Any]]:
    """Lock some conflicts and read them with the rows of the records they are about."""
    query = _named(select(Conflict, Customer, Contact, User.name.label("who")), portal_id)
    query = query.where(*_named_by(portal_id, named)).order_by(*_KEY)
    locking = query.with_for_update(of=Conflict).execution_options(populate_existing=True)
    return list(db.session.execute(locking))


def forget(portal_id: uuid.UUID, named: Collection[Key]) -> None:
    """Delete conflicts that were settled."""
    gone = delete(Conflict).where(*_named_by(portal_id, named))
    db.session.execute(gone.execution_options(synchronize_session=False))


def forget_customer(portal_id: uuid.UUID, connection_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Delete all conflicts of a customer and its contacts at a connection."""
    gone = delete(Conflict).where(
        Conflict.portal_id == portal_id,
        Conflict.connection_id == connection_id,
        Conflict.customer_id == customer_id,
    )
    db.session.execute(gone.execution_options(synchronize_session=False))


def our_people(portal_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Contact]:
    """Read contacts here by id, binned ones too."""
    query = select(Contact).where(Contact.portal_id == portal_id, Contact.id.in_(ids))
    return {row.id: row for row in db.session.scalars(query)} if ids else {}


def their_people(
    portal_id: uuid.UUID, named: Collection[tuple[uuid.UUID, str]]
) -> dict[tuple[uuid.UUID, str], MirrorContact]:
    """Read contacts of the mirror by connection and id."""
    if not named:
        return {}
    query = select(MirrorContact).where(
        MirrorContact.portal_id == portal_id,
        tuple_(MirrorContact.connection_id, MirrorContact.their_id).in_(named),
    )
    return {(row.connection_id, row.their_id): row for row in db.session.scalars(query)}


def _wanted(
    query: Select[*tuple[Any, ...]], portal_id: uuid.UUID, wanted: Wanted
) -> Select[*tuple[Any, ...]]:
    query = query.where(Conflict.portal_id == portal_id)
    if wanted.connection_id is not None:
        query = query.where(Conflict.connection_id == wanted.connection_id)
    if wanted.field:
        query = query.where(Conflict.field == wanted.field)
    if wanted.record is not None:
        query = query.where(Conflict.kind == wanted.record[0], Conflict.our_id == wanted.record[1])
    if wanted.until is not None:
        query = query.where(Conflict.found_at <= wanted.until)
    if wanted.q:
        searched = select(Found.id).where(Found.portal_id == portal_id, matches(Found.search, wanted.q))
        query = query.where(Conflict.customer_id.in_(searched))
    return query


def _named(query: Select[*tuple[Any, ...]], portal_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    customer = and_(Customer.portal_id == Conflict.portal_id, Customer.id == Conflict.customer_id)
    contact = and_(
        Contact.portal_id == Conflict.portal_id, Contact.id == Conflict.our_id, Conflict.kind == "contact"
    )
    return (
        query.where(Conflict.portal_id == portal_id)
        .join(Customer, customer)
        .outerjoin(Contact, contact)
        .outerjoin(User, User.id == _person)
    )


def _named_by(portal_id: uuid.UUID, named: Collection[Key]) -> tuple[ColumnElement[bool], ...]:
    return Conflict.portal_id == portal_id, tuple_(*_KEY).in_(named)
