"""Projects: what the portal does for its customers, who works on each, and for whom it is."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, Id, PortalId, Str

STATUSES = ("planned", "active", "on hold", "completed", "cancelled")
"""What a project can be at."""

OVER = ("completed", "cancelled")
"""The statuses of a project that nobody works on any more."""


class Project(Model):
    """A piece of work. ``key`` names it in short, in capitals, once within its portal.

    ``currency`` is an ISO 4217 code; it stays as it is once the project has a customer. ``search`` holds the
    normalised name and key that the list is searched by.
    """

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("portal_id", "key"),
        Index("ix_project_sort", "portal_id", "sort_key", "id"),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    version: Mapped[int] = mapped_column(default=1)
    key: Mapped[Str]
    name: Mapped[Str]
    sort_key: Mapped[Str]
    search: Mapped[Str]
    description: Mapped[Str]
    status: Mapped[str] = mapped_column(default="active")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    currency: Mapped[Str]
    created_at: Mapped[Created]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    updated_at: Mapped[Created]


class ProjectMember(Model):
    """A user of the portal who works on a project; gone with their place in the portal."""

    __tablename__ = "project_member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "project_id"], ["project.portal_id", "project.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["portal_id", "user_id"], ["membership.portal_id", "membership.user_id"], ondelete="CASCADE"
        ),
        Index("ix_project_member_user", "portal_id", "user_id", "project_id"),
    )

    portal_id: Mapped[PortalId]
    project_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    added_at: Mapped[Created]


class ProjectCustomer(Model):
    """A customer a project is for. Exactly one of a project's customers is ``primary``, the first by itself.

    The database itself sees to that (``project_primary``): where the first is added, the primary one is taken
    off or put into the bin, the eldest of those left becomes primary in the same statement.

    ``run_id`` is the import that added them, if one did. A customer in the bin stays, unseen, until it is
    purged, so that taking it back takes it back here too.
    """

    __tablename__ = "project_customer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "project_id"], ["project.portal_id", "project.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["portal_id", "customer_id"], ["customer.portal_id", "customer.id"], ondelete="CASCADE"
        ),
        # No unique index: one statement makes another customer primary, and is looked at when it ends.
        ExcludeConstraint(
            ("portal_id", "="),
            ("project_id", "="),
            name="uq_project_primary",
            using="btree",
            where=text('"primary"'),
            deferrable=True,
            initially="IMMEDIATE",
        ),
        Index("ix_project_customer", "portal_id", "customer_id", "project_id"),
    )

    portal_id: Mapped[PortalId]
    project_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    primary: Mapped[bool] = mapped_column(default=False)
    run_id: Mapped[uuid.UUID | None]
    added_at: Mapped[Created]
