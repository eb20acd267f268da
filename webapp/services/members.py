"""Members: the users of a portal, what they are there, and whether they may come in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete

from webapp.extensions import db
from webapp.services import audit, grants
from webapp.services.errors import NotFound, Refused
from webapp.store import invitations
from webapp.store import member_list as store
from webapp.store.columns import now
from webapp.store.invitations import Invitation
from webapp.store.member_list import STATES, Wanted
from webapp.store.portals import OWNER, Membership, User, membership_of, profile_of
from webapp.store.projects import Project, ProjectMember

SIZE = 50
LAST_OWNER = "This is the only Owner of the portal who can come in: make somebody else Owner first."
NOT_YOURSELF = "Nobody shuts themselves out. Ask another user who manages users."


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    """A page of people, with how many there are in each state."""

    rows: list[Row[Any]]
    projects: dict[uuid.UUID, list[Project]]
    counts: dict[str, int]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // SIZE))


def page(portal_id: uuid.UUID, wanted: Wanted, *, number: int = 1) -> MemberPage:
    """List the people of a portal, a page of them."""
    moment = now()
    counted = store.counts(portal_id, wanted, moment)
    total = counted.get(wanted.state, 0) if wanted.state else sum(counted.values())
    number = max(1, min(number, -(-total // SIZE)))
    rows = store.page(portal_id, wanted, moment, offset=(number - 1) * SIZE, limit=SIZE)
    projects = store.projects_of(portal_id, [row.id for row in rows if row.state != "invited"])
    counts = {state: counted.get(state, 0) for state in STATES}
    return MemberPage(rows=rows, projects=projects, counts=counts, number=number, total=total)


def member(portal_id: uuid.UUID, user_id: uuid.UUID) -> Membership:
    """Return somebody's place in a portal, disabled or not; raise NotFound."""
    found = membership_of(user_id, portal_id)
    if found is None:
        raise NotFound("This person is no user of the portal, or no longer.")
    return found


def join(invitation: Invitation, user: User) -> None:
    """Give somebody who was invited their place, within the caller's transaction."""
    portal_id = invitation.portal_id
    if membership_of(user.id, portal_id) is not None:
        raise Refused("You are a user of this portal already. Log in.")
    profile = profile_of(portal_id, invitation.profile_id) if invitation.profile_id else None
    if profile is None:
        raise Refused("What you were invited as is gone. Ask whoever invited you to invite you again.")
    db.session.add(Membership(portal_id=portal_id, user_id=user.id, profile_id=profile.id))
    db.session.flush()
    invitations.join_projects(portal_id, user.id, invitation.project_ids)
    details = {"profile": profile.name, "invitation": str(invitation.id)}
    audit.record(portal_id, str(user.id), "user.joined", str(user.id), details)


def set_profile(
    portal_id: uuid.UUID, user_id: uuid.UUID, profile_id: uuid.UUID, *, by: uuid.UUID | None
) -> Membership:
    """Give a user another profile; it counts from their next click on."""
    place = _hold(portal_id, user_id, by)
    profile = grants.require_profile(portal_id, by, profile_id)
    if place.profile_id == profile.id:
        db.session.rollback()
        return member(portal_id, user_id)
    if profile.name != OWNER:
        require_another_owner(place)
    details = {"from": place.profile.name, "to": profile.name}
    place.profile_id = profile.id
    audit.record(portal_id, audit.actor_of(by), "user.profile_changed", str(user_id), details)
    db.session.commit()
    return place


def disable(portal_id: uuid.UUID, user_id: uuid.UUID, *, by: uuid.UUID) -> Membership:
    """Let a user into this portal no longer, from their next click on; what they did stays theirs."""
    place = _hold(portal_id, user_id, by)
    _require_another(place, by)
    if place.disabled_at is None:
        place.disabled_at = now()
        audit.record(portal_id, str(by), "member.disabled", str(user_id))
    db.session.commit()
    return place


def enable(portal_id: uuid.UUID, user_id: uuid.UUID, *, by: uuid.UUID) -> Membership:
    """Let a disabled user in again, as what they were."""
    place = _hold(portal_id, user_id, by)
    if place.disabled_at is not None:
        place.disabled_at = None
        audit.record(portal_id, str(by), "member.enabled", str(user_id))
    db.session.commit()
    return place


def remove(portal_id: uuid.UUID, user_id: uuid.UUID, *, by: uuid.UUID) -> User:
    """Take a user's place in a portal away, and with it their projects; their login and their name stay."""
    place = _hold(portal_id, user_id, by)
    _require_another(place, by)
    user, details = place.user, {"profile": place.profile.name}
    db.session.delete(place)
    db.session.flush()
    audit.record(portal_id, str(by), "member.removed", str(user_id), details)
    db.session.commit()
    return user


def set_projects(
    portal_id: uuid.UUID, user_id: uuid.UUID, project_ids: Iterable[uuid.UUID], *, by: uuid.UUID
) -> None:
    """Have a user work on these projects and on no others."""
    _hold(portal_id, user_id, by)
    wanted = {each.id for each in store.projects(portal_id)} & set(project_ids)
    had = {each.id for each in store.projects_of(portal_id, [user_id]).get(user_id, [])}
    mine = ProjectMember.portal_id == portal_id, ProjectMember.user_id == user_id
    db.session.execute(delete(ProjectMember).where(*mine, ProjectMember.project_id.in_(had - wanted)))
    invitations.join_projects(portal_id, user_id, list(wanted - had))
    if wanted != had:
        details = {
            "added": sorted(str(each) for each in wanted - had),
            "removed": sorted(str(each) for each in had - wanted),
        }
        audit.record(portal_id, str(by), "member.projects_changed", str(user_id), details)
    db.session.commit()


def require_another_owner(place: Membership) -> None:
    """Raise Refused when a portal's only Owner who can come in is the one of this place."""
    if place.profile.name == OWNER and not store.other_owners(place.portal_id, place.user_id):
        raise Refused(LAST_OWNER)


def projects(portal_id: uuid.UUID) -> list[Project]:
    """List the projects that users can be put on."""
    return store.projects(portal_id)


def projects_of(portal_id: uuid.UUID, user_id: uuid.UUID) -> list[Project]:
    """List the projects a user works on."""
    return store.projects_of(portal_id, [user_id]).get(user_id, [])


def _hold(portal_id: uuid.UUID, user_id: uuid.UUID, by: uuid.UUID | None) -> Membership:
    """Return a place that whoever acts may change; others who change places wait."""
    audit.hold(portal_id)
    place = member(portal_id, user_id)
    db.session.refresh(place)
    grants.require_profile(portal_id, by, place.profile_id)
    return place


def _require_another(place: Membership, by: uuid.UUID) -> None:
    if place.user_id == by:
        raise Refused(NOT_YOURSELF)
    require_another_owner(place)
