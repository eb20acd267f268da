"""What somebody may do in a project, asked where work is done long after a page asked for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from webapp.extensions import db
from webapp.services.errors import NotFound
from webapp.store import project_people as store
from webapp.store.portals import membership_of
from webapp.store.projects import OVER, Project

IMPORTING = ("finance", "clients.add")
"""What importing into a project one belongs to needs."""

UNKNOWN = "There is no such project in this portal."


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a project asks of the customers it is for: their currency, and that it still goes on."""

    id: uuid.UUID
    name: str
    currency: str
    over: bool

    @classmethod
    def of(cls, project: Project) -> Terms:
        """Take them from a project."""
        return cls(id=project.id, name=project.name, currency=project.currency, over=project.status in OVER)


def project(portal_id: uuid.UUID, project_id: uuid.UUID) -> Project:
    """Find a project of a portal; raises ``NotFound``."""
    found = store.find(portal_id, project_id)
    if found is None:
        raise NotFound(UNKNOWN)
    return found


def project_named(portal_id: uuid.UUID, key: str) -> Project:
    """Find a project of a portal by its key; raises ``NotFound``."""
    found = store.find_by_key(portal_id, key)
    if found is None:
        raise NotFound(f"There is no project {key} here. Its key stands beside its name in the list.")
    return found


def why_no_import(portal_id: uuid.UUID, project_id: uuid.UUID, user_id: uuid.UUID | None) -> str:
    """Say why somebody may not import into a project as matters stand; blank if they may.

    Nobody in particular is whoever runs the installation.
    """
    found = store.find(portal_id, project_id)
    if found is None:
        return "The project is gone, so nothing was added to it."
    if found.status in OVER:
        return f"“{found.name}” is {found.status}: reopen it to add customers."
    return why_not_there(portal_id, found, user_id) if user_id is not None else ""


def why_not_there(portal_id: uuid.UUID, project: Project, user_id: uuid.UUID) -> str:
    """Say why somebody's place in the portal and in a project does not let them import into it."""
    if not store.has_member(portal_id, project.id, user_id):
        return f"Whoever started this is no longer a member of “{project.name}”."
    place = membership_of(user_id, portal_id)
    if place is None or not all(place.profile.allows(permission) for permission in IMPORTING):
        return f"Whoever started this may no longer import into “{project.name}”."
    db.session.expire(place.profile)
    return ""
