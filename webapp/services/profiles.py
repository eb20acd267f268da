"""Profiles: named sets of permissions of one portal; the Owner's holds all, always."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select, update

from webapp.extensions import db
from webapp.services import audit, grants
from webapp.services.errors import Invalid, NotFound, Refused
from webapp.store.columns import new_id
from webapp.store.invitations import MEMBER, Invitation, open_ones
from webapp.store.portals import IMPLIED, OWNER, PERMISSIONS, PROFILES, Membership, Profile, profile_of

LONGEST_NAME = 60
MOST = 50

SENTENCES: dict[str, tuple[str, str]] = {
    "projects": (
        "Manage projects",
        "See all projects, add, edit and close them, and choose who works on them.",
    ),
    "clients.manage": (
        "Manage client users",
        "See, add, edit and delete the customers, contacts and client users of the whole portal.",
    ),
    "clients.add": (
        "Add client users in own projects",
        "Add customers and contacts inside the projects somebody works on.",
    ),
    "finance": (
        "Use finance",
        "See what the finance app holds, import from it, sync, and settle conflicts.",
    ),
    "connections": (
        "Manage connections",
        "Connect and disconnect finance apps, and change how they are kept in step.",
    ),
    "users": ("Manage users", "Invite and disable users, change profiles, and read the audit log."),
}
"""What each permission is called and allows, in the order people read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """A profile as the matrix shows it: what it holds, what it implies, and how many have it."""

    id: uuid.UUID
    name: str
    held: frozenset[str]
    implied: frozenset[str]
    members: int
    editable: bool
    deletable: bool


def views(portal_id: uuid.UUID, by: uuid.UUID) -> list[ProfileView]:
    """List a portal's profiles: those it started with, then its own by name."""
    mine, counted = grants.held_by(portal_id, by), _members(portal_id)
    return [_view(each, mine, counted.get(each.id, 0)) for each in of_portal(portal_id)]


def of_portal(portal_id: uuid.UUID) -> list[Profile]:
    """List the profiles of a portal: those it started with, then its own by name."""
    order, there = list(PROFILES), db.session.scalars(select(Profile).where(Profile.portal_id == portal_id))
    return sorted(
        there, key=lambda each: (order.index(each.name) if each.name in order else 99, each.name.casefold())
    )


def profile(portal_id: uuid.UUID, profile_id: uuid.UUID) -> Profile:
    """Return a profile; raise NotFound."""
    found = profile_of(portal_id, profile_id)
    if found is None:
        raise NotFound("There is no such profile.")
    return found


def members_of(portal_id: uuid.UUID, profile_id: uuid.UUID) -> int:
    """Count who has a profile, those invited with it included."""
    return _members(portal_id).get(profile_id, 0)


def add(portal_id: uuid.UUID, name: str, permissions: Iterable[str], *, by: uuid.UUID) -> Profile:
    """Make a profile of permissions that whoever makes it holds."""
    audit.hold(portal_id)
    chosen = _chosen(permissions)
    grants.require(portal_id, by, chosen)
    if len(of_portal(portal_id)) >= MOST:
        raise Refused(f"A portal has at most {MOST} profiles. Delete one that nobody needs.")
    made = Profile(portal_id=portal_id, id=new_id(), name=_name(portal_id, name), permissions=chosen)
    db.session.add(made)
    db.session.flush()
    details = {"name": made.name, "permissions": chosen}
    audit.record(portal_id, str(by), "profile.added", str(made.id), details)
    db.session.commit()
    return made


def change(
    portal_id: uuid.UUID, profile_id: uuid.UUID, name: str, permissions: Iterable[str], *, by: uuid.UUID
) -> Profile:
    """Rename a profile and change what it holds; both before and after within what whoever acts holds."""
    held = _hold(portal_id, profile_id, by)
    chosen = _chosen(permissions)
    grants.require(portal_id, by, chosen)
    if held.name in PROFILES and name.strip() != held.name:
        raise Invalid("name", f"{held.name} keeps its name. Copy it to have one of another name.")
    name = _name(portal_id, name, but=held.id)
    if (held.name, sorted(held.permissions)) != (name, sorted(chosen)):
        details = {"name": name, "was": held.name, "from": sorted(held.permissions), "to": sorted(chosen)}
        held.name, held.permissions = name, chosen
        audit.record(portal_id, str(by), "profile.changed", str(profile_id), details)
    db.session.commit()
    return held


def remove(portal_id: uuid.UUID, profile_id: uuid.UUID, move_to: uuid.UUID | None, *, by: uuid.UUID) -> str:
    """Delete a profile, having given those who have it, or were invited with it, another; return its name."""
    gone = _hold(portal_id, profile_id, by)
    if gone.name in PROFILES:
        raise Refused(f"{gone.name} is one of the profiles every portal has, and stays.")
    details: dict[str, object] = {"name": gone.name}
    if members_of(portal_id, profile_id):
        if move_to is None or move_to == profile_id:
            raise Invalid("move_to", "Choose the profile that its users get instead.")
        instead = grants.require_profile(portal_id, by, move_to)
        details |= {"moved_to": instead.name, "members": members_of(portal_id, profile_id)}
        for table in (Membership, Invitation):
            theirs = table.portal_id == portal_id, table.profile_id == profile_id
            db.session.execute(update(table).where(*theirs).values(profile_id=instead.id))
    name = gone.name
    db.session.delete(gone)
    db.session.flush()
    audit.record(portal_id, str(by), "profile.removed", str(profile_id), details)
    db.session.commit()
    return name


def _view(each: Profile, mine: frozenset[str], members: int) -> ProfileView:
    held = frozenset(each.permissions)
    within = each.name != OWNER and grants.with_implied(held) <= mine
    return ProfileView(
        id=each.id,
        name=each.name,
        held=held,
        implied=grants.with_implied(held) - held,
        members=members,
        editable=within,
        deletable=within and each.name not in PROFILES,
    )


def _members(portal_id: uuid.UUID) -> dict[uuid.UUID | None, int]:
    counted: dict[uuid.UUID | None, int] = {}
    members = select(Membership.profile_id, func.count()).where(Membership.portal_id == portal_id)
    invited = select(Invitation.profile_id, func.count()).where(
        Invitation.portal_id == portal_id, *open_ones(MEMBER), Invitation.profile_id.is_not(None)
    )
    for query in (members.group_by(Membership.profile_id), invited.group_by(Invitation.profile_id)):
        for profile_id, count in db.session.execute(query):
            counted[profile_id] = counted.get(profile_id, 0) + count
    return counted


def _hold(portal_id: uuid.UUID, profile_id: uuid.UUID, by: uuid.UUID) -> Profile:
    audit.hold(portal_id)
    held = profile(portal_id, profile_id)
    if held.name == OWNER:
        raise Refused("Owner holds everything and stays as it is. Copy it to have one that holds less.")
    grants.require(portal_id, by, held.permissions)
    return held


def _chosen(permissions: Iterable[str]) -> list[str]:
    asked = set(permissions)
    implied = {each for held in asked for each in IMPLIED.get(held, ())}
    return [each for each in PERMISSIONS if each in asked | implied]


def _name(portal_id: uuid.UUID, name: str, *, but: uuid.UUID | None = None) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid("name", f"Enter a name of at most {LONGEST_NAME} characters.")
    others = {each.name.casefold() for each in of_portal(portal_id) if each.id != but}
    if name.casefold() in others:
        raise Invalid("name", f"There is a profile {name} already. Choose another name.")
    return name
