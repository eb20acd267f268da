"""People of a portal, one of each profile, and browsers with their sessions."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.extensions import db
from webapp.services import portals, sessions
from webapp.services.sessions import SessionData
from webapp.store.columns import new_id
from webapp.store.portals import Membership, Profile, User

PASSWORD = "a passphrase for tests"
PROFILES: dict[str, tuple[str, ...] | None] = {
    "Owner": None,
    "Manager": None,
    "Employee": None,
    "Finance only": ("finance",),
    "Clients only": ("clients.manage",),
}
"""The profiles tests walk through; those with permissions are made for the tests."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A portal and the ids of its people, by profile; an e-mail is ``owner@nordlicht.example`` and so on."""

    portal_id: uuid.UUID
    portal_key: str
    users: dict[str, uuid.UUID]


def cast_of_people(key: str = "nordlicht", name: str = "Nordlicht Studio") -> Cast:
    """Make a portal with one person of each profile; only the owner has a password, since hashing is slow."""
    portal_id = portals.add_portal(key, name).id
    owner = portals.add_user(
        portal_id, _email("Owner", key), "Owner Person", password=PASSWORD, profile="Owner"
    )
    users = {"Owner": owner.id, **_others(portal_id, key)}
    return Cast(portal_id, key, {profile: users[profile] for profile in PROFILES})


def _others(portal_id: uuid.UUID, key: str) -> dict[str, uuid.UUID]:
    """Make the others all at once, since nearly every test of pages begins with them."""
    db.session.add_all(
        Profile(portal_id=portal_id, name=profile, permissions=list(permissions))
        for profile, permissions in PROFILES.items()
        if permissions is not None
    )
    held = select(Profile).where(
        Profile.portal_id == portal_id, Profile.name.in_(PROFILES), Profile.name != "Owner"
    )
    profiles = {profile.name: profile.id for profile in db.session.scalars(held)}
    users = {profile: User(id=new_id(), **_person(profile, key)) for profile in profiles}
    made = {profile: user.id for profile, user in users.items()}
    db.session.add_all(users.values())
    db.session.flush()
    db.session.add_all(
        Membership(portal_id=portal_id, user_id=made[profile], profile_id=profiles[profile])
        for profile in profiles
    )
    db.session.commit()
    return made


def browser_of(app: Flask, user_id: uuid.UUID) -> FlaskClient:
    """Open a browser with a session of a user, without going through the login page."""
    with app.app_context():
        user = db.session.get_one(User, user_id)
        token = sessions.keep(SessionData(user=user, data={"_user_id": user.fs_uniquifier, "_fresh": True}))
    client = app.test_client()
    client.set_cookie("tandem", token)
    return client


def token_on(page: str) -> str:
    """Read the token against forged forms from a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]


def _email(profile: str, key: str) -> str:
    return f"{profile.replace(' ', '-').lower()}@{key}.example"


def _person(profile: str, key: str) -> dict[str, str]:
    return {"email": _email(profile, key), "name": f"{profile} Person", "fs_uniquifier": uuid.uuid4().hex}
