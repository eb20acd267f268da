"""A portal in step with a provider in memory: customers linked, edited on both sides, and looked at."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import text

from tests.import_world import ImportWorld
from tests.mirror_world import census, connection, poll, refresh_all
from webapp.extensions import db
from webapp.sdk import ContactData
from webapp.services.look import look
from webapp.services.signals import announce_due
from webapp.store import history
from webapp.store.conflicts import Conflict
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData, HistoryEntry
from webapp.store.links import Link
from webapp.store.problems import Problem
from webapp.store.runs import Run

ANNA = ContactData(first_name="Anna", last_name="Lund", email="anna@arc.example", phone="040 1111111")
BO = ContactData(first_name="Bo", last_name="Ek", email="bo@arc.example")


@dataclass
class SyncWorld:
    """An import world whose customers are linked."""

    imports: ImportWorld

    @property
    def portal_id(self) -> uuid.UUID:
        return self.imports.portal_id

    @property
    def connection_id(self) -> uuid.UUID:
        return self.imports.connection_id

    @property
    def theirs(self):
        return self.imports.theirs

    def linked(self, *names: str, people: tuple[ContactData, ...] = (ANNA, BO), **fields: str):
        """Import customers of some names, each with these people; return their ids on both sides."""
        ids = [self.imports.there(name, *people, **fields) for name in names]
        self.imports.mirror()
        self.imports.carry_out(self.imports.confirmed(ids))
        self.look()
        self.theirs.calls.clear()
        links = {link.their_id: link.our_id for link in self.imports.links()}
        return [(links[their_id], their_id) for their_id in ids]

    def look(self, *, interactive: bool = False) -> None:
        """Look until nothing is due."""
        refresh_all(self.connection_id) if not interactive else look(self.connection_id, interactive=True)
        db.session.rollback()
        db.session.expire_all()

    def poll(self) -> None:
        """Let the provider be polled, and look until nothing is due."""
        poll(self.connection_id)

    def census(self) -> None:
        """Let everything be read, and look until nothing is due."""
        census(self.connection_id)

    @contextmanager
    def editing(self):
        """Write the portal as a person does."""
        directory = PortalDirectory(self.portal_id)
        yield directory
        directory.flush()
        db.session.commit()
        announce_due(self.connection_id, interactive=True)

    def edit(self, our_id: uuid.UUID, **changes: object) -> None:
        """Edit a customer here."""
        with self.editing() as directory:
            directory.update_customer(str(our_id), changes)
            told = [
                EntryData(
                    kind="customer", record_id=our_id, customer_id=our_id, action="changed", field=field
                )
                for field in changes
            ]
            actor = str(self.imports.place.user_id)
            history.add(self.portal_id, told, actor=actor, run_id=None)

    def edit_behind(self, our_id: uuid.UUID, **changes: object) -> None:
        """Edit a customer here over another database connection, as a person does meanwhile."""
        columns = ", ".join(f"{name} = :{name}" for name in changes)
        with db.engine.begin() as other:
            other.execute(text("SELECT set_config('tandem.portal', '*', true)"))
            edited = text(f"UPDATE customer SET {columns}, version = version + 1 WHERE id = :id")
            other.execute(edited, {**changes, "id": our_id})

    def edit_there(self, their_id: str, **changes: object) -> None:
        """Edit a customer there."""
        with self.theirs.behind():
            self.theirs.update_customer(their_id, changes)

    def there(self, their_id: str):
        """Read a customer there."""
        with self.theirs.behind():
            return self.theirs.customer(their_id)

    def here(self, our_id: uuid.UUID) -> Customer:
        """Read a customer here, binned ones too."""
        db.session.rollback()
        return db.session.get_one(Customer, (self.portal_id, our_id), populate_existing=True)

    def person(self, our_id: uuid.UUID, first_name: str) -> Contact:
        """Find a live contact of a customer here by its first name."""
        return next(each for each in self.imports.people(our_id) if each.first_name == first_name)

    def person_there(self, their_id: str, first_name: str):
        """Find a contact of a customer there by its first name."""
        return next(each for each in self.there(their_id).contacts if each.data.first_name == first_name)

    def first_names(self, our_id: uuid.UUID) -> list[str]:
        """List who is here, by first name."""
        db.session.rollback()
        return sorted(each.first_name or "" for each in self.imports.people(our_id))

    def first_names_there(self, their_id: str) -> list[str]:
        """List who is there, by first name."""
        return sorted(each.data.first_name or "" for each in self.there(their_id).contacts)

    def written(self) -> list[str]:
        """Name the writing calls that were made to the provider."""
        return [call.name for call in self.theirs.calls if call.writes]

    def called(self) -> list[str]:
        """Name all calls that were made to the provider."""
        return [call.name for call in self.theirs.calls]

    def due(self) -> list[uuid.UUID]:
        """List customers whose links are due."""
        db.session.rollback()
        query = db.select(Link.our_id).where(
            Link.connection_id == self.connection_id, Link.kind == "customer", Link.due_at.is_not(None)
        )
        return list(db.session.scalars(query))

    def link(self, our_id: uuid.UUID) -> Link:
        """Read a link of a record here."""
        db.session.rollback()
        query = db.select(Link).where(Link.connection_id == self.connection_id, Link.our_id == our_id)
        return db.session.scalars(query.execution_options(populate_existing=True)).one()

    def conflicts(self) -> list[Conflict]:
        """List the conflicts by field."""
        db.session.rollback()
        db.session.expire_all()
        query = db.select(Conflict).where(Conflict.connection_id == self.connection_id)
        return list(db.session.scalars(query.order_by(Conflict.field)))

    def problems(self) -> list[Problem]:
        """List the problems by what they ask."""
        db.session.rollback()
        db.session.expire_all()
        query = db.select(Problem).where(Problem.connection_id == self.connection_id)
        return list(db.session.scalars(query.order_by(Problem.question)))

    def runs(self) -> list[Run]:
        """List the runs of passes, oldest first."""
        db.session.rollback()
        db.session.expire_all()
        query = db.select(Run).where(Run.connection_id == self.connection_id, Run.kind == "sync")
        return list(db.session.scalars(query.order_by(Run.number)))

    def told(self, our_id: uuid.UUID) -> list[HistoryEntry]:
        """List the history of a customer and its people, oldest first."""
        db.session.rollback()
        query = db.select(HistoryEntry).where(HistoryEntry.customer_id == our_id)
        return list(db.session.scalars(query.order_by(HistoryEntry.id)))

    def connection(self):
        """Read the connection anew."""
        return connection(self.connection_id)
