"""Sessions: who is logged in where; a browser holds the id, only its digest is kept here."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    ForeignKey,
    Select,
    Text,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection as Transaction
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created
from webapp.store.portals import Membership, User, with_place
from webapp.walls import across_portals

IDLE = timedelta(hours=12)
"""How long a session lives without a request, unless it was asked to stay."""

ABSOLUTE = timedelta(days=7)
"""How long any session lives."""


class Session(Model):
    """One browser's session. ``stay`` was ticked at login: it ends only by its absolute age."""

    __tablename__ = "session"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    stay: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Created]
    seen_at: Mapped[Created] = mapped_column(index=True)


def live_session(
    digest: str, now: datetime, portal_key: str
) -> tuple[Session, User | None, Membership | None] | None:
    """Find a session that has not ended, its user, and their place in the portal of a key, if one is given.

    A disabled user has no session.
    """
    asked = {"digest": digest, "now": now}
    if not portal_key:
        found = db.session.execute(_live(), asked).first()
        return (found[0], found[1], None) if found else None
    with across_portals():
        placed = db.session.execute(_live_with_place(), asked | {"portal_key": portal_key}).first()
    return (placed[0], placed[1], placed[2]) if placed else None


@cache
def _live() -> Select[*tuple[Any, ...]]:
    """Put the query that every request asks once for all."""
    ended = _ended(bindparam("now", type_=DateTime(timezone=True)))
    known = Session.digest == bindparam("digest", type_=Text)
    query = select(Session, User).outerjoin(User, User.id == Session.user_id)
    return query.where(known, ~ended, or_(Session.user_id.is_(None), User.active))


@cache
def _live_with_place() -> Select[*tuple[Any, ...]]:
    return with_place(_live(), bindparam("portal_key", type_=Text))


def live_sessions_of(user_id: uuid.UUID, now: datetime) -> list[Session]:
    """List a user's sessions that have not ended, the one used last first."""
    theirs = select(Session).where(Session.user_id == user_id, ~_ended(now))
    return list(db.session.scalars(theirs.order_by(Session.seen_at.desc(), Session.digest)))


def add_session(transaction: Transaction, values: dict[str, object]) -> None:
    """Write a new session."""
    transaction.execute(insert(Session).values(values))


def change_session(transaction: Transaction, digest: str, values: dict[str, object]) -> None:
    """Write a session anew unless it ended meanwhile: a request still under way must not bring it back."""
    transaction.execute(update(Session).where(Session.digest == digest).values(values))


def delete_session(transaction: Transaction, digest: str) -> None:
    """Remove one session."""
    transaction.execute(delete(Session).where(Session.digest == digest))


def delete_sessions_of(transaction: Transaction, user_id: uuid.UUID, *, only: str = "", but: str = "") -> int:
    """Remove every session of a user, or those whose digest begins with ``only``, but one; count them."""
    theirs = Session.user_id == user_id, Session.digest.startswith(only, autoescape=True)
    return transaction.execute(delete(Session).where(*theirs, Session.digest != but)).rowcount


def delete_ended(transaction: Transaction, now: datetime) -> None:
    """Remove the sessions that can no longer be used."""
    transaction.execute(delete(Session).where(_ended(now)))


def _ended(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    idle = and_(Session.seen_at < now - IDLE, Session.stay.is_(False))
    return or_(Session.created_at < now - ABSOLUTE, idle)
