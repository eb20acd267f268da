"""Imports from a provider kept in memory: seeded, mirrored, chosen, answered and carried out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from tests.mirror_world import MAIN, MemoryProvider, Place, until_done
from webapp.extensions import db
from webapp.sdk import ContactData, CustomerData
from webapp.sdk.testing import MemoryDirectory
from webapp.services import leases, picker, refresh, reviews, runs
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory
from webapp.store.history import HistoryEntry
from webapp.store.links import Link
from webapp.store.runs import Run, RunItem


@dataclass
class ImportWorld:
    """A portal connected to a provider in memory."""

    place: Place
    connection_id: uuid.UUID
    theirs: MemoryDirectory

    @classmethod
    def new(cls, provider: MemoryProvider) -> Self:
        """Make a portal of its own, connected to books of its own."""
        provider.directory = MemoryDirectory(parents_follow=True)
        place = Place.new()
        return cls(place, place.connect(organization_id=MAIN.id), provider.directory)

    @property
    def portal_id(self) -> uuid.UUID:
        """The portal."""
        return self.place.portal_id

    def there(self, name: str, *people: ContactData, **fields: str) -> str:
        """Put a customer with its people into the provider's books."""
        with self.theirs.behind():
            made = self.theirs.create_customer(CustomerData(**{"name": name, "currency": "EUR", **fields}))
            for person in people:
                self.theirs.create_contact(made.id, person)
        return made.id

    def here(self, name: str, *people: ContactData, **fields: str) -> uuid.UUID:
        """Put a customer with its people into the portal."""
        directory = PortalDirectory(self.portal_id)
        made = directory.create_customer(CustomerData(**{"name": name, "currency": "EUR", **fields}))
        for person in people:
            directory.create_contact(made.id, person)
        directory.flush()
        db.session.commit()
        return uuid.UUID(made.id)

    def mirror(self) -> None:
        """Bring the mirror up to date."""
        refresh.request(self.portal_id, self.connection_id)
        with leases.take(self.connection_id, interactive=False) as lease:
            until_done(lambda: refresh.refresh_slice(lease, until=lambda: False, bulk=False))
            until_done(lambda: refresh.refresh_slice(lease, until=lambda: False, bulk=True))

    def reviewed(self, their_ids: Iterable[str], answers: str = "") -> Run:
        """Choose customers and open the review; give all same names one answer, and read what merges need."""
        draft = picker.draft(self.portal_id, self.connection_id, self.place.user_id)
        picker.tick(draft, list(their_ids))
        run = reviews.open_review(draft)
        if answers:
            reviews.answer_all(run, answers)
        self.read_details(their_ids)
        return run

    def read_details(self, their_ids: Iterable[str]) -> None:
        """Read customers there in full, as a look does while a review waits for them."""
        with leases.take(self.connection_id, interactive=True) as lease:
            refresh.read_details(lease, list(their_ids), until=lambda: False, interactive=True)

    def confirmed(self, their_ids: Iterable[str], answers: str = "") -> Run:
        """Choose, answer and confirm."""
        run = reviews.confirm(self.reviewed(their_ids, answers), self.place.user_id)
        assert run.state == "queued", run.state
        return run

    def carry_out(self, run: Run, until: Callable[[], bool] = lambda: False) -> bool:
        """Carry out a slice under a lease of its own."""
        with leases.take(self.connection_id, interactive=False) as lease:
            try:
                return runs.carry_out_slice(run.id, lease, until=until)
            finally:
                # Giving the lease back waits for a row that an open transaction may hold.
                db.session.rollback()

    def items(self, run: Run) -> list[RunItem]:
        """List a run's items."""
        db.session.rollback()
        db.session.expire_all()
        query = db.select(RunItem).where(RunItem.run_id == run.id).order_by(RunItem.position)
        return list(db.session.scalars(query))

    def customers(self) -> list[Customer]:
        """List the portal's customers by name."""
        db.session.rollback()
        db.session.expire_all()
        query = db.select(Customer).where(Customer.portal_id == self.portal_id, Customer.deleted_at.is_(None))
        return list(db.session.scalars(query.order_by(Customer.name, Customer.id)))

    def people(self, customer_id: uuid.UUID) -> list[Contact]:
        """List a customer's contacts, the primary one first."""
        query = db.select(Contact).where(Contact.customer_id == customer_id, Contact.deleted_at.is_(None))
        return list(db.session.scalars(query.order_by(Contact.primary.desc(), Contact.first_name)))

    def links(self) -> list[Link]:
        """List the portal's links."""
        return list(db.session.scalars(db.select(Link).where(Link.portal_id == self.portal_id)))

    def history(self) -> list[HistoryEntry]:
        """List the portal's history, oldest first."""
        query = db.select(HistoryEntry).where(HistoryEntry.portal_id == self.portal_id)
        return list(db.session.scalars(query.order_by(HistoryEntry.id)))
