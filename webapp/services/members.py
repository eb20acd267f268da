"""Members: the users of a portal, what they are there, and whether they may come in."""

from __future__ import annotations

from webapp.extensions import db
from webapp.services import audit
from webapp.services.errors import Refused
from webapp.store import invitations
from webapp.store.invitations import Invitation
from webapp.store.portals import Membership, User, membership_of, profile_of


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
