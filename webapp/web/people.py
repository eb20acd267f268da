"""The contacts of a customer, each edited in its row: by HTMX a row, without script a page of its own."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.services import customers, deleting, editing, history
from webapp.services.errors import Invalid, NotFound
from webapp.services.holding import UNKNOWN, Binned, Touched, contact_fields
from webapp.services.typed import Moved
from webapp.web.customer_page import around, person_answer
from webapp.web.editing import saved_words
from webapp.web.permissions import needs
from webapp.web.render import page, wants_fragment
from webapp.web.typed import CONTACT_TEXTS, Sheet, form_of, refused, typed_texts

blueprint = Blueprint("people", __name__, url_prefix="/p/<portal_key>/customers/<uuid:customer_id>/contacts")


@blueprint.get("/<uuid:contact_id>")
@needs("clients.manage")
def show(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Show a contact in its row, as when an edit is given up."""
    return _answer(customer_id, contact_id)


@blueprint.get("/")
@needs("clients.manage")
def leave(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Give up adding a contact: the place for one, empty again."""
    if not wants_fragment():
        return redirect(url_for("customers.show", customer_id=customer_id))
    return page("customers/contact.html", fragment="place")


@blueprint.get("/new")
@needs("clients.manage")
def new(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form of a new contact."""
    return _form(customer_id, None, Sheet(values={}))


@blueprint.post("/new")
@needs("clients.manage")
def add(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Add a contact."""
    typed = typed_texts(CONTACT_TEXTS)
    try:
        if "restore" in request.form:
            deleting.restore_customer(g.portal.id, customer_id, current_user.id)
        saved = editing.add_contact(g.portal.id, customer_id, current_user.id, typed)
    except (Invalid, Binned) as error:
        return _form(customer_id, None, refused(error, typed, {}))
    return _answer(customer_id, saved.contact_id, *saved_words(saved, "{} is added."), added=True)


@blueprint.get("/<uuid:contact_id>/edit")
@needs("clients.manage")
def edit(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form of a contact."""
    details = customers.detail(g.portal.id, customer_id)
    found = next((each.contact for each in details.contacts if each.contact.id == contact_id), None)
    if found is None:
        raise NotFound(UNKNOWN["contact"])
    values = contact_fields(found)
    return _form(customer_id, contact_id, Sheet(values=values, version=found.version, seen=values))


@blueprint.post("/<uuid:contact_id>/edit")
@needs("clients.manage")
def save(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Save what was changed of a contact; one deleted meanwhile is restored first if that is wanted."""
    typed = typed_texts(CONTACT_TEXTS)
    try:
        form = form_of(typed)
        if "restore" in request.form:
            deleting.restore_customer(g.portal.id, customer_id, current_user.id)
            deleting.restore_contact(g.portal.id, customer_id, contact_id, current_user.id)
        saved = editing.edit_contact(g.portal.id, customer_id, contact_id, current_user.id, form)
    except (Invalid, Moved, Binned) as error:
        shown = refused(error, typed, history.last_changes(g.portal.id, contact_id))
        return _form(customer_id, contact_id, shown)
    return _answer(customer_id, contact_id, *saved_words(saved, "{} is saved."))


@blueprint.post("/<uuid:contact_id>/primary")
@needs("clients.manage")
def make_primary(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Make a contact the primary one."""
    touched = editing.make_primary(g.portal.id, customer_id, contact_id, current_user.id)
    return _answer(customer_id, contact_id, f"{touched.name} is the primary contact.", others=touched.others)


@blueprint.get("/<uuid:contact_id>/delete")
@needs("clients.manage")
def ask(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Say what deleting a contact reaches."""
    reach = deleting.reach(g.portal.id, customer_id, contact_id)
    return page(
        "customers/delete.html",
        fragment="ask",
        reach=reach,
        customer_id=customer_id,
        contact_id=contact_id,
    )


@blueprint.post("/<uuid:contact_id>/delete")
@needs("clients.manage")
def delete(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Put a contact into the bin, and offer to take that back."""
    version = request.form.get("version", 0, type=int)
    gone = deleting.delete_contact(g.portal.id, customer_id, contact_id, current_user.id, version=version)
    return _deleted(customer_id, contact_id, gone)


@blueprint.post("/<uuid:contact_id>/restore")
@needs("clients.manage")
def restore(customer_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    """Take a contact out of the bin."""
    name = deleting.restore_contact(g.portal.id, customer_id, contact_id, current_user.id)
    return _answer(customer_id, contact_id, f"{name or 'The contact'} is here again.")


def _answer(
    customer_id: uuid.UUID,
    contact_id: uuid.UUID | None,
    *said: str,
    others: tuple[uuid.UUID, ...] = (),
    added: bool = False,
) -> ResponseReturnValue:
    """Answer with a contact's row, or lead to it on the customer's page."""
    if wants_fragment():
        return person_answer(
            customer_id, contact_id, "row", others=others, said=said, added=added, focus=True
        )
    for words in said:
        flash(words)
    return redirect(url_for("customers.show", customer_id=customer_id, _anchor=f"p-{contact_id}"), 303)


def _deleted(customer_id: uuid.UUID, contact_id: uuid.UUID, gone: Touched) -> ResponseReturnValue:
    if wants_fragment():
        shown: dict[str, Any] = {"gone": gone.name, "gone_id": contact_id}
        return person_answer(customer_id, None, "gone", others=gone.others, **shown)
    return redirect(
        url_for("customers.show", customer_id=customer_id, gone=contact_id, _anchor="people"), 303
    )


def _form(customer_id: uuid.UUID, contact_id: uuid.UUID | None, sheet: Sheet) -> ResponseReturnValue:
    where: dict[str, Any] = {"customer_id": customer_id, "contact_id": contact_id, "sheet": sheet}
    if sheet.binned is not None and sheet.binned.kind == "customer":
        return page("customers/contact.html", fragment="form", status=sheet.status, **where)
    context = around(customers.detail(g.portal.id, customer_id))
    return page("customers/contact.html", fragment="form", status=sheet.status, **context, **where)
