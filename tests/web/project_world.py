"""Projects for the tests of pages, and the people beside them: members, strangers, and who may import."""

from __future__ import annotations

import uuid

from tests.web.people import Cast
from webapp.extensions import db
from webapp.services import project_customers, project_members, projects
from webapp.store.columns import new_id
from webapp.store.portals import Membership, Profile, User


def project_of(people: Cast, name: str = "Hafenblick relaunch", **typed: str) -> uuid.UUID:
    """Add a project of the owner's."""
    values = {"name": name, "currency": "EUR", **typed}
    return projects.add(people.portal_id, people.users["Owner"], values).id


def works_on(people: Cast, project_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Let somebody work on a project."""
    project_members.add(people.portal_id, project_id, [user_id], people.users["Owner"])


def is_for(people: Cast, project_id: uuid.UUID, *customer_ids: uuid.UUID) -> None:
    """Have a project be for customers, one after another."""
    for each in customer_ids:
        project_customers.add(people.portal_id, project_id, [each], people.users["Owner"])


def person_with(people: Cast, *permissions: str) -> uuid.UUID:
    """Add somebody with a profile of their own."""
    profile = Profile(
        portal_id=people.portal_id, id=new_id(), name=f"Own {new_id()}", permissions=list(permissions)
    )
    mail = f"{new_id().hex}@nordlicht.example"
    user = User(id=new_id(), email=mail, name="Own Person", fs_uniquifier=new_id().hex)
    db.session.add_all([profile, user])
    db.session.flush()
    db.session.add(Membership(portal_id=people.portal_id, user_id=user.id, profile_id=profile.id))
    db.session.commit()
    return user.id
