"""The contact person calls of the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from sandbox import errors, person_edits
from sandbox.door import Answer, Visit, endpoint, success
from sandbox.listing import page_context, paging
from sandbox.person_shapes import person_alone, person_row
from sandbox.records import Person
from sandbox.register import fold

persons = Blueprint("persons", __name__)

SAVED = "Contact person's information has been saved."


@endpoint(persons, "GET", "/contacts/contactpersons", "contacts.READ")
def index(visit: Visit) -> Answer:
    """List the persons of the whole organization, vendors' too, by ascending id."""
    if not visit.state.settings.org_wide_persons:
        raise errors.invalid_url()
    found = visit.register.persons_by_id()
    if visit.query.get("contact_id"):
        found = visit.contact(visit.query["contact_id"]).persons
    if visit.query.get("email"):
        email = fold(visit.query["email"])
        found = [person for person in found if fold(person.email) == email]
    page, context = _page(visit, found)
    contacts = visit.register.contacts
    rows = [person_row(visit.organization, contacts[person.contact_id], person) for person in page]
    return success(contact_persons=rows, page_context=context)


@endpoint(persons, "GET", "/contacts/<contact_id>/contactpersons", "contacts.READ")
def of_contact(visit: Visit, contact_id: str) -> Answer:
    """List the persons of one contact."""
    page, context = _page(visit, visit.contact(contact_id).persons)
    return success(contact_persons=[_shown(visit, person) for person in page], page_context=context)


@endpoint(persons, "GET", "/contacts/<contact_id>/contactpersons/<person_id>", "contacts.READ")
def show(visit: Visit, contact_id: str, person_id: str) -> Answer:
    """Show one person of a contact."""
    person = visit.person(person_id)
    if person.contact_id != visit.contact(contact_id).id:
        raise errors.not_found("Contact person")
    return success(contact_person=_shown(visit, person))


@endpoint(persons, "GET", "/contacts/contactpersons/<person_id>", "contacts.READ")
def show_alone(visit: Visit, person_id: str) -> Answer:
    """Show one person without naming its contact."""
    return success(contact_person=_shown(visit, visit.person(person_id)))


@endpoint(persons, "POST", "/contacts/contactpersons", "contacts.CREATE")
def create(visit: Visit) -> Answer:
    """Add a person to the contact named in the body."""
    body = visit.body()
    contact_id = body.get("contact_id")
    if not contact_id:
        raise errors.invalid_value("contact_id")
    person = person_edits.create_person(visit.desk, visit.contact(str(contact_id)), body)
    location = f"/api/v3/contacts/{person.contact_id}/contactpersons/{person.id}"
    return success(SAVED, contact_person=_shown(visit, person)), 201, {"Location": location}


@endpoint(persons, "PUT", "/contacts/contactpersons/<person_id>", "contacts.UPDATE")
def update(visit: Visit, person_id: str) -> Answer:
    """Change what is given of a person."""
    person, body = visit.person(person_id), visit.body()
    if visit.product == "invoice" and "is_primary_contact" in body:
        raise errors.invalid_value("is_primary_contact")
    person_edits.update_person(visit.desk, person, body)
    return success(SAVED, contact_person=_shown(visit, person))


@endpoint(persons, "DELETE", "/contacts/contactpersons/<person_id>", "contacts.DELETE")
def delete(visit: Visit, person_id: str) -> Answer:
    """Delete a person."""
    person_edits.delete_person(visit.desk, visit.person(person_id))
    return success("The contact person has been deleted.")


@endpoint(persons, "POST", "/contacts/contactpersons/<person_id>/primary", "contacts.CREATE")
def mark_primary(visit: Visit, person_id: str) -> Answer:
    """Make a person the primary one; a form must send a JSONString, a call without content needs none."""
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        visit.body()
    person_edits.mark_primary(visit.desk, visit.person(person_id))
    return success("This contact person has been marked as your primary contact person.")


def _page(visit: Visit, found: list[Person]) -> tuple[list[Person], dict[str, Any]]:
    number, size = paging(visit.query)
    context = page_context(number, size, "Contact Persons", has_more=len(found) > number * size)
    order = {"sort_column": "contact_person_id", "sort_order": "A"}
    return found[(number - 1) * size : number * size], {**context, **order}


def _shown(visit: Visit, person: Person) -> dict[str, Any]:
    return person_alone(visit.organization, visit.register.contacts[person.contact_id], person)
