"""What people do on either side of a portal with real tables and the sandbox, and what they decide."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from sandbox.errors import ZohoError
from sandbox.records import Person
from tests.services.real_house import RealHouse
from webapp.extensions import db
from webapp.services import bin, deciding, deleting, editing, merge_choices, merging, settling, sync_settings
from webapp.services.errors import ServiceError
from webapp.services.problems import ProblemRow, every_row
from webapp.services.typed import Form
from webapp.store import conflict_list, problem_list
from webapp.store.columns import now
from webapp.store.customers import Contact, Customer
from webapp.sync.link import Side

CONTACT_FIELDS = ("last_name", "mobile", "email", "designation")
CUSTOMER_FIELDS = ("website", "company_name", "name")
SIDES: tuple[Side, Side] = ("ours", "theirs")
MONTH = timedelta(days=31)
T = TypeVar("T")
NAMES_THERE = {"name": "contact_name"}


def add(house: RealHouse) -> None:
    """Somebody adds a person on one side."""
    person = house.person()
    if _at_home(house):
        if customer := _one_of(house, house.sides.customers()):
            editing.add_contact(house.place.portal_id, customer.id, house.place.user_id, person)
            return
    elif contact := _one_of(house, house.sides.customers_there()):
        house.order("create_person", contact_id=contact.id, fields=person)
        return
    house.witness.tags.discard(person["department"])


def edit(house: RealHouse) -> None:
    """Somebody edits a field of a person."""
    name = house.chance.choice(CONTACT_FIELDS)
    value = _value(house, name)
    if _at_home(house):
        if person := _one_of(house, house.sides.people()):
            where = house.place.portal_id, person.customer_id, person.id, house.place.user_id
            editing.edit_contact(*where, _form(person, name, value))
    elif there := _one_of(house, _persons(house)):
        house.order("update_person", contact_person_id=there.id, fields={name: value})


def edit_customer(house: RealHouse) -> None:
    """Somebody edits a field of a customer."""
    name = house.chance.choice(CUSTOMER_FIELDS)
    value = house.new() if name == "name" else _value(house, name)
    if _at_home(house):
        if customer := _one_of(house, house.sides.customers()):
            where = house.place.portal_id, customer.id, house.place.user_id
            editing.edit_customer(*where, _form(customer, name, value))
    elif contact := _one_of(house, house.sides.customers_there()):
        fields = {NAMES_THERE.get(name, name): value}
        house.order("update_contact", contact_id=contact.id, fields=fields)


def activate(house: RealHouse) -> None:
    """Somebody marks a customer inactive, or active again."""
    if _at_home(house):
        if customer := _one_of(house, house.sides.customers()):
            where = house.place.portal_id, customer.id, house.place.user_id
            editing.set_active(*where, active=not customer.active)
    elif contact := _one_of(house, house.sides.customers_there()):
        status = "inactive" if contact.status == "active" else "active"
        house.order("set_status", contact_id=contact.id, status=status)


def make_primary(house: RealHouse) -> None:
    """Somebody lets another person be the primary one."""
    if _at_home(house):
        if person := _one_of(house, house.sides.people()):
            place = house.place
            editing.make_primary(place.portal_id, person.customer_id, person.id, place.user_id)
    elif there := _one_of(house, _persons(house)):
        house.order("mark_primary", contact_person_id=there.id)


def drop(house: RealHouse) -> None:
    """Somebody deletes a person."""
    if _at_home(house):
        if person := _one_of(house, house.sides.people()):
            _drop_here(house, person)
    elif there := _one_of(house, _persons(house)):
        house.witness.dropped.add(there.department)
        house.order("delete_person", contact_person_id=there.id)


def drop_all(house: RealHouse) -> None:
    """Somebody deletes everybody on one side: more than goes unasked."""
    if _at_home(house):
        for person in house.sides.people():
            _drop_here(house, person)
    else:
        for there in _persons(house):
            house.witness.dropped.add(there.department)
            house.order("delete_person", contact_person_id=there.id)


def drop_customer(house: RealHouse) -> None:
    """Somebody deletes a customer with its persons; the provider keeps one with transactions."""
    place = house.place
    if _at_home(house):
        if customer := _one_of(house, house.sides.customers()):
            _note_people(house, customer.id)
            deleting.delete_customer(place.portal_id, customer.id, place.user_id, version=customer.version)
    elif contact := _one_of(house, house.sides.customers_there()):
        with suppress(ZohoError):
            house.order("delete_contact", contact_id=contact.id)
            house.witness.dropped |= {person.department for person in contact.persons}


def restore(house: RealHouse) -> None:
    """Somebody takes a person or a customer out of the bin here."""
    place = house.place
    lying = Customer.portal_id == place.portal_id, Customer.deleted_at.is_not(None)
    customers = [f"customer:{each}" for each in db.session.scalars(db.select(Customer.id).where(*lying))]
    people = [f"contact:{each.id}" for each in house.sides.people(binned=True)]
    if key := _one_of(house, customers if house.chance.random() < 0.3 else people):
        bin.restore(place.portal_id, [key], place.user_id)


def purge(house: RealHouse) -> None:
    """Somebody erases what lies in the bin, or a month goes by; what has yet to travel stays."""
    place = house.place
    if house.chance.random() < 0.5:
        bin.purge(now() + MONTH)
    elif person := _one_of(house, house.sides.people(binned=True)):
        with suppress(ServiceError):
            bin.erase(place.portal_id, [f"contact:{person.id}"], place.user_id)
    db.session.rollback()


def transact(house: RealHouse) -> None:
    """A customer there gets transactions, or loses them again."""
    if contact := _one_of(house, house.sides.customers_there()):
        fields = {"has_transaction": not contact.has_transaction}
        house.order("update_contact", contact_id=contact.id, fields=fields)


def merge_there(house: RealHouse) -> None:
    """Somebody at the provider lets one customer take in another."""
    if len(house.sides.customers_there()) > 1:
        one, other = house.chance.sample(house.sides.customers_there(), 2)
        house.order("merge_contact", contact_id=one.id, into_contact_id=other.id)


def merge_here(house: RealHouse) -> None:
    """Somebody here lets one customer take in another, with its persons."""
    place = house.place
    if len(house.sides.customers()) > 1:
        one, other = (each.id for each in house.chance.sample(house.sides.customers(), 2))
        with suppress(ServiceError):
            seen = merge_choices.plan(place.portal_id, one, other, {}).seen
            merging.merge(place.portal_id, one, other, {}, seen, place.user_id)
        db.session.rollback()


def bring(house: RealHouse) -> None:
    """Somebody imports a customer of the provider; there are never many."""
    if len(house.sides.customers_there()) < 4:
        house.bring(1 + house.chance.randrange(3))


def release(house: RealHouse) -> None:
    """Somebody has looked at what the brake holds, and lets it go on, or keeps it."""
    house.release(keep=house.chance.random() < 0.3)


def change_rule(house: RealHouse) -> None:
    """Somebody says who wins from now on."""
    place = house.place.portal_id, house.connection_id
    seen = sync_settings.settings(*place).seen
    rule = house.chance.choice(sync_settings.RULES)
    sync_settings.save(*place, minutes="5", rule=rule, seen=seen, user_id=house.place.user_id)


def decide(house: RealHouse) -> None:
    """Somebody decides the conflicts and problems there are."""
    place, wanted = house.place, conflict_list.Wanted()
    count = sum(conflict_list.counts(place.portal_id, wanted).values())
    winner = house.chance.choice(SIDES)
    if count:
        settling.settle_all(place.portal_id, wanted, winner, place.user_id, count=count)
    for row in list(every_row(place.portal_id, problem_list.Wanted())):
        with suppress(ServiceError):
            _answer(house, row)
        db.session.rollback()


def _answer(house: RealHouse, row: ProblemRow) -> None:
    place, seen = house.place, row.seen
    named = place.portal_id, row.id
    by = place.user_id
    if row.question == "failed":
        deciding.retry(place.portal_id, [row.id], by)
    elif row.question == "held":
        made = [each for each in row.candidates if each.name == row.name]
        (
            deciding.adopt(*named, made[0].their_id, by, seen=seen)
            if made
            else deciding.create_there(*named, by, seen=seen)
        )
    elif row.question == "restored":
        deciding.leave_unlinked(*named, by, seen=seen)
    elif row.question == "cannot be deleted there":
        house.chance.choice((deciding.restore_here, deciding.mark_inactive))(*named, by, seen=seen)
    elif row.candidates and house.chance.random() < 0.5:
        deciding.relink(*named, row.candidates[0].their_id, by, seen=seen)
    elif house.chance.random() < 0.5:
        deciding.unlink(*named, by, seen=seen)
    elif row.customer_id is not None:
        _note_people(house, row.customer_id)
        deciding.delete_here(*named, by, seen=seen)


def _drop_here(house: RealHouse, person: Contact) -> None:
    house.witness.dropped.add(person.department or "")
    place, where = house.place, (person.customer_id, person.id)
    deleting.delete_contact(place.portal_id, *where, place.user_id, version=person.version)


def _note_people(house: RealHouse, customer_id: uuid.UUID) -> None:
    house.witness.dropped |= {
        each.department or "" for each in house.sides.people() if each.customer_id == customer_id
    }


def _persons(house: RealHouse) -> list[Person]:
    return [person for contact in house.sides.customers_there() for person in contact.persons]


def _form(row: Contact | Customer, name: str, value: str) -> Form:
    return Form(version=row.version, seen={name: getattr(row, name)}, typed={name: value})


def _value(house: RealHouse, name: str) -> str:
    """Return a new value, as it comes, or with what a mapping loses, or blank."""
    new = house.new()
    if name == "email":
        return f"{new}@x.example"
    if name == "website":
        return f"https://{new}.example"
    longer = f"{new} 55" if name == "mobile" else f"{new} Long And With Capitals"
    return house.chance.choice((new, new, f" {new} ", longer, ""))


def _at_home(house: RealHouse) -> bool:
    return house.chance.random() < 0.5


def _one_of(house: RealHouse, found: list[T]) -> T | None:
    return house.chance.choice(found) if found else None
