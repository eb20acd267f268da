"""What people decided about customers there once and for all: never to import one, to keep two apart."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    and_,
    delete,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, PortalId, Str
from webapp.store.customers import Customer
from webapp.store.mirror import MirrorCustomer
from webapp.store.portals import User
from webapp.sync.normal import search_key

KINDS = ("never", "apart")
_CONNECTION = ["connection.portal_id", "connection.id"]


class NeverImport(Model):
    """A customer there that is not to be imported. ``name`` is what it was called when that was said."""

    __tablename__ = "never_import"
    __table_args__ = (ForeignKeyConstraint(["portal_id", "connection_id"], _CONNECTION, ondelete="CASCADE"),)

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[Str]
    marked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    marked_at: Mapped[Created]


class KeptApart(Model):
    """A customer there and one here that look alike and are not the same."""

    __tablename__ = "kept_apart"
    __table_args__ = (
        ForeignKeyConstraint(["portal_id", "connection_id"], _CONNECTION, ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["portal_id", "our_id"], ["customer.portal_id", "customer.id"], ondelete="CASCADE"
        ),
        Index("ix_kept_apart_ours", "portal_id", "our_id"),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(Text, primary_key=True)
    our_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[Str]
    marked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    marked_at: Mapped[Created]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One decision: ``kind`` is never or apart; ``our_id`` and ``our_name`` only of the latter."""

    kind: str
    their_id: str
    name: str
    our_id: uuid.UUID | None
    our_name: str
    who: str
    at: datetime


def never(row: Any) -> ColumnElement[bool]:
    """Put the condition that what was picked of the mirror is never to be imported."""
    marked = select(NeverImport.their_id).where(
        NeverImport.portal_id == row.portal_id,
        NeverImport.connection_id == row.connection_id,
        NeverImport.their_id == row.their_id,
    )
    return marked.correlate_except(NeverImport).exists()


def mark_never(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_ids: Collection[str], user_id: uuid.UUID
) -> int:
    """Remember that customers there are not to be imported; return how many were not marked before."""
    m = MirrorCustomer
    known = select(
        m.portal_id, m.connection_id, m.their_id, m.name, literal(user_id), func.clock_timestamp()
    ).where(m.portal_id == portal_id, m.connection_id == connection_id, m.their_id.in_(their_ids))
    columns = ("portal_id", "connection_id", "their_id", "name", "marked_by", "marked_at")
    made = insert(NeverImport).from_select(columns, known).on_conflict_do_nothing()
    return len(db.session.execute(made.returning(NeverImport.their_id)).all())


def take_back_never(portal_id: uuid.UUID, connection_id: uuid.UUID, their_ids: Collection[str]) -> int:
    """Forget that customers are not to be imported; return how many were."""
    gone = delete(NeverImport).where(
        NeverImport.portal_id == portal_id,
        NeverImport.connection_id == connection_id,
        NeverImport.their_id.in_(their_ids),
    )
    return len(db.session.execute(gone.returning(NeverImport.their_id)).all())


def keep_apart(
    portal_id: uuid.UUID, connection_id: uuid.UUID, pairs: Iterable[tuple[str, uuid.UUID]], user_id: uuid.UUID
) -> int:
    """Remember that customers there are not those here; return how many pairs were not marked before."""
    made = 0
    m = MirrorCustomer
    for their_id, our_id in pairs:
        known = select(
            m.portal_id,
            m.connection_id,
            m.their_id,
            Customer.id,
            m.name,
            literal(user_id),
            func.clock_timestamp(),
        ).join(Customer, and_(Customer.portal_id == m.portal_id, Customer.id == our_id))
        known = known.where(
            m.portal_id == portal_id, m.connection_id == connection_id, m.their_id == their_id
        )
        columns = ("portal_id", "connection_id", "their_id", "our_id", "name", "marked_by", "marked_at")
        kept = insert(KeptApart).from_select(columns, known).on_conflict_do_nothing()
        made += len(db.session.execute(kept.returning(KeptApart.our_id)).all())
    return made


def take_back_apart(portal_id: uuid.UUID, connection_id: uuid.UUID, their_id: str, our_id: uuid.UUID) -> bool:
    """Forget that two are not the same; tell whether that was said."""
    gone = delete(KeptApart).where(
        KeptApart.portal_id == portal_id,
        KeptApart.connection_id == connection_id,
        KeptApart.their_id == their_id,
        KeptApart.our_id == our_id,
    )
    return bool(db.session.execute(gone.returning(KeptApart.our_id)).all())


def apart_from(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_ids: Collection[str]
) -> set[tuple[str, uuid.UUID]]:
    """Return which of some customers there are known not to be which here."""
    query = select(KeptApart.their_id, KeptApart.our_id).where(
        KeptApart.portal_id == portal_id,
        KeptApart.connection_id == connection_id,
        KeptApart.their_id == func.any(literal(sorted(their_ids), ARRAY(Text))),
    )
    return {(row.their_id, row.our_id) for row in db.session.execute(query)}


def counts(portal_id: uuid.UUID, connection_id: uuid.UUID) -> dict[str, int]:
    """Count what is remembered, by kind."""
    found = dict.fromkeys(KINDS, 0)
    of_kind: tuple[Any, ...] = (NeverImport, KeptApart)
    for kind, model in zip(KINDS, of_kind, strict=True):
        where = model.portal_id == portal_id, model.connection_id == connection_id
        found[kind] = db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0
    return found


def page(
    portal_id: uuid.UUID, connection_id: uuid.UUID, *, kind: str, q: str, offset: int, limit: int
) -> tuple[list[Mark], int]:
    """List what is remembered, the newest first, of a kind or of both; and how much there is."""
    listed = union_all(
        _never_rows(portal_id, connection_id), _apart_rows(portal_id, connection_id)
    ).subquery()
    where: list[ColumnElement[bool]] = [listed.c.kind == kind] if kind else []
    for word in search_key(q).split():
        both = func.lower(func.concat_ws(" ", listed.c.name, listed.c.our_name))
        where.append(both.contains(word, autoescape=True))
    total = db.session.scalar(select(func.count()).select_from(listed).where(*where)) or 0
    query = select(listed).where(*where).order_by(listed.c.at.desc(), listed.c.their_id)
    rows = db.session.execute(query.offset(offset).limit(limit))
    return [Mark(**row._mapping) for row in rows], total


def _never_rows(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Any:
    return (
        select(
            literal("never").label("kind"),
            NeverImport.their_id,
            NeverImport.name,
            null().cast(KeptApart.our_id.type).label("our_id"),
            literal("").label("our_name"),
            func.coalesce(User.name, "").label("who"),
            NeverImport.marked_at.label("at"),
        )
        .outerjoin(User, User.id == NeverImport.marked_by)
        .where(NeverImport.portal_id == portal_id, NeverImport.connection_id == connection_id)
    )


def _apart_rows(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Any:
    here = and_(Customer.portal_id == KeptApart.portal_id, Customer.id == KeptApart.our_id)
    return (
        select(
            literal("apart").label("kind"),
            KeptApart.their_id,
            KeptApart.name,
            KeptApart.our_id,
            Customer.name.label("our_name"),
            func.coalesce(User.name, "").label("who"),
            KeptApart.marked_at.label("at"),
        )
        .join(Customer, here)
        .outerjoin(User, User.id == KeptApart.marked_by)
        .where(KeptApart.portal_id == portal_id, KeptApart.connection_id == connection_id)
    )
