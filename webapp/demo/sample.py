"""The sample portal: Nordlicht Studio, a design studio with its people, its projects and their customers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.demo.customers import CUSTOMERS
from webapp.demo.projects import add_projects
from webapp.extensions import db
from webapp.sdk import Address, ContactData, CustomerData
from webapp.services import portals, users
from webapp.services.errors import Refused
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.store.portals import Portal, Profile, membership_of, portal_by_key, user_by_email
from webapp.store.projects import Project
from webapp.walls import inside

KEY = "nordlicht"
NAME = "Nordlicht Studio"
PASSWORD = "nordlicht-demo"


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody of the sample portal, and what they may do there."""

    email: str
    password: str
    role: str


OWN_PROFILES = {
    "Project lead": ["finance", "clients.add"],
    "Accountant": ["finance", "clients.manage"],
}
"""Profiles beside those that each portal starts with."""

PEOPLE = (
    ("Jonas Petersen", "Owner", Login("owner@nordlicht.example", PASSWORD, "owner: may do everything")),
    (
        "Ines Carvalho",
        "Manager",
        Login("finance@nordlicht.example", PASSWORD, "finance and clients: may import"),
    ),
    (
        "Tove Lindqvist",
        "Project lead",
        Login("lead@nordlicht.example", PASSWORD, "project lead: imports into her projects alone"),
    ),
    (
        "Ruth Adeyemi",
        "Accountant",
        Login("books@nordlicht.example", PASSWORD, "accountant: imports into the portal, sees no project"),
    ),
    (
        "Mika Laine",
        "Employee",
        Login("plain@nordlicht.example", PASSWORD, "neither: sees the projects they work on"),
    ),
)


def fill() -> list[Login]:
    """Make the sample portal as far as it is not there yet, and return who can log in.

    Raises ``Refused`` when a portal that is not the sample has its key.
    """
    portal = portal_by_key(KEY) or portals.add_portal(KEY, NAME)
    if portal.name != NAME:
        raise Refused(
            f"The portal {KEY} is not the sample: it is called {portal.name}. Use another database."
        )
    with inside(portal.id):
        _add_profiles(portal.id)
        people = {login.email: _add_person(portal, name, profile, login) for name, profile, login in PEOPLE}
        if not db.session.scalar(select(func.count()).where(Customer.portal_id == portal.id)):
            _add_customers(portal.id)
        if not db.session.scalar(select(func.count()).where(Project.portal_id == portal.id)):
            add_projects(portal.id, people, people[PEOPLE[0][2].email])
    return [login for _, _, login in PEOPLE]


def _add_profiles(portal_id: uuid.UUID) -> None:
    there = set(db.session.scalars(select(Profile.name).where(Profile.portal_id == portal_id)))
    missing = {name: held for name, held in OWN_PROFILES.items() if name not in there}
    db.session.add_all(
        Profile(portal_id=portal_id, name=name, permissions=held) for name, held in missing.items()
    )
    db.session.commit()


def _add_person(portal: Portal, name: str, profile: str, login: Login) -> uuid.UUID:
    user = user_by_email(login.email)
    if user is None or membership_of(user.id, portal.id) is None:
        user = portals.add_user(portal.id, login.email, name, password=login.password, profile=profile)
        users.set_preferences(user.id, name=name, time_zone="Europe/Berlin", locale="en_GB")
    return user.id


def _add_customers(portal_id: uuid.UUID) -> None:
    directory = PortalDirectory(portal_id)
    for block in CUSTOMERS.strip().split("\n\n"):
        head, *people = block.splitlines()
        made = directory.create_customer(_customer(head))
        for person in people:
            directory.create_contact(made.id, _contact(person))
    directory.flush()
    db.session.commit()


def _customer(line: str) -> CustomerData:
    name, currency, website, street, postal_code, city, country = _cells(line, 7)
    address = Address(street=street, postal_code=postal_code, city=city, country=country)
    return CustomerData(
        name=name, company_name=name, currency=currency, website=website, billing_address=address, active=True
    )


def _contact(line: str) -> ContactData:
    first_name, last_name, designation, email, phone = _cells(line.removeprefix("- "), 5)
    return ContactData(
        first_name=first_name,
        last_name=last_name,
        designation=designation,
        email=email,
        phone=phone,
        salutation="",
        mobile="",
        department="",
    )


def _cells(line: str, count: int) -> list[str]:
    cells = [cell.strip() for cell in line.split("|")]
    return cells + [""] * (count - len(cells))
