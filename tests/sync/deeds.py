"""What people do on either side, between two passes or during one. Three small numbers say who and what.

Nobody writes a value back to what it was when both sides last agreed: comparing values cannot tell that from
no edit at all, and nothing needs to be told then.
"""

from __future__ import annotations

from tests.sync.house import House
from webapp.sdk import ContactData, ContactRecord, CustomerDetail
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.link import Side

SIDES: tuple[Side, Side] = ("ours", "theirs")
CONTACT_FIELDS = ("last_name", "phone", "mobile", "email", "designation")
CUSTOMER_FIELDS = ("website", "company_name", "name")


def add(house: House, a: int, b: int, c: int) -> None:
    """Somebody adds a person on one side."""
    _add(house, SIDES[a % 2], b, house.person())


def add_on_both(house: House, a: int, b: int, c: int) -> None:
    """The same person, told by the e-mail, is added on both sides of a customer."""
    both = house.person()
    if detail := house.customer("ours", a):
        their_id = house.tables.customers()[detail.customer.id]
        if house.read("theirs", their_id):
            for side, customer_id in zip(SIDES, (detail.customer.id, their_id), strict=True):
                with house.behind(side) as directory:
                    directory.create_contact(customer_id, both)


def edit(house: House, a: int, b: int, c: int) -> None:
    """Somebody edits a field of a person."""
    side = SIDES[a % 2]
    if contact := house.contact(side, b):
        name = CONTACT_FIELDS[(a // 2 + c) % len(CONTACT_FIELDS)]
        value = _value(house, side, contact.id, name, c)
        with house.behind(side) as directory:
            directory.update_contact(contact.customer_id, contact.id, {name: value})


def edit_customer(house: House, a: int, b: int, c: int) -> None:
    """Somebody edits a field of a customer."""
    side = SIDES[a % 2]
    if detail := house.customer(side, b):
        name = CUSTOMER_FIELDS[(a // 2) % len(CUSTOMER_FIELDS)]
        value = _value(house, side, detail.customer.id, name, 0 if name == "name" else c)
        with house.behind(side) as directory:
            directory.update_customer(detail.customer.id, {name: value})


def activate(house: House, a: int, b: int, c: int) -> None:
    """Somebody marks a customer inactive, or active again."""
    side = SIDES[a % 2]
    detail = house.customer(side, b)
    if detail and detail.customer.data.active is house.agreed(side, detail.customer.id).get("active"):
        with house.behind(side) as directory:
            directory.update_customer(detail.customer.id, {"active": not detail.customer.data.active})


def make_primary(house: House, a: int, b: int, c: int) -> None:
    """Somebody lets another person be the primary one."""
    side = SIDES[a % 2]
    if contact := house.contact(side, b):
        with house.behind(side) as directory:
            directory.update_contact(contact.customer_id, contact.id, {"primary": True})


def drop(house: House, a: int, b: int, c: int) -> None:
    """Somebody deletes a person."""
    if contact := house.contact(SIDES[a % 2], b):
        _drop(house, SIDES[a % 2], contact)


def drop_customer(house: House, a: int, b: int, c: int) -> None:
    """Somebody deletes a customer with its persons; the provider keeps one with transactions."""
    side = SIDES[a % 2]
    detail = house.customer(side, b)
    if detail and detail.customer.id not in house.theirs.transactions:
        _drop_customer(house, side, detail)


def drop_all(house: House, a: int, b: int, c: int) -> None:
    """Somebody deletes everybody on one side."""
    for detail in house.customers(SIDES[a % 2]):
        for contact in detail.contacts:
            _drop(house, SIDES[a % 2], contact)


def restore(house: House, a: int, b: int, c: int) -> None:
    """Somebody takes a person or a customer out of the bin here."""
    living = {detail.customer.id for detail in house.customers("ours")}
    people = [row for our_id in living for row in house.ours.binned_contacts(our_id)]
    binned = sorted(house.tables.customers().keys() & house.ours.binned().keys())
    with house.behind("ours") as directory:
        if binned and a % 2:
            directory.restore_customer(binned[b % len(binned)])
        elif people:
            contact = sorted(people, key=lambda row: row.id)[b % len(people)]
            if not _has_come_back(directory, contact):
                directory.restore_contact(contact.customer_id, contact.id)


def transact(house: House, a: int, b: int, c: int) -> None:
    """A customer there gets transactions, or loses them again."""
    if detail := house.customer("theirs", b):
        house.theirs.transactions ^= {detail.customer.id}


def merge_there(house: House, a: int, b: int, c: int) -> None:
    """Somebody at the provider lets one customer take in another."""
    swallowed, survivor = house.customer("theirs", a), house.customer("theirs", b)
    if swallowed and survivor and swallowed.customer.id != survivor.customer.id:
        with house.behind("theirs") as directory:
            directory.merge_customers(swallowed.customer.id, survivor.customer.id)
        house.witness.swallow(swallowed.customer.id, house.own_people(swallowed))


def merge_here(house: House, a: int, b: int, c: int) -> None:
    """Somebody here lets one customer take in another: to it, as many persons are new."""
    swallowed, survivor = house.customer("ours", a), house.customer("ours", b)
    if swallowed and survivor and swallowed.customer.id != survivor.customer.id:
        _drop_customer(house, "ours", swallowed)
        with house.behind("ours") as directory:
            for _ in swallowed.contacts:
                directory.create_contact(survivor.customer.id, house.person())


def bring(house: House, a: int, b: int, c: int) -> None:
    """Somebody imports a customer of the provider; there are never many."""
    if len(house.customers("theirs")) < 3:
        house.bring(1 + b % 2)


def _add(house: House, side: Side, which: int, data: ContactData) -> None:
    if detail := house.customer(side, which):
        with house.behind(side) as directory:
            directory.create_contact(detail.customer.id, data)


def _drop(house: House, side: Side, contact: ContactRecord) -> None:
    house.witness.dropped.add(contact.data.department or "")
    with house.behind(side) as directory:
        directory.delete_contact(contact.customer_id, contact.id)


def _drop_customer(house: House, side: Side, detail: CustomerDetail) -> None:
    house.witness.drop_customer(side, detail)
    with house.behind(side) as directory:
        directory.delete_customer(detail.customer.id)


def _has_come_back(directory: MemoryDirectory, contact: ContactRecord) -> bool:
    living = directory.customer(contact.customer_id).contacts
    return contact.data.department in {row.data.department for row in living}


def _value(house: House, side: Side, record_id: str, name: str, style: int) -> str:
    """Return a new value: as it comes, with what a mapping loses, too long, or blank."""
    if style % 4 == 3 and house.agreed(side, record_id).get(name):
        return ""
    new = house.new()
    return (new, f" {new} ", f"{new} Long And With Capitals", new)[style % 4]
