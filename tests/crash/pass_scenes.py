"""Passes to die in: linked customers that were edited here, there, or on both sides, and are due."""

from __future__ import annotations

import uuid
from dataclasses import replace

from sqlalchemy import func, text

from tests.crash.scenes import ANNA, BO, CY, DI, PROVIDER
from tests.import_world import ImportWorld
from tests.mirror_world import refresh_all, set_connection
from webapp.sdk import ContactData, ContactRecord
from webapp.sdk.memory import MemoryDirectory
from webapp.services import deleting, editing, refresh
from webapp.services.typed import Form
from webapp.store.customers import Contact, Customer

Ids = tuple[uuid.UUID, str]
ED = ContactData(first_name="Ed", last_name="Au", phone="040 7777777")


class PassWorld(ImportWorld):
    """An import world in step with its provider, edited as people do on either side."""

    def linked(self, *names: str, people: tuple[ContactData, ...]) -> list[Ids]:
        """Import customers of these names, each with these people; return their ids on both sides."""
        their_ids = [self.there(name, *people) for name in names]
        self.mirror()
        self.carry_out(self.confirmed(their_ids))
        refresh_all(self.connection_id)
        links = {link.their_id: link.our_id for link in self.links()}
        return [(links[their_id], their_id) for their_id in their_ids]

    def type_in(self, our_id: uuid.UUID, **fields: object) -> None:
        """Edit a customer here."""
        row = self._row(our_id)
        shown = {name: getattr(row, name) for name in fields}
        editing.edit_customer(
            self.portal_id, our_id, self._user, Form(version=row.version, seen=shown, typed=fields)
        )

    def type_in_person(self, our_id: uuid.UUID, first_name: str, **fields: object) -> None:
        """Edit a contact here."""
        row = self.person(our_id, first_name)
        form = Form(version=row.version, seen={name: getattr(row, name) for name in fields}, typed=fields)
        editing.edit_contact(self.portal_id, our_id, row.id, self._user, form)

    def add_person(self, our_id: uuid.UUID, person: ContactData) -> None:
        """Add a contact here."""
        told = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
        editing.add_contact(self.portal_id, our_id, self._user, {**told, "phone": person.phone})

    def delete_person(self, our_id: uuid.UUID, first_name: str) -> None:
        """Delete a contact here."""
        row = self.person(our_id, first_name)
        deleting.delete_contact(self.portal_id, our_id, row.id, self._user, version=row.version)

    def make_primary(self, our_id: uuid.UUID, first_name: str) -> None:
        """Make a contact here the primary one."""
        editing.make_primary(self.portal_id, our_id, self.person(our_id, first_name).id, self._user)

    def set_active(self, our_id: uuid.UUID, *, active: bool) -> None:
        """Mark a customer here active or inactive."""
        editing.set_active(self.portal_id, our_id, self._user, active=active)

    def delete(self, our_id: uuid.UUID) -> None:
        """Delete a customer here."""
        deleting.delete_customer(self.portal_id, our_id, self._user, version=self._row(our_id).version)

    def person(self, our_id: uuid.UUID, first_name: str) -> Contact:
        """Find a contact here."""
        return next(each for each in self.people(our_id) if each.first_name == first_name)

    def person_there(self, their_id: str, first_name: str) -> ContactRecord:
        """Find a contact there."""
        people = self.theirs.customer(their_id).contacts
        return next(each for each in people if each.data.first_name == first_name)

    def due(self, *, census: bool = False) -> PassWorld:
        """Let changes be read, as a person may ask, or everything, as at night."""
        if census:
            yesterday = func.now() - text("interval '25 hours'")
            set_connection(self.connection_id, census_started_at=yesterday, next_look_at=func.now())
        refresh.request(self.portal_id, self.connection_id)
        return self

    @property
    def _user(self) -> uuid.UUID:
        return self.place.user_id

    def _row(self, our_id: uuid.UUID) -> Customer:
        return next(each for each in self.customers() if each.id == our_id)


def edited_here() -> PassWorld:
    """Everything that can be done here to one customer, but deleting it, and nothing there."""
    world = PassWorld.new(PROVIDER)
    [(arc, _)] = world.linked("Arc", people=(ANNA, BO, CY))
    world.type_in(arc, website="https://new.example", company_name="Arc AB")
    world.type_in_person(arc, "Anna", last_name="Alto")
    world.delete_person(arc, "Cy")
    world.make_primary(arc, "Bo")
    world.add_person(arc, ED)
    world.set_active(arc, active=False)
    return world.due()


def edited_there() -> PassWorld:
    """Everything that can be done there to one customer, but deleting it, and nothing here."""
    world = PassWorld.new(PROVIDER)
    [(_, arc)] = world.linked("Arc", people=(ANNA, BO, CY))
    with world.theirs.behind() as there:
        there.update_customer(arc, {"name": "Arc & Sons", "active": False})
        _edit_person(world, there, arc, "Anna", last_name="Alto")
        there.delete_contact(arc, world.person_there(arc, "Cy").id)
        there.create_contact(arc, ED)
        _edit_person(world, there, arc, "Bo", primary=True)
    return world.due()


def edited_on_both_sides() -> PassWorld:
    """A conflict, fields that go either way, edits that beat deletes, and people added on both sides."""
    world = PassWorld.new(PROVIDER)
    [(ours, theirs)] = world.linked("Arc", people=(ANNA, BO, CY))
    world.type_in(ours, website="https://here.example", company_name="Arc AB")
    world.type_in_person(ours, "Bo", last_name="Ekman")
    world.delete_person(ours, "Cy")
    world.add_person(ours, ED)
    with world.theirs.behind() as there:
        there.update_customer(theirs, {"website": "https://there.example", "name": "Arc there"})
        there.delete_contact(theirs, world.person_there(theirs, "Bo").id)
        _edit_person(world, there, theirs, "Cy", last_name="Lind")
        there.create_contact(theirs, replace(DI, last_name="Ozu"))
    return world.due()


def deleted_on_either_side() -> PassWorld:
    """Customers deleted here, there, on both sides; one refused, and one that was edited on the other."""
    world = PassWorld.new(PROVIDER)
    ids = world.linked("Arc", "Bee", "Cee", "Dee", "Eff", people=(ANNA,))
    (arc, _), (bee, bee_there), (_, cee), (dee, dee_there), (eff, eff_there) = ids
    for our_id in (arc, bee, dee):
        world.delete(our_id)
    world.type_in(eff, website="https://here.example")
    world.theirs.transactions.add(bee_there)
    with world.theirs.behind() as there:
        there.delete_customer(cee)
        there.update_customer(dee_there, {"website": "https://there.example"})
        there.delete_customer(eff_there)
    return world.due(census=True)


def _edit_person(
    world: PassWorld, there: MemoryDirectory, their_id: str, first_name: str, **changes: str | bool
) -> None:
    there.update_contact(their_id, world.person_there(their_id, first_name).id, changes)


PASSES = (edited_here, edited_there, edited_on_both_sides, deleted_on_either_side)
"""The scenes of a pass after which nothing may differ, wherever it dies."""
