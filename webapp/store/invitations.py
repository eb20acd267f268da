"""Invitations: who was asked into a portal, as what, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Uuid,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, Id, PortalId, Str, Time
from webapp.store.portals import Portal
from webapp.store.projects import Project, ProjectMember
from webapp.walls import across_portals

MEMBER, CLIENT = "member", "client"
"""What somebody is asked to be: a user with a profile, or the client user that a contact can be."""

_OPEN = "accepted_at IS NULL AND withdrawn_at IS NULL"


class Invitation(Model):
    """One person asked into one portal. The link in the mail holds the token, here is only its digest.

    A member gets ``profile_id`` and a place in the projects named; a client user is the contact. ``sent``
    counts the mails: each has a token of its own, which ends the one before. ``accepted_by`` is who came.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "profile_id"],
            ["profile.portal_id", "profile.id"],
            ondelete="SET NULL (profile_id)",
        ),
        ForeignKeyConstraint(
            ["portal_id", "contact_id"], ["contact.portal_id", "contact.id"], ondelete="CASCADE"
        ),
        Index("uq_invitation_token", "token_digest", unique=True),
        Index(
            "uq_invitation_member",
            "portal_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text(f"kind = 'member' AND {_OPEN}"),
        ),
        Index(
            "uq_invitation_client",
            "portal_id",
            "contact_id",
            unique=True,
            postgresql_where=text(f"kind = 'client' AND {_OPEN}"),
        ),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    kind: Mapped[Str]
    email: Mapped[Str]
    name: Mapped[Str]
    profile_id: Mapped[uuid.UUID | None]
    contact_id: Mapped[uuid.UUID | None]
    project_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), default=list)
    token_digest: Mapped[Str]
    sent: Mapped[int] = mapped_column(default=1)
    invited_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    invited_at: Mapped[Created]
    expires_at: Mapped[Time]
    accepted_at: Mapped[Time | None]
    accepted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[Time | None]

    @property
    def is_open(self) -> bool:
        """Whether it was neither accepted nor withdrawn; it may have expired."""
        return self.accepted_at is None and self.withdrawn_at is None

    def works(self, moment: datetime) -> bool:
        """Tell whether its link opens at a moment."""
        return self.is_open and moment < self.expires_at


def open_ones(kind: str) -> tuple[ColumnElement[bool], ...]:
    """Say which invitations of a kind wait for an answer, expired ones too."""
    return Invitation.kind == kind, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None)


@across_portals()
def of_token(digest: str) -> tuple[Invitation, Portal] | None:
    """Find the invitation of a token, whatever became of it, and its portal."""
    query = select(Invitation, Portal).join(Portal, Portal.id == Invitation.portal_id)
    found = db.session.execute(query.where(Invitation.token_digest == digest)).first()
    return (found[0], found[1]) if found else None


def hold(portal_id: uuid.UUID, invitation_id: uuid.UUID) -> Invitation | None:
    """Read an invitation anew, and keep others from answering it until the transaction ends."""
    return db.session.get(
        Invitation, (portal_id, invitation_id), populate_existing=True, with_for_update=True
    )


def open_to(portal_id: uuid.UUID, email: str) -> Invitation | None:
    """Find the invitation that waits for a member to be, by e-mail."""
    theirs = select(Invitation).where(Invitation.portal_id == portal_id, *open_ones(MEMBER))
    return db.session.scalar(theirs.where(func.lower(Invitation.email) == email.strip().lower()))


def open_for_contact(portal_id: uuid.UUID, contact_id: uuid.UUID) -> Invitation | None:
    """Find the invitation that waits for a contact."""
    theirs = select(Invitation).where(Invitation.portal_id == portal_id, *open_ones(CLIENT))
    return db.session.scalar(theirs.where(Invitation.contact_id == contact_id))


def last_accepted(portal_id: uuid.UUID, contact_id: uuid.UUID) -> Invitation | None:
    """Find the invitation a contact came by."""
    theirs = select(Invitation).where(Invitation.portal_id == portal_id, Invitation.contact_id == contact_id)
    theirs = theirs.where(Invitation.accepted_at.is_not(None)).order_by(Invitation.accepted_at.desc())
    return db.session.scalar(theirs.limit(1))


def join_projects(portal_id: uuid.UUID, user_id: uuid.UUID, project_ids: list[uuid.UUID]) -> None:
    """Make a user a member of projects, as far as there still are such."""
    there = select(literal(portal_id), Project.id, literal(user_id), func.now()).where(
        Project.portal_id == portal_id, Project.id.in_(project_ids)
    )
    columns = ["portal_id", "project_id", "user_id", "added_at"]
    db.session.execute(insert(ProjectMember).from_select(columns, there).on_conflict_do_nothing())
