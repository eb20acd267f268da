"""A portal to test services in: an app on a real database, a connection, and a mirror filled at will."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import insert

from tests.bare_app import bare_app
from webapp.extensions import db
from webapp.providers import Registry
from webapp.sdk import Capabilities, ContactData, CustomerData, Provider, Region
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.portals import Portal, User
from webapp.store.search import search_text
from webapp.sync.normal import name_key, sort_key

PROVIDER = Provider(
    name="ledgerly",
    label="Ledgerly",
    mark="LE",
    capabilities=Capabilities(
        calls_per_minute=1000, calls_at_once=5, inactive=True, deletes_customers=True, webhooks=True
    ),
    regions=(Region(key="eu", label="Europe", endpoints={"api": "https://ledgerly.example"}),),
    credentials=(),
    guide=(),
    authorize_url=lambda authorization: "https://ledgerly.example/authorize",
    read_callback=lambda authorization, parameters: None,  # type: ignore[arg-type,return-value]
    exchange=lambda account, grant: {},
    organizations=lambda account: (),
    probe=lambda account: {"contact_census": True},
    open=lambda account: None,  # type: ignore[arg-type,return-value]
    revoke=lambda account: None,
    webhook_guide=("Paste {address} and {secret}.",),
)


@contextmanager
def portal_app(database_url: str) -> Iterator[Flask]:
    """Make an application with a database and a registry, and nothing else, and push it."""
    with bare_app(database_url.replace("postgresql://", "postgresql+psycopg://")) as app:
        app.extensions["tandem_providers"] = Registry([PROVIDER])
        yield app


@dataclass(slots=True)
class World:
    """One portal with a person in it and a connection."""

    portal_id: uuid.UUID
    user_id: uuid.UUID
    connection_id: uuid.UUID

    @classmethod
    def new(cls) -> World:
        """Make a portal of its own."""
        portal, user, connection = new_id(), new_id(), new_id()
        db.session.add(Portal(id=portal, key=portal.hex, name="Nordlicht"))
        db.session.add(
            User(id=user, email=f"{user.hex}@nordlicht.example", name="Ada", fs_uniquifier=user.hex)
        )
        db.session.flush()
        db.session.add(_connection(portal, connection, user))
        db.session.commit()
        return cls(portal, user, connection)

    def another_connection(self) -> uuid.UUID:
        """Connect the portal to another organization."""
        connection = new_id()
        db.session.add(_connection(self.portal_id, connection, self.user_id))
        db.session.commit()
        return connection

    def link(self, their_id: str, our_id: uuid.UUID) -> None:
        """Link a customer there with one here."""
        db.session.add(
            Link(
                portal_id=self.portal_id,
                connection_id=self.connection_id,
                kind="customer",
                our_id=our_id,
                their_id=their_id,
            )
        )
        db.session.commit()

    def there(self, their_id: str, name: str, *people: dict[str, Any], **columns: Any) -> str:
        """Put a customer with its people into the mirror."""
        contacts = [_contact(self, their_id, number, person) for number, person in enumerate(people)]
        first = contacts[0] if contacts else {}
        row = {
            "portal_id": self.portal_id,
            "connection_id": self.connection_id,
            "their_id": their_id,
            "version": "1",
            "detail_version": "1",
            "name": name,
            "name_key": name_key(name),
            "sort_key": sort_key(name),
            "company_name": "",
            "website": "",
            "billing_address": {},
            "currency": "EUR",
            "primary_name": f"{first.get('first_name', '')} {first.get('last_name', '')}".strip(),
            "primary_email": first.get("email", ""),
            "primary_phone": first.get("phone", ""),
            "contacts_count": len(contacts),
            "contacts_digest": uuid.uuid4().hex,
            "search": search_text(
                [name, *(each["search"] for each in contacts)], [each.get("phone") for each in contacts]
            ),
            **columns,
        }
        db.session.execute(insert(MirrorCustomer).values(**row))
        for contact in contacts:
            db.session.execute(insert(MirrorContact).values(**contact))
        db.session.commit()
        return their_id

    def change_there(self, their_id: str, **columns: Any) -> None:
        """Let the mirror notice a change of a customer there."""
        row = db.session.get_one(MirrorCustomer, (self.portal_id, self.connection_id, their_id))
        values = {"version": str(int(row.version) + 1), **columns}
        values.setdefault("detail_version", values["version"])
        for name, value in values.items():
            setattr(row, name, value)
        db.session.commit()

    def here(self, name: str, *people: dict[str, Any], **fields: Any) -> uuid.UUID:
        """Put a customer with its people into the portal."""
        directory = PortalDirectory(self.portal_id)
        made = directory.create_customer(CustomerData(name=name, currency="EUR", **fields))
        for person in people:
            directory.create_contact(made.id, ContactData(**person))
        directory.flush()
        db.session.commit()
        return uuid.UUID(made.id)

    def customers(self) -> list[Customer]:
        """List the portal's customers, by name."""
        query = db.select(Customer).where(Customer.portal_id == self.portal_id, Customer.deleted_at.is_(None))
        return list(db.session.scalars(query.order_by(Customer.name, Customer.id)))


def _connection(portal: uuid.UUID, connection: uuid.UUID, user: uuid.UUID) -> Connection:
    return Connection(
        portal_id=portal,
        id=connection,
        provider="ledgerly",
        region="eu",
        state="connected",
        organization_id="1",
        organization_key=f"ledgerly:{connection.hex}",
        organization_name="Nordlicht GmbH",
        connected_by=user,
    )


def _contact(world: World, their_id: str, number: int, person: dict[str, Any]) -> dict[str, Any]:
    return {
        "portal_id": world.portal_id,
        "connection_id": world.connection_id,
        "their_id": f"{their_id}-{number}",
        "their_customer_id": their_id,
        "version": "1",
        "salutation": "",
        "first_name": "",
        "last_name": "",
        "email": "",
        "phone": "",
        "mobile": "",
        "designation": "",
        "department": "",
        "primary": number == 0,
        "seen_at": now(),
        "search": search_text(
            [f"{person.get('first_name', '')} {person.get('last_name', '')}", person.get("email")],
            [person.get("phone")],
        ),
        **person,
    }
