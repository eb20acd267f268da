"""People of a portal, one of each profile, and browsers with their sessions."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from webapp.extensions import db
from webapp.services import portals, sessions
from webapp.services.sessions import SessionData
from webapp.store.portals import Profile, User

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
    portal = portals.add_portal(key, name)
    for profile, permissions in PROFILES.items():
        if permissions is not None:
            db.session.add(Profile(portal_id=portal.id, name=profile, permissions=list(permissions)))
    db.session.commit()
    users = {profile: _person(portal.id, key, profile) for profile in PROFILES}
    return Cast(portal.id, key, users)


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


def _person(portal_id: uuid.UUID, key: str, profile: str) -> uuid.UUID:
    email = f"{profile.replace(' ', '-').lower()}@{key}.example"
    password = PASSWORD if profile == "Owner" else None
    return portals.add_user(portal_id, email, f"{profile} Person", password=password, profile=profile).id
