"""The sample portal: Nordlicht Studio, a design studio with three people and the customers it works for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.demo.customers import CUSTOMERS
from webapp.extensions import db
from webapp.sdk import Address, ContactData, CustomerData
from webapp.services import portals, users
from webapp.services.errors import Refused
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.store.portals import Portal, membership_of, portal_by_key, user_by_email
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


PEOPLE = (
    ("Jonas Petersen", "Owner", Login("owner@nordlicht.example", PASSWORD, "owner: may do everything")),
    (
        "Ines Carvalho",
        "Manager",
        Login("finance@nordlicht.example", PASSWORD, "finance and clients: may import"),
    ),
    (
        "Mika Laine",
        "Employee",
        Login("plain@nordlicht.example", PASSWORD, "neither: sees that it is not shown"),
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
        for name, profile, login in PEOPLE:
            _add_person(portal, name, profile, login)
        if not db.session.scalar(select(func.count()).where(Customer.portal_id == portal.id)):
            _add_customers(portal.id)
    return [login for _, _, login in PEOPLE]


def _add_person(portal: Portal, name: str, profile: str, login: Login) -> None:
    user = user_by_email(login.email)
    if user is None or membership_of(user.id, portal.id) is None:
        user = portals.add_user(portal.id, login.email, name, password=login.password, profile=profile)
        users.set_preferences(user.id, name=name, time_zone="Europe/Berlin", locale="en_GB")


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
