"""What a client user sees: the projects that are for their customers, and what is kept of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.extensions import db
from webapp.store import client_users as store
from webapp.store import invitations
from webapp.store.client_users import ClientPlace
from webapp.store.customers import Contact
from webapp.store.portals import User
from webapp.store.projects import OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedProject:
    """A project as a client user sees it; ``customers`` are those of theirs it is for."""

    name: str
    status: str
    over: bool
    starts_on: date | None
    ends_on: date | None
    people: tuple[str, ...]
    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDetails:
    """What the portal keeps of a client user as a contact of one customer, and ``host``, whom to ask."""

    customer: str
    contact: Contact
    host: str
    host_email: str


def projects(places: Sequence[ClientPlace]) -> list[SharedProject]:
    """List the projects of the customers that somebody is a client user of in one portal; those over last."""
    portal_id = places[0].portal.id
    named = {place.customer.id: place.customer.name for place in places}
    rows = store.projects_for(portal_id, list(named))
    people = store.people_on(portal_id, [project.id for project, _ in rows])
    customers: dict[uuid.UUID, list[str]] = {}
    for project, customer_id in rows:
        customers.setdefault(project.id, []).append(named[customer_id])
    each_once = {project.id: project for project, _ in rows}
    shared = [
        SharedProject(
            name=project.name,
            status=project.status,
            over=project.status in OVER,
            starts_on=project.starts_on,
            ends_on=project.ends_on,
            people=tuple(people.get(project.id, ())),
            customers=tuple(customers[project.id]),
        )
        for project in each_once.values()
    ]
    return sorted(shared, key=lambda project: project.over)


def details(places: Sequence[ClientPlace]) -> list[OwnDetails]:
    """Tell what is kept of somebody, customer by customer."""
    told = []
    for place in places:
        invitation = invitations.last_accepted(place.portal.id, place.contact.id)
        host = db.session.get(User, invitation.invited_by) if invitation and invitation.invited_by else None
        host = host if host is not None and host.active else None
        told.append(
            OwnDetails(
                customer=place.customer.name,
                contact=place.contact,
                host=host.name if host else "",
                host_email=host.email if host else "",
            )
        )
    return told
