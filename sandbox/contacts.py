"""The contact calls of the API."""

from __future__ import annotations

from flask import Blueprint, request

from sandbox import contact_edits, errors
from sandbox.door import Answer, Visit, endpoint, success
from sandbox.listing import list_contacts
from sandbox.records import Contact
from sandbox.shapes import contact_detail, contact_row

contacts = Blueprint("contacts", __name__)


@endpoint(contacts, "GET", "/contacts", "contacts.READ")
def index(visit: Visit) -> Answer:
    """List contacts."""
    page, context = list_contacts(
        visit.register,
        visit.query,
        visit.product,
        filter_by_modified_time=visit.state.settings.filter_by_modified_time,
    )
    rows = [contact_row(visit.organization, contact, visit.product) for contact in page]
    return success(contacts=rows, page_context=context)


@endpoint(contacts, "POST", "/contacts", "contacts.CREATE")
def create(visit: Visit) -> Answer:
    """Create a contact."""
    return _created(visit, contact_edits.create_contact(visit.desk, visit.body()))


@endpoint(contacts, "PUT", "/contacts", "contacts.UPDATE")
def upsert(visit: Visit) -> Answer:
    """Update, or create, the contact whose custom field has a given unique value."""
    name = request.headers.get("X-Unique-Identifier-Key", "")
    value = request.headers.get("X-Unique-Identifier-Value", "")
    if not name.startswith("cf_") or not value:
        raise errors.invalid_value("X-Unique-Identifier-Key")
    body = visit.body()
    for contact in visit.register.contacts.values():
        if contact.custom_fields.get(name) == value:
            contact_edits.update_contact(visit.desk, contact, body)
            return _updated(visit, contact)
    if request.headers.get("X-Upsert", "").lower() != "true":
        raise errors.not_found("Contact")
    fields = [*(body.get("custom_fields") or []), {"api_name": name, "value": value}]
    return _created(visit, contact_edits.create_contact(visit.desk, {**body, "custom_fields": fields}))


@endpoint(contacts, "GET", "/contacts/<contact_id>", "contacts.READ")
def show(visit: Visit, contact_id: str) -> Answer:
    """Show one contact with its persons."""
    return success(contact=contact_detail(visit.organization, visit.contact(contact_id), visit.product))


@endpoint(contacts, "PUT", "/contacts/<contact_id>", "contacts.UPDATE")
def update(visit: Visit, contact_id: str) -> Answer:
    """Change a contact."""
    contact = visit.contact(contact_id)
    contact_edits.update_contact(visit.desk, contact, visit.body())
    return _updated(visit, contact)


@endpoint(contacts, "DELETE", "/contacts/<contact_id>", "contacts.DELETE")
def delete(visit: Visit, contact_id: str) -> Answer:
    """Delete a contact."""
    contact_edits.delete_contact(visit.desk, visit.contact(contact_id))
    return success("The contact has been deleted.")


@endpoint(contacts, "POST", "/contacts/<contact_id>/active", "contacts.CREATE")
def activate(visit: Visit, contact_id: str) -> Answer:
    """Mark a contact active."""
    return _marked(visit, contact_id, "active")


@endpoint(contacts, "POST", "/contacts/<contact_id>/inactive", "contacts.CREATE")
def deactivate(visit: Visit, contact_id: str) -> Answer:
    """Mark a contact inactive."""
    return _marked(visit, contact_id, "inactive")


def _created(visit: Visit, contact: Contact) -> Answer:
    detail = contact_detail(visit.organization, contact, visit.product)
    location = {"Location": f"/api/v3/contacts/{contact.id}"}
    return success("The contact has been added.", contact=detail), 201, location


def _updated(visit: Visit, contact: Contact) -> Answer:
    detail = contact_detail(visit.organization, contact, visit.product)
    return success("Contact has been updated successfully", contact=detail)


def _marked(visit: Visit, contact_id: str, status: str) -> Answer:
    contact_edits.set_status(visit.desk, visit.contact(contact_id), status)
    return success(f"The contact has been marked as {status}.")
