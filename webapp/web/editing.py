"""The pages on which a customer is added, edited, and marked active or inactive."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.sdk import Address
from webapp.services import custom_fields, customers, deleting, editing, history, in_step, locales
from webapp.services.customers import CustomerDetails
from webapp.services.editing import PERSON, Saved
from webapp.services.errors import Invalid
from webapp.services.holding import Binned, customer_fields
from webapp.services.typed import Moved
from webapp.web.fields import field_words
from webapp.web.permissions import needs
from webapp.web.render import page
from webapp.web.typed import CONTACT_TEXTS, Sheet, form_of, refused, typed_customer, typed_own, typed_texts

blueprint = Blueprint("editing", __name__, url_prefix="/p/<portal_key>/customers")


@blueprint.get("/new")
@needs("clients.manage")
def new() -> ResponseReturnValue:
    """Show the form of a new customer."""
    return _form(Sheet(values={"billing_address": Address(), "currency": g.portal.currency}))


@blueprint.post("/new")
@needs("clients.manage")
def add() -> ResponseReturnValue:
    """Add a customer, with its first contact if one is typed."""
    typed, person = typed_customer(), typed_texts(CONTACT_TEXTS, PERSON)
    currency = str(typed.pop("currency", ""))
    try:
        saved = editing.add_customer(
            g.portal.id,
            current_user.id,
            {"name": "", **typed},
            currency=currency,
            currencies=locales.currencies(),
            person=person,
            anyway="anyway" in request.form,
        )
    except Invalid as error:
        shown = {**typed, "currency": currency, **{PERSON + name: text for name, text in person.items()}}
        return _form(refused(error, shown, {}), error=error)
    say_saved(saved, "{} is added.")
    return redirect(url_for("customers.show", customer_id=saved.customer_id), 303)


@blueprint.get("/<uuid:customer_id>/edit")
@needs("clients.manage")
def edit(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form of a customer."""
    details = customers.detail(g.portal.id, customer_id)
    values = customer_fields(details.customer)
    answer = _form(Sheet(values=values, version=details.customer.version, seen=values), details=details)
    in_step.want_details(g.portal.id, details.beside)
    return answer


@blueprint.post("/<uuid:customer_id>/edit")
@needs("clients.manage")
def save(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Save what was changed of a customer; one deleted meanwhile is restored first if that is wanted."""
    own = custom_fields.editable(g.portal.id, customer_id)
    typed, anyway = {**typed_customer(), **typed_own(own)}, "anyway" in request.form
    try:
        form = form_of(typed)
        if "restore" in request.form:
            deleting.restore_customer(g.portal.id, customer_id, current_user.id)
        saved = editing.edit_customer(g.portal.id, customer_id, current_user.id, form, anyway=anyway)
    except (Invalid, Moved, Binned) as error:
        shown = refused(error, typed, history.last_changes(g.portal.id, customer_id))
        details = None if shown.binned else customers.detail(g.portal.id, customer_id)
        return _form(shown, details=details, customer_id=customer_id, error=error)
    say_saved(saved, "{} is saved.")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@blueprint.post("/<uuid:customer_id>/active")
@needs("clients.manage")
def activate(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Mark a customer active or inactive."""
    active = request.form.get("active") == "yes"
    editing.set_active(g.portal.id, customer_id, current_user.id, active=active)
    flash("Marked active." if active else "Marked inactive. It is left out of lists unless one asks for it.")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


def say_saved(saved: Saved, words: str) -> None:
    """Say on the next page what came of a save."""
    for told in saved_words(saved, words):
        flash(told)


def saved_words(saved: Saved, words: str) -> tuple[str, ...]:
    """Say what came of a save, what others changed meanwhile, and what is odd about it."""
    told = [words.format(saved.name or "The contact")]
    if saved.meanwhile:
        fields = ", ".join(field_words(name) for name in saved.meanwhile)
        told.append(f"Somebody else changed {fields} meanwhile; that is kept too.")
    return (*told, *saved.warnings)


def _form(
    sheet: Sheet,
    *,
    details: CustomerDetails | None = None,
    customer_id: uuid.UUID | None = None,
    error: Exception | None = None,
) -> ResponseReturnValue:
    context: dict[str, Any] = {
        "sheet": sheet,
        "details": details,
        "customer_id": details.customer.id if details else customer_id,
        "namesake": error if isinstance(error, editing.Namesake) else None,
        "currencies": locales.currencies(),
    }
    return page("customers/form.html", status=sheet.status, **context)
