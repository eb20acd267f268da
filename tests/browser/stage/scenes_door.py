"""Scenes of the door: coming by an invitation, the code after the password, and what is refused behind it."""

from __future__ import annotations

import time
from dataclasses import replace

from playwright.sync_api import Page
from sqlalchemy import select

from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.services import context, invitations, sessions, users
from webapp.services.invitations import make, token_of
from webapp.services.sessions import SessionData
from webapp.store.columns import now
from webapp.store.invitations import MEMBER
from webapp.store.portals import Profile, User
from webapp.store.secrets import NO_PORTAL
from webapp.store.two_factor import TwoFactor, replace_recovery_codes
from webapp.walls import inside

LETTERS = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "a passphrase of pictures"
GUEST = "katharina.brueckner@brueckner-soehne.example"


def _invited(portal: Portal, email: str = GUEST, *, withdrawn: bool = False) -> str:
    """Invite somebody into a portal; return the address the mail has."""
    with inside(portal.id):
        found = select(Profile.id).where(Profile.portal_id == portal.id, Profile.name == "Employee")
        made = make(portal.id, MEMBER, email, by=portal.user_id, profile_id=db.session.scalars(found).one())
        db.session.commit()
        if withdrawn:
            invitations.withdraw(portal.id, made.id, by=portal.user_id)
        return f"/invitations/{token_of(made)}"


def _looker(portal: Portal, *, two_factor: bool) -> User:
    user = db.session.get_one(User, portal.user_id)
    sealed = context.safe().seal(LETTERS, portal=NO_PORTAL, owner=portal.user_id, field="secret")
    db.session.add(TwoFactor(user_id=portal.user_id, secret=sealed))
    user.two_factor_at = now() if two_factor else None
    db.session.commit()
    return user


@scene("invitation, to somebody new")
def invited_anew() -> Shown:
    return Shown(_invited(Portal.new()))


@scene("invitation, to somebody with a login")
def invited_known() -> Shown:
    there = db.session.get_one(User, Portal.new().user_id)
    return Shown(_invited(Portal.new(name="Werkstatt am Fluss"), there.email))


@scene("invitation, while somebody else is logged in")
def invited_other() -> Shown:
    portal = Portal.new()
    return Shown(_invited(Portal.new(name="Werkstatt am Fluss")), portal)


@scene("invitation, works no longer")
def invited_no_longer() -> Shown:
    return Shown(_invited(Portal.new(), withdrawn=True), status=409)


@scene("login, code asked for")
def code_asked() -> Shown:
    portal = Portal.new()
    user = _looker(portal, two_factor=True)
    waiting = {"user": str(user.id), "uniquifier": user.fs_uniquifier, "stay": False}
    data = {"waiting": {**waiting, "since": int(time.time())}}
    return Shown("/login/code", replace(portal, token=sessions.keep(SessionData(data=data))))


@scene("login, code that does not fit")
def code_wrong() -> Shown:
    def answer(page: Page) -> None:
        page.get_by_label("Code", exact=True).fill("000000")
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("This code does not fit").wait_for()

    return replace(code_asked(), then=answer)


@scene("two-factor, on")
def two_factor_on() -> Shown:
    portal = Portal.new()
    _looker(portal, two_factor=True)
    replace_recovery_codes(portal.user_id, [f"code-{number}" for number in range(8)])
    db.session.commit()
    return Shown("/account/two-factor", portal)


@scene("two-factor, recovery codes")
def recovery_codes() -> Shown:
    portal = Portal.new()
    _looker(portal, two_factor=True)
    email = db.session.get_one(User, portal.user_id).email
    user = users.set_password(email, PASSWORD)
    data = {"_user_id": user.fs_uniquifier, "_fresh": True}
    token = sessions.keep(SessionData(user=user, data=data))

    def renew(page: Page) -> None:
        page.get_by_label("Your password").first.fill(PASSWORD)
        page.get_by_role("button", name="Make new codes").click()
        page.get_by_role("heading", name="Two-factor is on").wait_for(state="detached")

    return Shown("/account/two-factor", replace(portal, token=token), then=renew)


@scene("profiles, a name that is taken")
def profile_refused() -> Shown:
    portal = Portal.new()

    def add(page: Page) -> None:
        page.locator("#main input[name=name]").fill("Manager")
        page.get_by_role("button", name="Add the profile").click()
        page.locator("[aria-invalid=true]").wait_for()

    return Shown(portal.address("profiles/new"), portal, then=add)
