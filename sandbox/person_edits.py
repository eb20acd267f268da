"""What may be done to contact persons: create, update, delete, mark as primary, by Zoho's rules."""

from __future__ import annotations

from typing import Any

from sandbox import errors
from sandbox.desk import Desk
from sandbox.records import Contact, Person
from sandbox.validation import boolean, email_free, texts, valid_email

PERSON_LIMITS = {
    "salutation": 25,
    "first_name": 100,
    "last_name": 100,
    "email": 100,
    "phone": 50,
    "mobile": 50,
    "designation": 50,
    "department": 50,
    "skype": 50,
    "fax": 50,
}
Json = dict[str, Any]


def create_person(desk: Desk, contact: Contact, data: Json) -> Person:
    """Add a person to a contact; the first one becomes the primary one."""
    values = person_fields(desk, data)
    if not values.get("first_name"):
        raise errors.invalid_value("first_name")
    email_free(desk, contact, values.get("email", ""))
    person = add_person(desk, contact, values)
    settle_primary(contact)
    _after("create", desk, contact)
    return person


def update_person(desk: Desk, person: Person, data: Json) -> None:
    """Change what is given; a change of nothing leaves every time as it was."""
    values = person_fields(desk, data)
    if values.get("first_name") == "":
        raise errors.invalid_value("first_name")
    contact = desk.register.contacts[person.contact_id]
    email_free(desk, contact, values.get("email", ""), person.id)
    becomes_primary = boolean(data, "is_primary_contact") and contact.primary is not person
    if apply_person(desk, person, values):
        _after("update", desk, contact)
    if becomes_primary:
        mark_primary(desk, person)


def delete_person(desk: Desk, person: Person) -> None:
    """Delete a person; the next one becomes the primary one if need be."""
    contact = desk.register.contacts[person.contact_id]
    contact.persons.remove(person)
    del desk.register.persons[person.id]
    settle_primary(contact)
    _after("delete", desk, contact)


def mark_primary(desk: Desk, person: Person) -> None:
    """Make a person the primary one of its contact."""
    contact = desk.register.contacts[person.contact_id]
    make_primary(contact, person.id)
    _after("primary", desk, contact)


def person_fields(desk: Desk, data: Json) -> Json:
    """Return the checked fields of a person that are given."""
    values: Json = texts(data, PERSON_LIMITS)
    if not valid_email(values.get("email", "")):
        raise errors.invalid_value("email")
    if boolean(data, "enable_portal"):
        if not desk.register.organization.has_portal:
            raise errors.portal_disabled()
        values["in_portal"] = True
    return values


def add_person(desk: Desk, contact: Contact, values: Json) -> Person:
    """Append a person with checked fields to a contact."""
    person = Person(id=desk.next_id(), contact_id=contact.id, created=desk.now, updated=desk.now, **values)
    contact.persons.append(person)
    desk.register.persons[person.id] = person
    return person


def apply_person(desk: Desk, person: Person, values: Json) -> bool:
    """Set checked fields and say whether anything changed."""
    changed = {name: value for name, value in values.items() if getattr(person, name) != value}
    for name, value in changed.items():
        setattr(person, name, value)
    if changed:
        person.updated = desk.now
    return bool(changed)


def make_primary(contact: Contact, person_id: str) -> None:
    """Make the person with this id the primary one."""
    contact.primary_contact_id = person_id


def settle_primary(contact: Contact) -> None:
    """Give a contact that has persons a primary one."""
    if contact.primary is None:
        contact.primary_contact_id = contact.persons[0].id if contact.persons else ""


def _after(write: str, desk: Desk, contact: Contact) -> None:
    desk.comment(contact, f"Contact person: {write}")
    if write in desk.settings.bumping_person_writes:
        contact.modified = desk.now
    desk.register.refile(contact)
