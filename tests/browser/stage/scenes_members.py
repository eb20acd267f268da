"""Scenes of a portal's users, their profiles, their second factor and the audit log."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.services import audit, context
from webapp.services.invitations import make
from webapp.store.columns import new_id, now
from webapp.store.invitations import MEMBER
from webapp.store.portals import Membership, Profile, User
from webapp.store.secrets import NO_PORTAL
from webapp.store.two_factor import TwoFactor
from webapp.walls import inside

PEOPLE = (
    ("Hélène Brûlé-Kowalczyk", "Manager", False),
    ("Tobias Ewald", "Employee", True),
    ("شركة النور", "Employee", False),
)


def _staffed() -> Portal:
    """Make a portal with users, one of them disabled, and somebody invited."""
    portal = Portal.new()
    with inside(portal.id):
        for name, held, disabled in PEOPLE:
            user = User(id=new_id(), email=f"{new_id().hex[-6:]}@nordlicht.example", name=name)
            user.fs_uniquifier = user.id.hex
            db.session.add(user)
            db.session.flush()
            place = Membership(portal_id=portal.id, user_id=user.id, profile_id=_profile(portal, held).id)
            place.disabled_at = now() if disabled else None
            db.session.add(place)
        _invited(portal)
        db.session.commit()
    return portal


def _invited(portal: Portal) -> str:
    profile_id = _profile(portal, "Employee").id
    email = "katharina.brueckner@brueckner-soehne.example"
    made = make(portal.id, MEMBER, email, by=portal.user_id, profile_id=profile_id)
    return str(made.id)


def _profile(portal: Portal, name: str) -> Profile:
    found = select(Profile).where(Profile.portal_id == portal.id, Profile.name == name)
    return db.session.scalars(found).one()


def _member(portal: Portal) -> uuid.UUID:
    return (
        db.session.scalars(
            select(Membership.user_id).where(
                Membership.portal_id == portal.id, Membership.user_id != portal.user_id
            )
        ).first()
        or portal.user_id
    )


@scene("portal users")
def portal_users() -> Shown:
    """Everybody, with one invited and one disabled."""
    portal = _staffed()
    return Shown(portal.address("users/"), portal)


@scene("portal users, nobody found")
def portal_users_not_found() -> Shown:
    """A search without result."""
    portal = _staffed()
    return Shown(portal.address("users/?q=brück"), portal)


@scene("portal users, inviting")
def inviting() -> Shown:
    """The form that invites."""
    portal = _staffed()
    return Shown(portal.address("users/invite"), portal)


@scene("portal users, one of them")
def one_user() -> Shown:
    """One user with what can be done."""
    portal = _staffed()
    return Shown(portal.address(f"users/{_member(portal)}"), portal)


@scene("profiles")
def profiles() -> Shown:
    """The matrix."""
    portal = _staffed()
    return Shown(portal.address("profiles/"), portal)


@scene("profiles, one of them")
def one_profile() -> Shown:
    """One profile to be changed."""
    portal = _staffed()
    with inside(portal.id):
        return Shown(portal.address(f"profiles/{_profile(portal, 'Manager').id}"), portal)


@scene("audit log")
def audit_log() -> Shown:
    """What was done, in words."""
    portal = _staffed()
    with inside(portal.id):
        audit.record(portal.id, str(portal.user_id), "member.disabled", str(_member(portal)))
        audit.record(portal.id, "portal", "provider.customer_updated", "4600000001", {"fields": ["website"]})
        db.session.commit()
    return Shown(portal.address("audit/"), portal)


@scene("two-factor, off")
def two_factor_off() -> Shown:
    """Before it is set up."""
    return Shown("/account/two-factor", Portal.new())


@scene("two-factor, set up")
def two_factor_begun() -> Shown:
    """The code an app is told by."""
    portal = Portal.new()
    letters = context.safe().seal(
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", portal=NO_PORTAL, owner=portal.user_id, field="secret"
    )
    db.session.add(TwoFactor(user_id=portal.user_id, secret=letters))
    db.session.commit()
    return Shown("/account/two-factor", portal)
