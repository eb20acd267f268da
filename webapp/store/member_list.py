"""The list of a portal's users: who is in, who is disabled, and who was invited and has not come yet."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Row,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from webapp.extensions import db
from webapp.store.invitations import MEMBER, Invitation, open_ones
from webapp.store.mails import InvitationMail
from webapp.store.portals import OWNER, Membership, Profile, User
from webapp.store.projects import Project, ProjectMember

STATES = ("active", "invited", "disabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which people are asked for: by a text in name or e-mail, by profile, by state."""

    q: str = ""
    profile_id: uuid.UUID | None = None
    state: str = ""


def page(
    portal_id: uuid.UUID, wanted: Wanted, moment: datetime, *, offset: int, limit: int
) -> list[Row[Any]]:
    """List some people by name, those invited first; each with the name of their profile."""
    people = _narrowed(_people(portal_id, moment).subquery(), wanted)
    order = people.c.state != "invited", func.lower(people.c.name), people.c.id
    return list(db.session.execute(select(people).order_by(*order).offset(offset).limit(limit)))


def counts(portal_id: uuid.UUID, wanted: Wanted, moment: datetime) -> dict[str, int]:
    """Count the people of each state, whichever state is asked for."""
    anyhow = Wanted(q=wanted.q, profile_id=wanted.profile_id)
    people = _narrowed(_people(portal_id, moment).subquery(), anyhow)
    counted = select(people.c.state, func.count()).group_by(people.c.state)
    return dict(db.session.execute(counted).all())


def projects_of(portal_id: uuid.UUID, user_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Project]]:
    """Return the projects that users work on, by name."""
    found: dict[uuid.UUID, list[Project]] = {}
    there = and_(ProjectMember.portal_id == Project.portal_id, ProjectMember.project_id == Project.id)
    query = select(ProjectMember.user_id, Project).join(Project, there)
    query = query.where(ProjectMember.portal_id == portal_id, ProjectMember.user_id.in_(user_ids))
    for user_id, project in db.session.execute(query.order_by(Project.sort_key, Project.id)):
        found.setdefault(user_id, []).append(project)
    return found


def projects(portal_id: uuid.UUID) -> list[Project]:
    """List the projects of a portal by name."""
    return list(
        db.session.scalars(select(Project).where(Project.portal_id == portal_id).order_by(Project.sort_key))
    )


def other_owners(portal_id: uuid.UUID, user_id: uuid.UUID) -> int:
    """Count the owners of a portal who can log in and come in, but for one."""
    profile = and_(Profile.portal_id == Membership.portal_id, Profile.id == Membership.profile_id)
    query = select(func.count()).select_from(Membership).join(Profile, profile).join(User)
    query = query.where(Membership.portal_id == portal_id, Profile.name == OWNER, User.active)
    query = query.where(Membership.disabled_at.is_(None), Membership.user_id != user_id)
    return db.session.scalar(query) or 0


def _people(portal_id: uuid.UUID, moment: datetime) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(_members(portal_id), _invited(portal_id, moment))


def _members(portal_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    profile = and_(Profile.portal_id == Membership.portal_id, Profile.id == Membership.profile_id)
    barred = or_(Membership.disabled_at.is_not(None), ~User.active)
    query = (
        select(
            User.id,
            User.name,
            User.email,
            Profile.id.label("profile_id"),
            Profile.name.label("profile"),
            case((barred, "disabled"), else_="active").label("state"),
            User.last_login_at.label("at"),
            User.two_factor_at,
            literal(value=False).label("expired"),
            literal("").label("problem"),
        )
        .select_from(Membership)
        .join(Profile, profile)
        .join(User, User.id == Membership.user_id)
    )
    return query.where(Membership.portal_id == portal_id)


def _invited(portal_id: uuid.UUID, moment: datetime) -> Select[*tuple[Any, ...]]:
    profile = and_(Profile.portal_id == Invitation.portal_id, Profile.id == Invitation.profile_id)
    mail = and_(
        InvitationMail.portal_id == Invitation.portal_id, InvitationMail.invitation_id == Invitation.id
    )
    query = (
        select(
            Invitation.id,
            Invitation.email.label("name"),
            Invitation.email,
            Profile.id.label("profile_id"),
            Profile.name.label("profile"),
            literal("invited").label("state"),
            Invitation.expires_at.label("at"),
            null().label("two_factor_at"),
            (Invitation.expires_at <= moment).label("expired"),
            func.coalesce(InvitationMail.problem, "").label("problem"),
        )
        .select_from(Invitation)
        .outerjoin(Profile, profile)
        .outerjoin(InvitationMail, mail)
    )
    return query.where(Invitation.portal_id == portal_id, *open_ones(MEMBER))


def _narrowed(people: Subquery, wanted: Wanted) -> Subquery:
    query = select(people)
    if wanted.profile_id is not None:
        query = query.where(people.c.profile_id == wanted.profile_id)
    if wanted.state:
        query = query.where(people.c.state == wanted.state)
    for word in wanted.q.replace("\0", "").lower().split():
        both = func.lower(people.c.name + " " + people.c.email)
        query = query.where(both.contains(word, autoescape=True))
    return query.subquery()
