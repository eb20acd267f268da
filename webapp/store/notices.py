"""Notices: what people of a portal are told, who has read it, and what they do not want to hear."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    Text,
    UniqueConstraint,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import GivenId, Id, Json, PortalId, Str, Time, new_id

PORTAL, MAIL = "portal", "mail"
WAYS = (PORTAL, MAIL)
"""The ways by which people hear."""

AGAIN = timedelta(days=1)
"""How long what goes on is not told anew."""

KEPT = timedelta(days=90)
"""How long a notice is kept after it was last told."""


class Notice(Model):
    """One matter people are told about: there is one for each kind and subject, however often it recurs.

    It is for whoever may hear its kind, and for the user named here. ``told_at`` is when it last asked for
    attention: whoever read it before that has not read it. ``times`` counts how often it was reported.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("portal_id", "kind", "subject_id"),
        Index("ix_notice_told", "portal_id", "told_at"),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    kind: Mapped[Str]
    subject_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    details: Mapped[Json]
    times: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[Time]
    last_at: Mapped[Time]
    told_at: Mapped[Time]
    resolved_at: Mapped[Time | None]


class NoticeReading(Model):
    """That somebody has read a notice, and when last."""

    __tablename__ = "notice_reading"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "notice_id"], ["notice.portal_id", "notice.id"], ondelete="CASCADE"
        ),
    )

    portal_id: Mapped[PortalId]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    read_at: Mapped[Time]


class NoticeMute(Model):
    """That a user does not want to hear a kind of notice by one way, whatever the portal."""

    __tablename__ = "notice_mute"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    way: Mapped[str] = mapped_column(Text, primary_key=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Somebody of a portal, and the kinds they may hear whoever caused them."""

    portal_id: GivenId
    user_id: GivenId
    kinds: frozenset[str]


def keep(
    portal_id: uuid.UUID,
    kind: str,
    subject_id: uuid.UUID,
    details: dict[str, Any],
    *,
    user_id: uuid.UUID | None,
    moment: datetime,
) -> uuid.UUID | None:
    """Write a notice, or bring the one of this matter up to date; return its id if people are to hear of it.

    They are when the matter is new, was resolved, or was last told more than a day ago.
    """
    values = {"details": details, "last_at": moment, "told_at": moment, "user_id": user_id}
    row = {"portal_id": portal_id, "id": new_id(), "kind": kind, "subject_id": subject_id}
    due = or_(Notice.resolved_at.is_not(None), Notice.told_at <= moment - AGAIN)
    made = insert(Notice).values(**row, **values, first_at=moment, times=1)
    kept = made.on_conflict_do_update(
        index_elements=[Notice.portal_id, Notice.kind, Notice.subject_id],
        set_=values
        | {
            "told_at": case((due, moment), else_=Notice.told_at),
            "times": Notice.times + 1,
            "resolved_at": None,
        },
    ).returning(Notice.id, Notice.told_at)
    found = db.session.execute(kept).one()
    return found.id if found.told_at == moment else None


def resolve(
    portal_id: uuid.UUID, kinds: Iterable[str], subject_id: uuid.UUID, *, how: str, moment: datetime
) -> None:
    """Note that matters of some kinds came to their end, and how, in words."""
    db.session.execute(
        update(Notice)
        .where(Notice.portal_id == portal_id, Notice.subject_id == subject_id)
        .where(Notice.kind.in_(list(kinds)), Notice.resolved_at.is_(None))
        .values(resolved_at=moment, details=Notice.details.op("||")(cast({"solved": how}, JSONB)))
        .execution_options(synchronize_session=False)
    )


def forget_old(portal_id: uuid.UUID, moment: datetime) -> None:
    """Delete a portal's notices of long ago."""
    db.session.execute(
        delete(Notice)
        .where(Notice.portal_id == portal_id, Notice.told_at < moment - KEPT)
        .execution_options(synchronize_session=False)
    )


def unread(audience: Audience, *, limit: int) -> list[Notice]:
    """List what somebody has not read and what still matters, newest first."""
    query = _visible(audience).where(~_was_read(audience.user_id), Notice.resolved_at.is_(None))
    return list(db.session.scalars(query.order_by(Notice.last_at.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class Head:
    """What of a notice every page has to know: what it is about."""

    id: uuid.UUID
    kind: str
    subject_id: uuid.UUID


def unread_heads(audience: Audience, *, limit: int) -> ColumnElement[Any]:
    """List as a column of another query what `unread` lists, each as a ``Head`` in parts; null if none."""
    query = _visible(audience).where(~_was_read(audience.user_id), Notice.resolved_at.is_(None))
    few = query.order_by(Notice.last_at.desc()).limit(limit).subquery()
    heads = func.jsonb_agg(func.jsonb_build_array(few.c.id, few.c.kind, few.c.subject_id))
    return select(heads).scalar_subquery().label("unread")


def page(audience: Audience, *, offset: int, limit: int) -> tuple[list[tuple[Notice, bool]], int]:
    """List everything somebody was told, newest first, each with whether they read it; and how much it is."""
    everything = _visible(audience)
    total = db.session.scalar(select(func.count()).select_from(everything.subquery())) or 0
    query = everything.add_columns(_was_read(audience.user_id)).order_by(Notice.last_at.desc(), Notice.id)
    found = db.session.execute(query.offset(offset).limit(limit))
    return [(row[0], row[1]) for row in found], total


def one(audience: Audience, notice_id: uuid.UUID) -> Notice | None:
    """Find a notice that somebody may see."""
    return db.session.scalar(_visible(audience).where(Notice.id == notice_id))


def worth_a_mail(audience: Audience, notice_id: uuid.UUID) -> Notice | None:
    """Find a notice that somebody has not read anywhere and that still matters, if they want mail of it."""
    query = _heard(audience, MAIL).where(Notice.id == notice_id)
    return db.session.scalar(query.where(~_was_read(audience.user_id), Notice.resolved_at.is_(None)))


def mark_read(audience: Audience, moment: datetime, *, among: Sequence[uuid.UUID] | None = None) -> None:
    """Note that somebody has read notices, all of them unless some are named."""
    read = _visible(audience).where(~_was_read(audience.user_id))
    if among is not None:
        read = read.where(Notice.id.in_(among))
    chosen = read.with_only_columns(Notice.portal_id, Notice.id, literal(audience.user_id), literal(moment))
    columns = [NoticeReading.portal_id, NoticeReading.notice_id, NoticeReading.user_id, NoticeReading.read_at]
    made = insert(NoticeReading).from_select(columns, chosen)
    key = [NoticeReading.portal_id, NoticeReading.user_id, NoticeReading.notice_id]
    db.session.execute(
        made.on_conflict_do_update(index_elements=key, set_={"read_at": made.excluded.read_at})
    )


def mark_unread(audience: Audience, notice_id: uuid.UUID) -> None:
    """Take back that somebody has read a notice."""
    reading = NoticeReading
    db.session.execute(
        delete(reading)
        .where(reading.portal_id == audience.portal_id, reading.user_id == audience.user_id)
        .where(reading.notice_id == notice_id)
        .execution_options(synchronize_session=False)
    )


def mutes_of(user_id: uuid.UUID) -> set[tuple[str, str]]:
    """Return the kinds and ways a user does not want to hear."""
    found = db.session.execute(select(NoticeMute.kind, NoticeMute.way).where(NoticeMute.user_id == user_id))
    return {(row.kind, row.way) for row in found}


def set_mutes(user_id: uuid.UUID, kinds: Iterable[str], muted: Iterable[tuple[str, str]]) -> None:
    """Write anew which of some kinds a user does not want to hear, and by which way."""
    db.session.execute(
        delete(NoticeMute).where(NoticeMute.user_id == user_id, NoticeMute.kind.in_(list(kinds)))
    )
    db.session.add_all(NoticeMute(user_id=user_id, kind=kind, way=way) for kind, way in muted)
    db.session.flush()


def _visible(audience: Audience) -> Select[Notice]:
    return _heard(audience, PORTAL)


def _heard(audience: Audience, way: str) -> Select[Notice]:
    """Select what somebody hears by one way."""
    muted = (
        select(NoticeMute.kind)
        .where(NoticeMute.user_id == audience.user_id, NoticeMute.way == way)
        .correlate(None)
    )
    theirs = or_(Notice.kind.in_(audience.kinds), Notice.user_id == audience.user_id)
    return select(Notice).where(Notice.portal_id == audience.portal_id, theirs, Notice.kind.not_in(muted))


def _was_read(user_id: GivenId) -> ColumnElement[bool]:
    return (
        select(NoticeReading.read_at)
        .where(
            and_(
                NoticeReading.portal_id == Notice.portal_id,
                NoticeReading.notice_id == Notice.id,
                NoticeReading.user_id == user_id,
                NoticeReading.read_at >= Notice.told_at,
            )
        )
        .exists()
    )
