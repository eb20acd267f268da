"""The outbox: who is to get a mail about what. It holds no words: those are written when a mail is sent."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    Text,
    and_,
    any_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import PortalId, Str, Time
from webapp.store.notices import MAIL, NoticeMute
from webapp.store.portals import Membership, Profile, User
from webapp.walls import across_portals

RESET, CHANGED = "reset", "changed"
"""What a mail about a login says: how to get a new password, or that it has one."""

NOTICES_APART = timedelta(days=1)
RESETS_APART = timedelta(minutes=2)

CLAIM = timedelta(minutes=5)
"""How long whoever took a mail has to send it: longer than a job lasts."""


class Posted:
    """What all mails have.

    ``asked_at`` is when it was last asked for; ``due_at`` is blank while there is nothing to send;
    ``problem`` says why it was not sent.
    """

    asked_at: Mapped[Time]
    due_at: Mapped[Time | None]
    sent_at: Mapped[Time | None]
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[Str]


class NoticeMail(Posted, Model):
    """The mail to one user about one notice; there is one, however often the matter recurs."""

    __tablename__ = "notice_mail"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "notice_id"], ["notice.portal_id", "notice.id"], ondelete="CASCADE"
        ),
        Index("ix_notice_mail_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    portal_id: Mapped[PortalId]
    notice_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)


class LoginMail(Posted, Model):
    """The mail to a user about their login, which belongs to no portal."""

    __tablename__ = "login_mail"
    __table_args__ = (Index("ix_login_mail_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    about: Mapped[str] = mapped_column(Text, primary_key=True)


class InvitationMail(Posted, Model):
    """The mail with the link of an invitation, to whoever was invited."""

    __tablename__ = "invitation_mail"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "invitation_id"], ["invitation.portal_id", "invitation.id"], ondelete="CASCADE"
        ),
        Index("ix_invitation_mail_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    portal_id: Mapped[PortalId]
    invitation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


Mail = NoticeMail | LoginMail | InvitationMail

_TABLES: tuple[type[Mail], ...] = (LoginMail, InvitationMail, NoticeMail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A mail that was taken to be sent; others may take it after ``until``.

    One about a login or a notice is a user's, one of an invitation nobody's yet; all but the first have a
    portal.
    """

    user_id: uuid.UUID | None = None
    about: str = ""
    portal_id: uuid.UUID | None = None
    notice_id: uuid.UUID | None = None
    invitation_id: uuid.UUID | None = None
    asked_at: datetime
    attempts: int
    until: datetime


def post_notice(
    portal_id: uuid.UUID,
    notice_id: uuid.UUID,
    kind: str,
    *,
    permission: str | None,
    user_id: uuid.UUID | None,
    moment: datetime,
    wait: timedelta,
) -> None:
    """Let everybody get a mail who holds a permission, and the user named, unless they want none of it.

    The mail of a matter that somebody was written about already waits until a day has passed.
    """
    hears = _hearers(portal_id, kind, permission, user_id)
    fixed = literal(portal_id), literal(notice_id), literal(moment), literal(moment + wait)
    chosen = hears.with_only_columns(*fixed, User.id, literal(0), literal(""))
    columns = ["portal_id", "notice_id", "asked_at", "due_at", "user_id", "attempts", "problem"]
    made = insert(NoticeMail).from_select(columns, chosen)
    waits = func.greatest(made.excluded.due_at, NoticeMail.sent_at + literal(NOTICES_APART))
    kept = made.on_conflict_do_update(
        index_elements=[NoticeMail.portal_id, NoticeMail.notice_id, NoticeMail.user_id],
        set_={"asked_at": moment, "due_at": func.coalesce(NoticeMail.due_at, waits), "attempts": 0},
    )
    db.session.execute(kept)


def post_login(user_id: uuid.UUID, about: str, *, moment: datetime) -> None:
    """Let a user get a mail about their login; one that waits already is not doubled."""
    made = insert(LoginMail).values(user_id=user_id, about=about, asked_at=moment, due_at=moment)
    again = func.greatest(moment, LoginMail.sent_at + literal(RESETS_APART)) if about == RESET else moment
    kept = made.on_conflict_do_update(
        index_elements=[LoginMail.user_id, LoginMail.about],
        set_={"asked_at": moment, "due_at": func.coalesce(LoginMail.due_at, again), "attempts": 0},
    )
    db.session.execute(kept)


def post_invitation(portal_id: uuid.UUID, invitation_id: uuid.UUID, *, moment: datetime) -> None:
    """Let an invitation be sent, or sent again."""
    made = insert(InvitationMail).values(
        portal_id=portal_id, invitation_id=invitation_id, asked_at=moment, due_at=moment
    )
    again = {"asked_at": moment, "due_at": moment, "attempts": 0, "problem": ""}
    db.session.execute(
        made.on_conflict_do_update(
            index_elements=[InvitationMail.portal_id, InvitationMail.invitation_id], set_=again
        )
    )


@across_portals()
def any_due(moment: datetime) -> bool:
    """Tell whether a mail is to be sent."""
    waiting = [select(table.due_at).where(table.due_at <= moment).exists() for table in _TABLES]
    return bool(db.session.scalar(select(or_(*waiting))))


@across_portals()
def claim(moment: datetime) -> Claim | None:
    """Take a mail that is due, those somebody waits for first; others may take it when the claim is over."""
    return next((taken for table in _TABLES if (taken := _claim(table, moment))), None)


@across_portals()
def settle(
    claim: Claim, *, sent_at: datetime | None = None, due_at: datetime | None = None, problem: str = ""
) -> None:
    """Note what came of a mail: sent, given up, or due again; what was asked for since then stays due."""
    table = _table_of(claim)
    due = case((table.due_at == claim.until, null() if due_at is None else due_at), else_=table.due_at)
    sent = {"sent_at": sent_at, "attempts": 0} if sent_at is not None else {}
    db.session.execute(
        update(table)
        .where(*_key(table, claim))
        .values(due_at=due, problem=problem, **sent)
        .execution_options(synchronize_session=False)
    )


def _hearers(
    portal_id: uuid.UUID, kind: str, permission: str | None, user_id: uuid.UUID | None
) -> Select[uuid.UUID]:
    """Select whoever holds a permission, and a user, as far as they can and want to get mail of a kind."""
    muted = select(NoticeMute.kind).where(
        NoticeMute.user_id == User.id, NoticeMute.kind == kind, NoticeMute.way == MAIL
    )
    holds = literal(permission) == any_(Profile.permissions) if permission else literal(False)
    profile = and_(Profile.portal_id == Membership.portal_id, Profile.id == Membership.profile_id)
    return (
        select(User.id)
        .select_from(Membership)
        .join(Profile, profile)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.portal_id == portal_id,
            Membership.disabled_at.is_(None),
            User.active,
            or_(holds, User.id == user_id),
            ~muted.exists(),
        )
    )


def _table_of(claim: Claim) -> type[Mail]:
    if claim.invitation_id is not None:
        return InvitationMail
    return LoginMail if claim.portal_id is None else NoticeMail


def _claim(table: type[Mail], moment: datetime) -> Claim | None:
    key = list(table.__mapper__.primary_key)
    first = select(*key).where(table.due_at <= moment).order_by(table.due_at).limit(1)
    row = db.session.execute(first.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    until = moment + CLAIM
    taken = (
        update(table)
        .where(*(column == value for column, value in zip(key, row, strict=True)))
        .values(due_at=until, attempts=table.attempts + 1)
        .returning(*key, table.asked_at, table.attempts)
        .execution_options(synchronize_session=False)
    )
    return Claim(**db.session.execute(taken).one()._mapping, until=until)


def _key(table: type[Mail], claim: Claim) -> list[ColumnElement[bool]]:
    return [column == getattr(claim, column.name) for column in table.__mapper__.primary_key]
