"""Both sides of a portal with real tables linked to the sandbox over HTTP, as they are read from outside.

Everybody has a tag, the department, which nobody edits: by it both sides' people are told apart.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from sandbox.records import Contact as ZohoContact
from sandbox.server import SandboxServer
from tests.mirror_world import Place
from webapp.extensions import db
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.sync.link import Kind

Record = tuple[str, str]
"""A record: the id of its customer, and its tag."""

Snapshot = dict[Record, dict[str, str]]

CUSTOMER: Kind = "customer"
CUSTOMER_FIELDS = ("name", "website", "company_name", "active")
CONTACT_FIELDS = ("first_name", "last_name", "email", "mobile", "designation")


@dataclass(frozen=True)
class RealSides:
    """What a connection's portal and its provider hold."""

    server: SandboxServer
    place: Place
    connection_id: uuid.UUID

    def customers_there(self) -> list[ZohoContact]:
        """List the customers at the provider."""
        state = self.server.state
        return list(state.registers[state.default_organization.id].contacts.values())

    def customers(self) -> list[Customer]:
        """List the living customers here that are linked."""
        db.session.rollback()
        own = Customer.portal_id == self.place.portal_id, Customer.id.in_(self.pairs())
        query = select(Customer).where(*own, Customer.deleted_at.is_(None))
        return list(db.session.scalars(query.order_by(Customer.id)))

    def people(self, *, binned: bool = False) -> list[Contact]:
        """List the contacts of linked customers here that live, or lie in the bin."""
        db.session.rollback()
        lies = Contact.deleted_at.is_not(None) if binned else Contact.deleted_at.is_(None)
        own = Contact.portal_id == self.place.portal_id, Contact.customer_id.in_(self.pairs())
        query = select(Contact).where(*own, lies).order_by(Contact.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))

    def pairs(self) -> dict[uuid.UUID, str]:
        """Return the linked customers: our ids with theirs."""
        return {link.our_id: link.their_id for link in self.links(CUSTOMER)}

    def links(self, kind: Kind) -> list[Link]:
        """List the links of a kind."""
        own = Link.connection_id == self.connection_id, Link.kind == kind
        return list(db.session.scalars(select(Link).where(*own).order_by(Link.our_id)))

    def here(self) -> Snapshot:
        """Return what the portal holds, linked or not."""
        db.session.rollback()
        mine = Customer.portal_id == self.place.portal_id, Customer.deleted_at.is_(None)
        customers = db.session.scalars(select(Customer).where(*mine)).all()
        found = {(str(row.id), CUSTOMER): _values(row, CUSTOMER_FIELDS) for row in customers}
        theirs = Contact.portal_id == self.place.portal_id, Contact.deleted_at.is_(None)
        for row in db.session.scalars(select(Contact).where(*theirs)):
            record = str(row.customer_id), row.department or ""
            assert record not in found, f"{record} is here twice"
            found[record] = _values(row, CONTACT_FIELDS)
        db.session.rollback()
        return found

    def there(self) -> Snapshot:
        """Return what the provider holds."""
        found: Snapshot = {}
        for contact in self.customers_there():
            found[contact.id, CUSTOMER] = {
                "name": contact.name,
                "website": contact.website,
                "company_name": contact.company_name,
                "active": str(contact.status == "active"),
            }
            for person in contact.persons:
                record = contact.id, person.department
                assert record not in found, f"{record} is there twice"
                found[record] = _values(person, CONTACT_FIELDS)
        return found


def _values(row: object, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: getattr(row, name) for name in names}
    return {name: "" if value is None else str(value) for name, value in found.items()}
