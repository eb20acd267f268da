"""Portals and the people in them: made, found, and what each may do."""

from __future__ import annotations

import uuid

from webapp.store.portals import Membership, Portal, User


def add_portal(key: str, name: str, *, currency: str = "EUR", country: str = "DE") -> Portal:
    """Make a portal with its four profiles. Raises ``Invalid`` for a key that is taken or no address part."""
    raise NotImplementedError


def portals() -> list[Portal]:
    """List all portals by name."""
    raise NotImplementedError


def portal(key: str) -> Portal:
    """Find a portal by its key; raises ``NotFound``."""
    raise NotImplementedError


def portals_of(user_id: uuid.UUID) -> list[Portal]:
    """List the portals a user is a member of, by name."""
    raise NotImplementedError


def add_user(
    portal_id: uuid.UUID, email: str, name: str, *, password: str | None, profile: str = "Employee"
) -> User:
    """Give a person a place in a portal, and a login if they have none yet.

    A login that exists keeps its name and password. Raises ``Invalid`` naming the field at fault.
    """
    raise NotImplementedError


def set_profile(portal_id: uuid.UUID, user_id: uuid.UUID, profile: str) -> Membership:
    """Give a member another profile; the last Owner cannot be taken away."""
    raise NotImplementedError


def set_duplicates(portal_id: uuid.UUID, duplicates: str) -> None:
    """Set what an import does by itself with a name that exists: ask, merge or clone."""
    raise NotImplementedError
