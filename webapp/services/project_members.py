"""Who of the portal works on a project: listed, added and taken off."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services import audit
from webapp.services.errors import NotFound
from webapp.services.project_rights import UNKNOWN
from webapp.store import project_people as store

SHOWN = 50
"""So many users are offered at a time; a search finds the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user beside a project: what they may do in the portal, and since when they work on it, if they do."""

    user_id: uuid.UUID
    name: str
    email: str
    profile: str
    disabled: bool
    since: datetime | None = None


def members(portal_id: uuid.UUID, project_id: uuid.UUID, q: str = "") -> list[Member]:
    """List who works on a project, by name."""
    return [_member(row, row.added_at) for row in store.members(portal_id, project_id, q)]


def others(portal_id: uuid.UUID, project_id: uuid.UUID, q: str = "") -> list[Member]:
    """List users of the portal who do not work on it, by name."""
    return [_member(row) for row in store.others(portal_id, project_id, q, SHOWN)]


def add(portal_id: uuid.UUID, project_id: uuid.UUID, user_ids: Collection[uuid.UUID], by: uuid.UUID) -> int:
    """Let users work on a project; tell how many did not before.

    Who has no place in the portal is left out.
    """
    _hold(portal_id, project_id)
    added = store.add_members(portal_id, project_id, user_ids)
    if added:
        audit.record(portal_id, str(by), "project.members_added", str(project_id), {"users": added})
    db.session.commit()
    return len(added)


def take_off(portal_id: uuid.UUID, project_id: uuid.UUID, user_id: uuid.UUID, by: uuid.UUID) -> None:
    """Let somebody work on a project no longer; harmless when they do not."""
    _hold(portal_id, project_id)
    if store.take_member_off(portal_id, project_id, user_id):
        audit.record(portal_id, str(by), "project.member_removed", str(project_id), {"user": str(user_id)})
    db.session.commit()


def _hold(portal_id: uuid.UUID, project_id: uuid.UUID) -> None:
    if store.locked(portal_id, project_id) is None:
        db.session.rollback()
        raise NotFound(UNKNOWN)


def _member(row: Row[Any], since: datetime | None = None) -> Member:
    return Member(
        user_id=row.User.id,
        name=row.User.name,
        email=row.User.email,
        profile=row.profile,
        disabled=row.disabled_at is not None or not row.User.active,
        since=since,
    )
