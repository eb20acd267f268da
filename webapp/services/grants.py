"""Grants: nobody gives, or takes from others, permissions they do not hold themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from webapp.services.errors import NotFound, Refused
from webapp.store.portals import IMPLIED, OWNER, PERMISSIONS, Profile, membership_of, profile_of

BEYOND = "This goes beyond what you may do yourself. Ask an Owner of the portal."
ONLY_OWNERS = "Only an Owner makes or unmakes Owners. Ask one of them."


def held_by(portal_id: uuid.UUID, actor: uuid.UUID | None) -> frozenset[str]:
    """Return the permissions of whoever acts, implied ones too; the command line holds all."""
    profile = _profile(portal_id, actor)
    return with_implied(profile.permissions if profile else PERMISSIONS)


def with_implied(permissions: Iterable[str]) -> frozenset[str]:
    """Add to permissions what they imply."""
    held = frozenset(permissions)
    return held.union(*(IMPLIED.get(each, ()) for each in held))


def require(portal_id: uuid.UUID, actor: uuid.UUID | None, permissions: Iterable[str]) -> None:
    """Raise Refused unless whoever acts holds all these permissions."""
    if not with_implied(permissions) <= held_by(portal_id, actor):
        raise Refused(BEYOND)


def require_profile(portal_id: uuid.UUID, actor: uuid.UUID | None, profile_id: uuid.UUID) -> Profile:
    """Return a profile that whoever acts may give to others, and act on whoever has it; raise Refused."""
    profile = profile_of(portal_id, profile_id)
    if profile is None:
        raise NotFound("This profile is gone. Choose another one.")
    mine = _profile(portal_id, actor)
    if mine is not None and profile.name == OWNER != mine.name:
        raise Refused(ONLY_OWNERS)
    require(portal_id, actor, profile.permissions)
    return profile


def grantable(profiles: Iterable[Profile], mine: Profile) -> list[Profile]:
    """Choose of profiles those that the holder of one may give."""
    held = with_implied(mine.permissions)
    return [
        each
        for each in profiles
        if with_implied(each.permissions) <= held and (each.name != OWNER or mine.name == OWNER)
    ]


def _profile(portal_id: uuid.UUID, actor: uuid.UUID | None) -> Profile | None:
    if actor is None:
        return None
    place = membership_of(actor, portal_id)
    if place is None or place.disabled_at is not None:
        raise Refused("You have no place in this portal any more.")
    return place.profile
