"""Holding a customer while a person writes it: locked first, kept with its history, then announced.

Rows are locked as a sync locks them: the customer, its contact, its links.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.sdk import Gone, Rejected, Value
from webapp.services import audit
from webapp.services.checks import Place, country_code, places_of
from webapp.services.entries import text_of
from webapp.services.errors import Conflict, Invalid, NotFound
from webapp.services.history import last_deletion
from webapp.services.signals import announce_due
from webapp.services.typed import Change
from webapp.store import history, in_step
from webapp.store.customers import Contact, Customer, contacts_of, locked_contact, locked_customer
from webapp.store.directory import PortalDirectory
from webapp.store.directory_pages import contact_record, customer_record
from webapp.store.history import EntryData
from webapp.store.portals import Portal
from webapp.sync.link import Fields, Kind, fields_of

UNKNOWN = {
    "customer": "There is no such customer in this portal.",
    "contact": "There is no such contact of this customer.",
}


class Binned(Conflict):
    """The record lies in the bin; whoever edits it has to restore it first."""

    def __init__(
        self,
        kind: Kind,
        name: str,
        change: Change,
        customer_id: uuid.UUID,
        contact_id: uuid.UUID | None = None,
    ) -> None:
        super().__init__(f"{name or 'It'} is in the bin. Nothing was saved: restore it first.")
        self.kind = kind
        self.name = name
        self.change = change
        self.customer_id = customer_id
        self.contact_id = contact_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A contact that was written, by name, and the ``others`` that changed along with it."""

    name: str
    others: tuple[uuid.UUID, ...]


@dataclass(kw_only=True)
class Held:
    """A customer that nobody else can write until the transaction ends, and what is to be told of it."""

    row: Customer
    user_id: uuid.UUID
    linked: list[Row[Any]]
    entries: list[EntryData] = field(default_factory=list)
    decisions: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def portal_id(self) -> uuid.UUID:
        """The portal it is in."""
        return self.row.portal_id

    @cached_property
    def directory(self) -> PortalDirectory:
        """The portal as a directory, through which everything is written."""
        return PortalDirectory(self.portal_id)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The providers it travels to."""
        return places_of((each.Connection, each.Link.their_id) for each in self.linked)

    @property
    def fields(self) -> dict[str, Value]:
        """What it holds, its currency too."""
        return customer_fields(self.row)

    def country(self, address: Value = None) -> str:
        """Return the code of the country in which its people are at home."""
        portal = db.session.get_one(Portal, self.portal_id)
        return country_code(address or self.fields["billing_address"], portal.country)

    def people(self) -> list[Contact]:
        """Return its contacts that are not in the bin."""
        return contacts_of(self.portal_id, [self.row.id])

    def contact(self, contact_id: uuid.UUID, *, binned: bool = False) -> Contact:
        """Hold a contact too; raises ``NotFound``, and ``Binned`` unless that is expected."""
        found = locked_contact(self.portal_id, self.row.id, contact_id)
        if found is None:
            raise NotFound(UNKNOWN["contact"])
        if found.deleted_at is not None and not binned:
            change = last_deletion(self.portal_id, contact_id)
            raise Binned("contact", found.name, change, self.row.id, contact_id)
        return found

    def tell(self, action: str, contact: Contact | None = None, **told: str | None) -> None:
        """Note what happened to the customer, or to a contact of it, for the history."""
        self.entries.append(
            EntryData(
                kind="contact" if contact else "customer",
                record_id=contact.id if contact else self.row.id,
                customer_id=self.row.id,
                action=action,
                **told,  # type: ignore[arg-type]
            )
        )

    def tell_changes(self, before: Fields, after: Fields, contact: Contact | None = None) -> None:
        """Note each field that differs."""
        for name, new in after.items():
            if new != (old := before.get(name)):
                self.tell("changed", contact, field=name, old=text_of(old), new=text_of(new))

    def touched(self, contact: Contact) -> Touched:
        """Name a contact, and the other contacts something was told of."""
        told = {entry.record_id for entry in self.entries if entry.kind == "contact"}
        return Touched(name=contact.name, others=tuple(told - {contact.id}))

    def decided(self, action: str, subject: uuid.UUID) -> None:
        """Note for the audit what a person decided, with the connections it reaches."""
        reached = [str(each.Connection.id) for each in self.linked]
        self.decisions.append((action, str(subject), {"connections": reached}))


@contextmanager
def held(
    portal_id: uuid.UUID, customer_id: uuid.UUID, user_id: uuid.UUID, *, binned: bool = False
) -> Iterator[Held]:
    """Hold a customer, let the caller write it, commit it with its history, and announce that it travels.

    Raises ``NotFound``; ``Binned`` unless that is expected; ``Invalid`` for what the portal cannot keep.
    Nothing is written when anything is raised.
    """
    try:
        record = _hold(portal_id, customer_id, user_id, binned=binned)
        reached = [each.Connection.id for each in record.linked]
        yield record
        changed = _keep(record)
    except Rejected as refusal:
        db.session.rollback()
        raise Invalid(refusal.field or "", refusal.reason) from refusal
    except Gone as refusal:
        db.session.rollback()
        raise NotFound(str(refusal)) from refusal
    except Exception:
        db.session.rollback()
        raise
    for connection_id in reached if changed else ():
        announce_due(connection_id, interactive=True)


def customer_fields(customer: Customer) -> dict[str, Value]:
    """Return what a customer holds, its currency too."""
    return {**fields_of(customer_record(customer).data), "currency": customer.currency}


def contact_fields(contact: Contact) -> dict[str, Value]:
    """Return what a contact holds."""
    return fields_of(contact_record(contact).data)


def _hold(portal_id: uuid.UUID, customer_id: uuid.UUID, user_id: uuid.UUID, *, binned: bool) -> Held:
    row = locked_customer(portal_id, customer_id)
    if row is None:
        raise NotFound(UNKNOWN["customer"])
    if row.deleted_at is not None and not binned:
        raise Binned("customer", row.name, last_deletion(portal_id, customer_id), customer_id)
    return Held(row=row, user_id=user_id, linked=in_step.linked_connections(portal_id, customer_id))


def _keep(record: Held) -> bool:
    """Commit; return whether anything was done."""
    record.directory.flush()
    actor = str(record.user_id)
    history.add(record.portal_id, record.entries, actor=actor, run_id=None)
    for action, subject, details in record.decisions:
        audit.record(record.portal_id, actor, action, subject, details)
    db.session.commit()
    return bool(record.entries or record.decisions)
