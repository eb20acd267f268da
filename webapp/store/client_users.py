"""Client users: contacts with a login of their own, and the places it gives them while they have one."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, ForeignKeyConstraint, Row, Select, and_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import PortalId, Time
from webapp.store.customers import Contact, Customer, with_people_of
from webapp.store.invitations import CLIENT, Invitation, open_ones
from webapp.store.portals import Membership, Portal, User
from webapp.store.projects import Project, ProjectCustomer, ProjectMember
from webapp.walls import across_portals


class ClientUser(Model):
    """That a contact came by an invitation, and with which login; gone with the contact or the login.

    It gives a place only while the contact is here and their customer is here and active: see ``places``.
    """

    __tablename__ = "client_user"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "contact_id"], ["contact.portal_id", "contact.id"], ondelete="CASCADE"
        ),
    )

    portal_id: Mapped[PortalId]
    contact_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    accepted_at: Mapped[Time]
    disabled_at: Mapped[Time | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPlace:
    """A login's place in a portal as a client user: as which contact of which customer."""

    portal: Portal
    customer: Customer
    contact: Contact


@across_portals()
def client_places(user_id: uuid.UUID, key: str | None = None) -> list[ClientPlace]:
    """List a login's places as a client user, in all portals or in that of a key.

    This is asked at each request: whoever is deleted, disabled, in the bin or inactive has none from then on.
    """
    query = _places().where(ClientUser.user_id == user_id, ClientUser.disabled_at.is_(None))
    if key is not None:
        query = query.where(Portal.key == key)
    query = query.order_by(Portal.name, Portal.key, Customer.sort_key, Contact.id)
    return [
        ClientPlace(portal=portal, customer=customer, contact=contact)
        for portal, customer, contact in db.session.execute(query)
    ]


def with_states(portal_id: uuid.UUID, customer_id: uuid.UUID) -> list[Row[Any]]:
    """Read a customer that is not in the bin, with each contact and where it stands as a client user.

    A row holds ``Customer``, ``Contact`` (None where there is none, binned ones too, the primary one first),
    ``ClientUser`` with the ``email`` of its login, and the ``Invitation`` that waits.
    """
    return list(db.session.execute(_standing(with_people_of(portal_id, customer_id))))


def people_with_states(portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID]) -> list[Row[Any]]:
    """Read the contacts of customers with where each stands, as above; the primary one of each first."""
    query = select(Contact).where(
        Contact.portal_id == portal_id, Contact.customer_id.in_(customer_ids), Contact.deleted_at.is_(None)
    )
    order = Contact.customer_id, Contact.primary.desc(), Contact.created_at, Contact.id
    return list(db.session.execute(_standing(query).order_by(*order)))


def came_as(contact: Any) -> ColumnElement[bool]:
    """Put the condition that somebody came as a contact, which is the table or columns of it."""
    return and_(ClientUser.portal_id == contact.portal_id, ClientUser.contact_id == contact.id)


def asked_of(contact: Any) -> ColumnElement[bool]:
    """Put the condition that an invitation of a contact waits."""
    of_contact = Invitation.portal_id == contact.portal_id, Invitation.contact_id == contact.id
    return and_(*of_contact, *open_ones(CLIENT))


def of_contacts(portal_id: uuid.UUID, contact_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Row[Any]]:
    """Tell which of some contacts are client users, each with the ``email`` of the login."""
    query = (
        select(ClientUser.contact_id, ClientUser.accepted_at, ClientUser.disabled_at, User.email, User.id)
        .join(User, User.id == ClientUser.user_id)
        .where(ClientUser.portal_id == portal_id, ClientUser.contact_id.in_(contact_ids))
    )
    rows: list[Row[Any]] = list(db.session.execute(query))
    return {row.contact_id: row for row in rows}


def admit(portal_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID, at: datetime) -> None:
    """Make a contact a client user with a login, in place of one they had before."""
    made = insert(ClientUser).values(
        portal_id=portal_id, contact_id=contact_id, user_id=user_id, accepted_at=at, disabled_at=None
    )
    kept = made.on_conflict_do_update(
        index_elements=[ClientUser.portal_id, ClientUser.contact_id],
        set_={"user_id": user_id, "accepted_at": at, "disabled_at": None},
    )
    db.session.execute(kept)


def disable(portal_id: uuid.UUID, contact_id: uuid.UUID, at: datetime | None) -> uuid.UUID | None:
    """Take a client user's place away from a moment on, or give it back with None; return whose it is."""
    standing = ClientUser.disabled_at.is_(None) if at else ClientUser.disabled_at.is_not(None)
    changed = (
        update(ClientUser)
        .where(ClientUser.portal_id == portal_id, ClientUser.contact_id == contact_id, standing)
        .values(disabled_at=at)
        .returning(ClientUser.user_id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalar(changed)


def projects_for(
    portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID]
) -> list[tuple[Project, uuid.UUID]]:
    """List the projects that are for some customers, each as (project, customer's id), by name."""
    of_project = and_(
        ProjectCustomer.portal_id == Project.portal_id, ProjectCustomer.project_id == Project.id
    )
    query = (
        select(Project, ProjectCustomer.customer_id)
        .join(ProjectCustomer, of_project)
        .where(Project.portal_id == portal_id, ProjectCustomer.customer_id.in_(customer_ids))
        .order_by(Project.sort_key, Project.id)
    )
    return [(project, customer_id) for project, customer_id in db.session.execute(query)]


def people_on(portal_id: uuid.UUID, project_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Name who works on each of some projects; who was disabled, here or altogether, does not."""
    place = and_(Membership.portal_id == ProjectMember.portal_id, Membership.user_id == ProjectMember.user_id)
    query = (
        select(ProjectMember.project_id, User.name)
        .join(User, User.id == ProjectMember.user_id)
        .join(Membership, place)
        .where(ProjectMember.portal_id == portal_id, ProjectMember.project_id.in_(project_ids))
        .where(User.active, Membership.disabled_at.is_(None))
        .order_by(User.name, User.id)
    )
    named: dict[uuid.UUID, list[str]] = {}
    for project_id, name in db.session.execute(query):
        named.setdefault(project_id, []).append(name)
    return named


def _standing(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Add where each ``Contact`` of a query stands."""
    query = query.add_columns(ClientUser, User.email, Invitation).outerjoin(ClientUser, came_as(Contact))
    query = query.outerjoin(User, User.id == ClientUser.user_id)
    return query.outerjoin(Invitation, asked_of(Contact))


def _places() -> Select[Portal, Customer, Contact]:
    contact = and_(Contact.portal_id == ClientUser.portal_id, Contact.id == ClientUser.contact_id)
    customer = and_(Customer.portal_id == Contact.portal_id, Customer.id == Contact.customer_id)
    return (
        select(Portal, Customer, Contact)
        .select_from(ClientUser)
        .join(Portal, Portal.id == ClientUser.portal_id)
        .join(Contact, contact)
        .join(Customer, customer)
        .where(Contact.deleted_at.is_(None), Customer.deleted_at.is_(None), Customer.active)
    )
