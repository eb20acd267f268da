"""A portal of its own in a running Tandem, prepared and looked at through the services."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from tests.system.whole import Tandem
from webapp.extensions import db
from webapp.sdk import ContactData, CustomerData
from webapp.services import connecting, connection_views, imports, picker, portals, refresh, reviews, runs
from webapp.services.connection_views import ConnectionView
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory
from webapp.store.runs import Query, Selection

PASSWORD = "a passphrase for tests"
EVERYONE = Selection(queries=(Query(inactive=True),))


@dataclass(frozen=True, slots=True)
class Place:
    """A portal with an owner."""

    tandem: Tandem
    key: str
    portal_id: uuid.UUID
    user_id: uuid.UUID
    email: str

    @classmethod
    def new(cls, tandem: Tandem) -> Place:
        """Make one."""
        key = f"p{secrets.token_hex(5)}"
        email = f"owner@{key}.example"
        with tandem.app.app_context():
            portal = portals.add_portal(key, "Nordlicht Studio")
            owner = portals.add_user(portal.id, email, "Ada Owner", password=PASSWORD, profile="Owner")
            return cls(tandem, key, portal.id, owner.id, email)

    def connect(self) -> uuid.UUID:
        """Connect to the sandbox's main organization without a browser, and wait for its mirror."""
        made = self.begin_to_connect()
        self.await_mirror(made)
        return made

    def begin_to_connect(self) -> uuid.UUID:
        """Connect without waiting for the mirror."""
        token = self.tandem.practice.token()
        names = ("client_id", "client_secret", "refresh_token")
        with self.tandem.app.app_context():
            return connecting.add(
                self.portal_id,
                provider="books",
                region="sandbox",
                credentials={name: token[name] for name in names},
                organization_id=token["organization_id"],
                user_id=self.user_id,
            )

    def await_mirror(self, connection_id: uuid.UUID) -> ConnectionView:
        """Wait until everything was read once."""

        def read() -> ConnectionView | None:
            view = self.connection(connection_id)
            return view if view.refreshed_at and view.full_pass_at and not view.progress else None

        return self.tandem.until(read, what="the first refresh")

    def connection(self, connection_id: uuid.UUID) -> ConnectionView:
        """Look at a connection."""
        with self.tandem.app.app_context():
            return connection_views.view(self.portal_id, connection_id)

    def ask(self, connection_id: uuid.UUID) -> None:
        """Have changes read, as soon as a worker comes to it."""
        with self.tandem.app.app_context():
            refresh.request(self.portal_id, connection_id)

    def refresh(self, connection_id: uuid.UUID) -> None:
        """Have changes read, and wait for them."""
        before = self.connection(connection_id).refreshed_at
        self.ask(connection_id)
        self.tandem.until(lambda: self.connection(connection_id).refreshed_at != before, what="a refresh")

    def add(self, name: str, *people: dict[str, str], **fields: Any) -> uuid.UUID:
        """Put a customer with its people into the portal."""
        with self.tandem.app.app_context():
            directory = PortalDirectory(self.portal_id)
            made = directory.create_customer(CustomerData(name=name, currency="EUR", **fields))
            for person in people:
                directory.create_contact(made.id, ContactData(**person))
            directory.flush()
            db.session.commit()
            return uuid.UUID(made.id)

    def start(self, connection_id: uuid.UUID, duplicates: str = "merge", *ids: str) -> uuid.UUID:
        """Queue an import of everyone, or of those with these ids."""
        selection = Selection(ids=frozenset(ids)) if ids else EVERYONE
        with self.tandem.app.app_context():
            return imports.start(self.portal_id, connection_id, self.user_id, selection, duplicates).id

    def review(self, connection_id: uuid.UUID, *ids: str) -> uuid.UUID:
        """Tick customers for the owner and open the review."""
        with self.tandem.app.app_context():
            draft = picker.draft(self.portal_id, connection_id, self.user_id)
            picker.tick(draft, ids)
            return reviews.open_review(draft).id

    def progress(self, run_id: uuid.UUID) -> runs.Progress:
        """Look how far a run is."""
        with self.tandem.app.app_context():
            return runs.progress(runs.run(self.portal_id, run_id))

    def await_items(self, run_id: uuid.UUID, least: int) -> runs.Progress:
        """Wait until so many items of a run are finished."""

        def enough() -> runs.Progress | None:
            progress = self.progress(run_id)
            return progress if progress.done >= least else None

        return self.tandem.until(enough, what=f"{least} items")

    def await_end(self, run_id: uuid.UUID, *, within: float = 90) -> runs.Progress:
        """Wait until a run has ended."""

        def ended() -> runs.Progress | None:
            progress = self.progress(run_id)
            return progress if progress.finished else None

        return self.tandem.until(ended, within=within, what="the end of a run")

    def cancel(self, run_id: uuid.UUID) -> None:
        """Cancel a run."""
        with self.tandem.app.app_context():
            runs.cancel(runs.run(self.portal_id, run_id), self.user_id)

    def names(self) -> Counter[str]:
        """Count the portal's customers by name."""
        with self.tandem.app.app_context():
            query = select(Customer.name).where(
                Customer.portal_id == self.portal_id, Customer.deleted_at.is_(None)
            )
            return Counter(db.session.scalars(query))

    def contacts(self) -> int:
        """Count the portal's contacts."""
        with self.tandem.app.app_context():
            query = select(func.count()).where(
                Contact.portal_id == self.portal_id, Contact.deleted_at.is_(None)
            )
            return db.session.scalar(query) or 0
