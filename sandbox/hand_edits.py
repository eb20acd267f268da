"""Edits as someone at Zoho makes them by hand: by the same rules, but without a call, token or limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox import contact_edits, errors, person_edits
from sandbox.desk import Desk
from sandbox.records import Contact, Organization, Person
from sandbox.shapes import contact_detail
from sandbox.state import State

Json = dict[str, Any]

BOOKKEEPING: dict[str, type | tuple[type, ...]] = {
    "has_transaction": bool,
    "is_overdue": bool,
    "credit_limit_exceeded_amount": (int, float),
    "outstanding_receivable_amount": (int, float),
    "outstanding_payable_amount": (int, float),
    "unused_credits_receivable_amount": (int, float),
    "unused_credits_payable_amount": (int, float),
}


def carry_out(state: State, order: Json) -> Json:
    """Do what an order says and return the contact afterwards, or None where it is gone.

    An order is {"action": …, "organization": id or name, …}: contacts are named by "contact_id" or
    "contact_name", persons by "contact_person_id", new values stand in "fields". Raises ValueError for an
    order that cannot be read and ZohoError for one that Zoho's rules refuse.
    """
    action = ACTIONS.get(str(order.get("action")))
    if action is None:
        raise ValueError(f"action is one of {', '.join(ACTIONS)}.")
    with state.lock:
        organization = find_organization(state, order.get("organization"))
        contact = action(state.desk(organization.id), order)
        state.tell(organization.id)
        shown = contact_detail(organization, contact, "books") if contact else None
    return {"contact": shown}


def find_organization(state: State, given: object) -> Organization:
    """Find an organization by id or name; none given means the default one."""
    if not given:
        return state.default_organization
    for organization in state.organizations:
        if given in (organization.id, organization.name):
            return organization
    raise ValueError(f"There is no organization {given!r}.")


def _create_contact(desk: Desk, order: Json) -> Contact:
    fields = _fields(order)
    books = _bookkeeping(fields)
    contact = contact_edits.create_contact(desk, _with_currency(desk, fields), source="user")
    return _book(desk, contact, books)


def _update_contact(desk: Desk, order: Json) -> Contact:
    contact, fields = _contact(desk, order), _fields(order)
    books = _bookkeeping(fields)
    if fields:
        contact_edits.update_contact(desk, contact, _with_currency(desk, fields))
    return _book(desk, contact, books)


def _delete_contact(desk: Desk, order: Json) -> None:
    contact_edits.delete_contact(desk, _contact(desk, order))


def _delete_all_contacts(desk: Desk, order: Json) -> None:
    desk.register.clear()


def _delete_first_customer(desk: Desk, order: Json) -> None:
    """Delete the oldest customer that can be deleted, as somebody does who tidies up."""
    free = (each for each in desk.register.contacts.values() if not each.has_transaction)
    customers = (each for each in free if each.contact_type == "customer")
    oldest = min(customers, key=lambda each: (each.created, each.id), default=None)
    if oldest is not None:
        contact_edits.delete_contact(desk, oldest)


def _merge_contact(desk: Desk, order: Json) -> Contact:
    contact, survivor = _contact(desk, order), _contact(desk, order, "into_")
    if contact is survivor:
        raise ValueError("A contact cannot be merged into itself.")
    contact_edits.merge_contacts(desk, contact, survivor)
    return survivor


def _set_status(desk: Desk, order: Json) -> Contact:
    status = order.get("status")
    if status not in ("active", "inactive"):
        raise ValueError("status is 'active' or 'inactive'.")
    contact = _contact(desk, order)
    contact_edits.set_status(desk, contact, status)
    return contact


def _create_person(desk: Desk, order: Json) -> Contact:
    contact = _contact(desk, order)
    person_edits.create_person(desk, contact, _fields(order))
    return contact


def _update_person(desk: Desk, order: Json) -> Contact:
    person = _person(desk, order)
    person_edits.update_person(desk, person, _fields(order))
    return desk.register.contacts[person.contact_id]


def _delete_person(desk: Desk, order: Json) -> Contact:
    person = _person(desk, order)
    person_edits.delete_person(desk, person)
    return desk.register.contacts[person.contact_id]


def _mark_primary(desk: Desk, order: Json) -> Contact:
    person = _person(desk, order)
    person_edits.mark_primary(desk, person)
    return desk.register.contacts[person.contact_id]


def _set_time_zone(desk: Desk, order: Json) -> None:
    desk.register.move_to(str(order.get("time_zone")))


ACTIONS: dict[str, Callable[[Desk, Json], Contact | None]] = {
    "create_contact": _create_contact,
    "update_contact": _update_contact,
    "delete_contact": _delete_contact,
    "delete_all_contacts": _delete_all_contacts,
    "delete_first_customer": _delete_first_customer,
    "merge_contact": _merge_contact,
    "set_status": _set_status,
    "create_person": _create_person,
    "update_person": _update_person,
    "delete_person": _delete_person,
    "mark_primary": _mark_primary,
    "set_time_zone": _set_time_zone,
}


def _fields(order: Json) -> Json:
    fields = order.get("fields") or {}
    if not isinstance(fields, dict):
        raise ValueError("fields is an object of field names and values.")
    return dict(fields)


def _bookkeeping(fields: Json) -> Json:
    """Take out what invoices and bills would change; that never moves a contact's time of change."""
    books = {name: fields.pop(name) for name in BOOKKEEPING if name in fields}
    for name, value in books.items():
        if not isinstance(value, BOOKKEEPING[name]):
            raise ValueError(f"{name} cannot be {value!r}.")
    return books


def _book(desk: Desk, contact: Contact, books: Json) -> Contact:
    for name, value in books.items():
        setattr(contact, name, value)
    desk.register.refile(contact)
    return contact


def _with_currency(desk: Desk, fields: Json) -> Json:
    """Let a hand name a currency by its code, as Zoho's own page does."""
    code = fields.pop("currency_code", None)
    if code:
        currency = desk.register.organization.currencies.get(code)
        if currency is None:
            raise errors.unknown_currency()
        fields["currency_id"] = currency.id
    return fields


def _contact(desk: Desk, order: Json, prefix: str = "") -> Contact:
    contact_id, name = order.get(f"{prefix}contact_id"), order.get(f"{prefix}contact_name")
    if not contact_id and not name:
        raise ValueError(f"{prefix}contact_id or {prefix}contact_name says which contact is meant.")
    found = desk.register.contacts.get(str(contact_id)) if contact_id else desk.register.named(str(name))
    if found is None:
        raise errors.not_found("Contact")
    return found


def _person(desk: Desk, order: Json) -> Person:
    person = desk.register.persons.get(str(order.get("contact_person_id")))
    if person is None:
        raise errors.not_found("Contact person")
    return person
