"""People who are invited into a portal, and the links in their mails."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.telling import posted
from tests.web.people import Cast, token_on
from webapp.extensions import db
from webapp.services import invitations, mails
from webapp.store.portals import Profile
from webapp.walls import inside

GUEST = "guest@elsewhere.example"


def profile_named(cast: Cast, name: str) -> Profile:
    """Find a profile of a portal by its name."""
    found = select(Profile).where(Profile.portal_id == cast.portal_id, Profile.name == name)
    return db.session.scalars(found).one()


def invite(
    app: Flask, people: Cast, email: str = GUEST, *, profile: str = "Employee", by: str = "Owner"
) -> uuid.UUID:
    """Invite somebody without the page; return the invitation's id."""
    with app.app_context(), inside(people.portal_id):
        made = invitations.invite(
            people.portal_id, [email], profile_named(people, profile).id, by=people.users[by]
        )
        return made[0].id


def link_in(app: Flask, folder: Path) -> str:
    """Send what is due, and read the link of the last mail."""
    with app.app_context():
        mails.send_due()
    text = posted(folder)[-1].get_body(("plain",)).get_content()
    found = re.search(r"http://127\.0\.0\.1:5000(/invitations/\S+)", text)
    assert found, text
    return found[1]


def accept(client: FlaskClient, link: str, **typed: str) -> TestResponse:
    """Send the form behind a link."""
    data = {"name": "Guest Person", "password": "a passphrase of guests", "again": "a passphrase of guests"}
    return client.post(link, data=data | typed | {"csrf_token": token_on(client.get("/password/").text)})
