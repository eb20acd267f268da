"""The call for a contact's history."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from sandbox.door import Answer, Visit, endpoint, success
from sandbox.listing import page_context, paging
from sandbox.records import Comment, Contact

comments = Blueprint("comments", __name__)


@endpoint(comments, "GET", "/contacts/<contact_id>/comments", "contacts.READ")
def index(visit: Visit, contact_id: str) -> Answer:
    """List what happened to a contact, newest first; what came with the sample was added when it was made."""
    contact = visit.contact(contact_id)
    lines = [_shape(visit, contact, line) for line in reversed(_history(visit, contact))]
    number, size = paging(visit.query)
    context = page_context(number, size, "Contact Comments", has_more=len(lines) > number * size)
    return success(contact_comments=lines[(number - 1) * size : number * size], page_context=context)


def _history(visit: Visit, contact: Contact) -> list[Comment]:
    kept = visit.register.comments.get(contact.id, [])
    if kept and kept[0].operation == "added":
        return kept
    return [Comment(str(contact.address_id + 3), contact.created, "Contact added", "added"), *kept]


def _shape(visit: Visit, contact: Contact, line: Comment) -> dict[str, Any]:
    organization = visit.organization
    days = int(visit.state.now() - line.time) // 86_400
    return {
        "comment_id": line.id,
        "contact_id": contact.id,
        "contact_name": contact.name,
        "description": line.description,
        "commented_by_id": organization.user_id,
        "commented_by": organization.user_name,
        "date": organization.local(line.time).strftime("%Y-%m-%d"),
        "date_description": f"{days} days ago" if days else "today",
        "time": organization.local(line.time).strftime("%I:%M %p"),
        "transaction_id": "",
        "transaction_type": "contact",
        "is_entity_deleted": False,
        "operation_type": line.operation,
    }
