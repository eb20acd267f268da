"""A customer with projects, and contacts of it who are client users."""

from __future__ import annotations

import uuid
from datetime import date

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.web.people import browser_of
from webapp.extensions import db
from webapp.sdk import ContactData, CustomerData
from webapp.store import client_users
from webapp.store.columns import new_id, now
from webapp.store.customers import Contact
from webapp.store.directory import PortalDirectory
from webapp.store.portals import User
from webapp.store.projects import Project, ProjectCustomer, ProjectMember


def customer_with(portal_id: uuid.UUID, name: str, *people: str) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """Make a customer with people of these first names; return its id and theirs."""
    directory = PortalDirectory(portal_id)
    made = directory.create_customer(CustomerData(name=name, currency="EUR"))
    for person in people:
        email = f"{person.lower()}@{name.split()[0].lower()}.example"
        directory.create_contact(
            made.id, ContactData(first_name=person, last_name="Berg", email=email, phone="+49 30 5550101")
        )
    directory.flush()
    db.session.commit()
    customer_id = uuid.UUID(made.id)
    rows = select(Contact.first_name, Contact.id).where(Contact.customer_id == customer_id)
    found = {row.first_name: row.id for row in db.session.execute(rows)}
    return customer_id, [found[person] for person in people]


def project_for(
    portal_id: uuid.UUID, name: str, *customer_ids: uuid.UUID, members: tuple[uuid.UUID, ...] = ()
) -> uuid.UUID:
    """Make a project that is for customers."""
    project_id = new_id()
    db.session.add(
        Project(
            portal_id=portal_id, id=project_id, key=name[:3].upper() + project_id.hex[-6:].upper(), name=name,
            sort_key=name.lower(), search=name.lower(), currency="EUR", starts_on=date(2026, 9, 1),
            ends_on=date(2027, 3, 31),
        )
    )  # fmt: skip
    db.session.flush()
    for number, customer_id in enumerate(customer_ids):
        db.session.add(
            ProjectCustomer(
                portal_id=portal_id, project_id=project_id, customer_id=customer_id, primary=number == 0
            )
        )
    for user_id in members:
        db.session.add(ProjectMember(portal_id=portal_id, project_id=project_id, user_id=user_id))
    db.session.commit()
    return project_id


def login_of(email: str, *contacts: tuple[uuid.UUID, uuid.UUID]) -> uuid.UUID:
    """Make a login that is the client user of contacts: (portal, contact) each."""
    user = User(id=new_id(), email=email, name="Mara Berg", fs_uniquifier=uuid.uuid4().hex)
    db.session.add(user)
    db.session.flush()
    for portal_id, contact_id in contacts:
        client_users.admit(portal_id, contact_id, user.id, now())
    db.session.commit()
    return user.id


def client_browser(app: Flask, user_id: uuid.UUID) -> FlaskClient:
    """Open a browser with a client user's session."""
    return browser_of(app, user_id)
