"""Portals, the people who use them, and what each may do."""

from __future__ import annotations

import uuid
from typing import Any

from flask_security import UserMixin
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Select,
    Text,
    UniqueConstraint,
    and_,
    false,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from webapp.extensions import Model, db
from webapp.store.columns import Created, Id, PortalId, Str, StrOrNone, Time
from webapp.walls import across_portals

PERMISSIONS = ("finance", "clients.manage", "clients.add", "projects", "connections", "users")
"""Every permission there is."""

OWNER = "Owner"
"""The profile that holds everything, always; a portal keeps somebody who has it."""

IMPLIED = {"clients.manage": ("clients.add",)}

PROFILES: dict[str, tuple[str, ...]] = {
    OWNER: PERMISSIONS,
    "Admin": PERMISSIONS,
    "Manager": ("finance", "clients.manage", "clients.add", "projects"),
    "Employee": (),
}
"""The profiles each portal starts with."""


class Portal(Model):
    """A tenant; everything else of a portal hangs below it."""

    __tablename__ = "portal"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[Str]
    currency: Mapped[str] = mapped_column(Text, default="EUR")
    country: Mapped[str] = mapped_column(Text, default="DE")
    duplicates: Mapped[str] = mapped_column(Text, default="ask")
    two_factor_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[Created]


class User(Model, UserMixin):
    """A person with a login; memberships tie them to portals."""

    __tablename__ = "user"

    # Flask-Security's mixin names these with types of its own.
    id: Mapped[Id]  # type: ignore[assignment]
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[Str]
    password: Mapped[StrOrNone]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    time_zone: Mapped[str] = mapped_column(Text, default="UTC")
    locale: Mapped[str] = mapped_column(Text, default="en")
    theme: Mapped[str] = mapped_column(Text, default="system")
    created_at: Mapped[Created]
    last_login_at: Mapped[Time | None]  # type: ignore[assignment]
    two_factor_at: Mapped[Time | None]

    @property
    def roles(self) -> list[object]:  # type: ignore[override]
        """Permissions come from profiles, one per portal; roles in Flask-Security's sense are not used."""
        return []


class Profile(Model):
    """A named set of permissions within one portal."""

    __tablename__ = "profile"
    __table_args__ = (UniqueConstraint("portal_id", "name"),)

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    name: Mapped[Str]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)

    def allows(self, permission: str) -> bool:
        """Tell whether this profile holds a permission, itself or by implication."""
        return permission in self.permissions or any(
            permission in IMPLIED.get(held, ()) for held in self.permissions
        )


class Membership(Model):
    """A user's place in a portal: which profile they hold there, unless it was disabled."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("portal_id", "user_id"),
        ForeignKeyConstraint(["portal_id", "profile_id"], ["profile.portal_id", "profile.id"]),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    profile_id: Mapped[uuid.UUID]
    disabled_at: Mapped[Time | None]
    created_at: Mapped[Created]

    user: Mapped[User] = relationship(viewonly=True)
    profile: Mapped[Profile] = relationship(viewonly=True)
    portal: Mapped[Portal] = relationship(viewonly=True)


@across_portals()
def portal_by_key(key: str) -> Portal | None:
    """Find a portal by the key its addresses carry."""
    return db.session.scalar(select(Portal).where(Portal.key == key))


def membership_of(user_id: uuid.UUID, portal_id: uuid.UUID) -> Membership | None:
    """Find a user's place in a portal."""
    return db.session.scalar(
        select(Membership).where(Membership.portal_id == portal_id, Membership.user_id == user_id)
    )


def profile_of(portal_id: uuid.UUID, profile_id: uuid.UUID) -> Profile | None:
    """Find a profile of a portal as it stands now."""
    return db.session.get(Profile, (portal_id, profile_id), populate_existing=True)


@across_portals()
def place_of(user_id: uuid.UUID, key: str) -> Membership | None:
    """Find a user's place in the portal of a key, with portal and profile, in one query, unless disabled."""
    return db.session.scalar(_places(user_id).where(Portal.key == key))


def with_place(query: Select[*tuple[Any, ...]], key: str | ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    """Have a query that reads a user tell their place in the portal of a key too, with portal and profile."""
    there = and_(
        Membership.portal_id == Portal.id, Membership.user_id == User.id, Membership.disabled_at.is_(None)
    )
    profile = and_(Profile.portal_id == Membership.portal_id, Profile.id == Membership.profile_id)
    loading = contains_eager(Membership.portal), contains_eager(Membership.profile)
    query = query.add_columns(Membership).outerjoin(Portal, Portal.key == key)
    return query.outerjoin(Membership, there).outerjoin(Profile, profile).options(*loading)


@across_portals()
def places_of(user_id: uuid.UUID) -> list[Membership]:
    """List a user's places in portals that are not disabled, by the portals' names."""
    return list(db.session.scalars(_places(user_id).order_by(Portal.name, Portal.key)))


def user_by_email(email: str) -> User | None:
    """Find a user by e-mail, however it is cased."""
    return db.session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))


def _places(user_id: uuid.UUID) -> Select[Membership]:
    loading = contains_eager(Membership.portal), joinedload(Membership.profile)
    places = select(Membership).join(Membership.portal).options(*loading)
    return places.where(Membership.user_id == user_id, Membership.disabled_at.is_(None))
