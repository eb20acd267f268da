"""A portal of its own for each scene: who is in it, what it is connected to, and how its states are put."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from tests.browser.stage.names import Firm
from webapp.extensions import db
from webapp.sdk import Address, ContactData, CustomerData
from webapp.services import picker, portals, reviews, sessions, users
from webapp.services.sessions import SessionData
from webapp.store.columns import new_id, now
from webapp.store.connections import Connection
from webapp.store.customers import Customer
from webapp.store.directory import PortalDirectory
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.portals import User
from webapp.store.runs import Run, RunItem
from webapp.store.search import search_text
from webapp.sync.normal import name_key, sort_key

UNSEEN = {"synchronize_session": False}
NOBODY = dict.fromkeys(("salutation", "mobile", "designation", "department"), "")


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal and somebody who looks at it; ``token`` is the session of that person."""

    id: uuid.UUID
    key: str
    user_id: uuid.UUID
    token: str
    connection_id: uuid.UUID | None = None

    @classmethod
    def new(cls, profile: str = "Owner", name: str = "Nordlicht Studio") -> Portal:
        """Make one."""
        key = f"s{new_id().hex[-12:]}"
        made = portals.add_portal(key, name)
        person = portals.add_user(
            made.id, f"ada@{key}.example", "Ada Lindqvist", password=None, profile=profile
        )
        users.set_preferences(person.id, name=person.name, time_zone="Europe/Berlin", locale="en_GB")
        user = db.session.get_one(User, person.id)
        token = sessions.keep(SessionData(user=user, data={"_user_id": user.fs_uniquifier, "_fresh": True}))
        return cls(made.id, key, person.id, token)

    def address(self, rest: str = "") -> str:
        """Return the address of a page of it."""
        return f"/p/{self.key}/{rest}"

    def connected(self, provider: str = "books", **columns: Any) -> Portal:
        """Connect it to a provider, in any state."""
        moment = now()
        row = {
            "portal_id": self.id,
            "id": new_id(),
            "provider": provider,
            "region": "eu",
            "state": "connected",
            "organization_id": "20240101",
            "organization_key": f"zoho:{new_id()}",
            "organization_name": "Nordlicht Studio GmbH",
            "currency": "EUR",
            "connected_by": self.user_id,
            "connected_at": moment - timedelta(days=12),
            "refreshed_at": moment - timedelta(minutes=3),
            "census_finished_at": moment - timedelta(hours=7),
            **columns,
        }
        db.session.execute(insert(Connection).values(**row))
        db.session.commit()
        return replace(self, connection_id=row["id"])

    def there(self, firms: Sequence[Firm], **columns: Any) -> list[str]:
        """Put customers into the mirror, with ids in their order; return these."""
        known = db.session.scalar(select(db.func.count()).where(MirrorCustomer.portal_id == self.id)) or 0
        ids = [f"{2_000_000 + known + at}" for at in range(len(firms))]
        customers = [
            self._customer(their_id, firm, columns) for their_id, firm in zip(ids, firms, strict=True)
        ]
        contacts = [
            self._contact(their_id, number, each)
            for their_id, firm in zip(ids, firms, strict=True)
            for number, each in enumerate(firm.people)
        ]
        db.session.execute(insert(MirrorCustomer), customers)
        if contacts:
            db.session.execute(insert(MirrorContact), contacts)
        db.session.commit()
        return ids

    def here(self, firms: Iterable[Firm]) -> list[uuid.UUID]:
        """Put customers with their people into the portal."""
        directory, made = PortalDirectory(self.id), []
        for firm in firms:
            address = Address(street="Hafenstraße 14", postal_code="20457", city="Hamburg", country="Germany")
            data = CustomerData(
                name=firm.name,
                currency=firm.currency,
                active=firm.active,
                billing_address=address,
                website="",
            )
            customer = directory.create_customer(data)
            for each in firm.people:
                directory.create_contact(customer.id, ContactData(**{**NOBODY, **each}))
            made.append(uuid.UUID(customer.id))
        directory.flush()
        db.session.commit()
        return made

    def link(self, their_ids: Sequence[str], our_ids: Sequence[uuid.UUID]) -> None:
        """Link customers there with customers here."""
        pairs = zip(their_ids, our_ids, strict=True)
        shared = {"portal_id": self.id, "connection_id": self.connection_id, "kind": "customer"}
        rows = [{**shared, "our_id": ours, "their_id": theirs} for theirs, ours in pairs]
        db.session.execute(insert(Link), rows)
        db.session.commit()

    def choose(self, their_ids: Sequence[str] = ()) -> Run:
        """Tick customers, or everyone, in the person's draft."""
        assert self.connection_id is not None
        draft = picker.draft(self.id, self.connection_id, self.user_id)
        if their_ids:
            picker.tick(draft, their_ids)
        else:
            picker.tick_all(draft)
        return draft

    def review(self, their_ids: Sequence[str] = ()) -> Run:
        """Tick customers, or everyone, and open the review."""
        return reviews.open_review(self.choose(their_ids))

    def run(self, their_ids: Sequence[str] = (), **columns: Any) -> Run:
        """Confirm an import, and put the run into a state."""
        run = self.review(their_ids)
        if reviews.numbers(run).missing:
            reviews.answer_all(run, "clone")
        confirmed = reviews.confirm(run, self.user_id)
        self.put(confirmed, **columns)
        return confirmed

    def put(self, run: Run, **columns: Any) -> None:
        """Put columns of a run."""
        if columns:
            db.session.execute(update(Run).where(Run.portal_id == self.id, Run.id == run.id).values(columns))
            db.session.commit()

    def came_of(self, run: Run, first: int, last: int, **columns: Any) -> None:
        """Put what came of the items from one place in a run to another, 0 being the first."""
        mine = (RunItem.portal_id == self.id, RunItem.run_id == run.id)
        positions = select(RunItem.position).where(*mine).order_by(RunItem.position)
        chosen = positions.offset(first).limit(last - first).scalar_subquery()
        # One after the other, so that there is a pace.
        at = now() - timedelta(minutes=2) + RunItem.position * timedelta(milliseconds=40)
        finished = update(RunItem).where(*mine, RunItem.position.in_(chosen))
        db.session.execute(finished.values({"finished_at": at, **columns}).execution_options(**UNSEEN))
        db.session.commit()

    def customers(self) -> list[Customer]:
        """List the portal's customers."""
        return list(db.session.scalars(select(Customer).where(Customer.portal_id == self.id)))

    def _customer(self, their_id: str, firm: Firm, columns: dict[str, Any]) -> dict[str, Any]:
        first = firm.people[0] if firm.people else {}
        names = [f"{each.get('first_name', '')} {each.get('last_name', '')}".strip() for each in firm.people]
        return {
            "portal_id": self.id,
            "connection_id": self.connection_id,
            "their_id": their_id,
            "version": "1",
            "detail_version": "1",
            "name": firm.name,
            "name_key": name_key(firm.name),
            "sort_key": sort_key(firm.name),
            "company_name": firm.name,
            "website": "https://www.example.com",
            "billing_address": {},
            "active": firm.active,
            "currency": firm.currency,
            "primary_name": names[0] if names else "",
            "primary_email": first.get("email", ""),
            "primary_phone": first.get("phone", ""),
            "contacts_count": len(firm.people),
            "contacts_digest": their_id,
            "search": search_text(
                [firm.name, *names, *(each.get("email") for each in firm.people)],
                [each.get("phone") for each in firm.people],
            ),
            **columns,
        }

    def _contact(self, their_id: str, number: int, person: dict[str, str]) -> dict[str, Any]:
        texts = ("first_name", "last_name", "email", "phone", *NOBODY)
        return {
            "portal_id": self.id,
            "connection_id": self.connection_id,
            "their_id": f"{their_id}{number:02}",
            "their_customer_id": their_id,
            "version": "1",
            "primary": number == 0,
            "search": search_text(
                [f"{person.get('first_name', '')} {person.get('last_name', '')}", person.get("email")],
                [person.get("phone")],
            ),
            **{name: person.get(name, "") for name in texts},
        }
