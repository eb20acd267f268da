"""Scenes of client users and of personal data: what they see, how they are asked, and what is erased."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from tests.browser.stage.names import practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from tests.web.client_world import customer_with, login_of, project_for
from webapp.extensions import db
from webapp.services import portal_deletions, sessions
from webapp.services.sessions import SessionData
from webapp.store import client_users
from webapp.store.columns import now
from webapp.store.customers import Contact
from webapp.store.invitations import CLIENT, Invitation
from webapp.store.links import Link
from webapp.store.portals import User
from webapp.store.projects import Project
from webapp.walls import inside


def _client(*customers: str) -> tuple[Portal, list[uuid.UUID]]:
    """Make a portal and somebody who is the client user of customers of it, and looks at their pages."""
    portal = Portal.new()
    ids, contacts = [], []
    for name in customers:
        customer_id, (contact_id,) = customer_with(portal.id, name, "Mara")
        ids.append(customer_id)
        contacts.append((portal.id, contact_id))
    user = db.session.get_one(User, login_of(f"mara@{portal.key}.example", *contacts))
    token = sessions.keep(SessionData(user=user, data={"_user_id": user.fs_uniquifier, "_fresh": True}))
    return replace(portal, token=token), ids


def _projects(portal: Portal, *customer_ids: uuid.UUID) -> None:
    for name, status in (
        ("Website relaunch", "active"),
        ("Trade fair in spring with a name that goes on for long", "planned"),
        ("Photographs", "on hold"),
        ("Corporate design", "completed"),
        ("Film", "cancelled"),
    ):
        project_id = project_for(portal.id, name, *customer_ids, members=(portal.user_id,))
        db.session.execute(update(Project).where(Project.id == project_id).values(status=status))
    db.session.commit()


@scene("client user, projects")
def projects() -> Shown:
    portal, ids = _client("Talweg GmbH")
    _projects(portal, *ids)
    return Shown(f"/c/{portal.key}/", portal)


@scene("client user, of two customers")
def of_two() -> Shown:
    portal, ids = _client("Talweg GmbH", "Ufer & Söhne KG")
    _projects(portal, *ids)
    return Shown(f"/c/{portal.key}/", portal)


@scene("client user, no projects yet")
def no_projects() -> Shown:
    portal, _ = _client("Talweg GmbH")
    return Shown(f"/c/{portal.key}/", portal)


@scene("client user, own details")
def details() -> Shown:
    portal, _ = _client("Talweg GmbH", "Ufer & Söhne KG")
    return Shown(f"/c/{portal.key}/you", portal)


@scene("client user, place that is gone")
def gone() -> Shown:
    portal, _ = _client("Talweg GmbH")
    db.session.execute(update(Contact).where(Contact.portal_id == portal.id).values(deleted_at=now()))
    db.session.commit()
    return Shown(f"/c/{portal.key}/", portal, 404)


@scene("door, places as member and as client user")
def places() -> Shown:
    portal = Portal.new()
    other = Portal.new(name="Werkstatt am Fluss")
    _, (contact_id,) = customer_with(other.id, "Talweg GmbH", "Mara")
    client_users.admit(other.id, contact_id, portal.user_id, now())
    db.session.commit()
    return Shown("/", portal)


@scene("customer, client users in every state")
def states() -> Shown:
    portal = Portal.new()
    people = ("Active", "Disabled", "Invited", "Expired", "Moved", "Unasked", "Mailless")
    customer_id, ids = customer_with(portal.id, "Talweg GmbH", *people)
    of = dict(zip(people, ids, strict=True))
    for name in ("Active", "Disabled"):
        login_of(f"{name.lower()}@{portal.key}.example", (portal.id, of[name]))
    client_users.disable(portal.id, of["Disabled"], now())
    for name in ("Invited", "Expired", "Moved"):
        email = "before@talweg.example" if name == "Moved" else f"{name.lower()}@talweg.example"
        expires = now() + timedelta(days=-1 if name == "Expired" else 6)
        db.session.add(
            Invitation(
                portal_id=portal.id, kind=CLIENT, email=email, name=name, contact_id=of[name],
                token_digest=uuid.uuid4().hex, invited_by=portal.user_id, expires_at=expires,
            )
        )  # fmt: skip
    db.session.execute(update(Contact).where(Contact.id == of["Mailless"]).values(email=""))
    db.session.commit()
    return Shown(portal.address(f"customers/{customer_id}"), portal)


def _person(portal: Portal, customer_id: uuid.UUID) -> uuid.UUID:
    return db.session.scalars(select(Contact.id).where(Contact.customer_id == customer_id)).first()


@scene("personal data, of a contact only here")
def only_here() -> Shown:
    portal = Portal.new()
    customer_id, (contact_id,) = customer_with(portal.id, "Talweg GmbH", "Mara")
    return Shown(portal.address(f"customers/{customer_id}/contacts/{contact_id}/data/"), portal)


@scene("personal data, of a contact the provider knows")
def known_there() -> Shown:
    portal = Portal.new().connected()
    firms = [max(practice(20, hard=False), key=lambda firm: len(firm.people))]
    [their_id], [our_id] = portal.there(firms), portal.here(firms)
    portal.link([their_id], [our_id])
    contact_id = _person(portal, our_id)
    known = select(Link.our_id).where(Link.portal_id == portal.id, Link.our_id == contact_id)
    if db.session.scalar(known) is None:
        db.session.add(
            Link(
                portal_id=portal.id, connection_id=portal.connection_id, kind="contact", our_id=contact_id,
                their_id=f"{their_id}-p",
            )
        )  # fmt: skip
    login_of(f"mara@{portal.key}.example", (portal.id, contact_id))
    return Shown(portal.address(f"customers/{our_id}/contacts/{contact_id}/data/"), portal)


@scene("personal data, one's own")
def own() -> Shown:
    return Shown("/account/data/", Portal.new())


@scene("portal to be deleted, not asked for")
def stays() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("delete-portal/"), portal)


@scene("portal to be deleted, asked for")
def leaves() -> Shown:
    portal = Portal.new()
    with inside(portal.id):
        portal_deletions.ask(portal.id, portal.user_id, typed="Nordlicht Studio")
    return Shown(portal.address("delete-portal/"), portal)
