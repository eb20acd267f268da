"""The fields of customers, contacts and projects, and what they hold, as people read them."""

from __future__ import annotations

from datetime import date

from flask import Flask, g

from webapp.sdk import CUSTOM, Address, CustomField, Value
from webapp.services import custom_fields
from webapp.web.formats import date_of

LABELS = {
    "name": "Name",
    "company_name": "Company name",
    "website": "Website",
    "billing_address": "Billing address",
    "active": "Active",
    "currency": "Currency",
    "salutation": "Salutation",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "mobile": "Mobile",
    "designation": "Designation",
    "department": "Department",
    "primary": "Primary contact",
    "key": "Key",
    "status": "Status",
    "starts_on": "Starts on",
    "ends_on": "Ends on",
    "description": "Description",
}


def bind(app: Flask) -> None:
    """Give the filters to an application's templates."""
    filters = (field_label, field_words, written, own_value, own_options)
    app.jinja_env.filters.update({each.__name__: each for each in filters})


def field_label(field: str) -> str:
    """Name a field; a custom one with its provider, and one that nobody knows any more as it is."""
    if not field.startswith(CUSTOM):
        return LABELS.get(field, field.replace("_", " "))
    return custom_labels().get(field, field.rpartition(".")[2])


def field_words(field: str) -> str:
    """Name a field within a sentence; a custom one is spelt as its provider spells it."""
    label = field_label(field)
    return label if field.startswith(CUSTOM) else label.lower()


def custom_labels() -> dict[str, str]:
    """Return what the portal's custom fields are called, read once; before a file is sent, not meanwhile."""
    if "custom_labels" not in g:
        g.custom_labels = custom_fields.labels(g.portal.id)
    found: dict[str, str] = g.custom_labels
    return found


def written(value: Value) -> str:
    """Write what a field holds in one line; blank and unknown are both nothing to read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Address):
        town = f"{value.postal_code} {value.city}".strip()
        lines = (value.attention, value.street, value.street2, town, value.state, value.country)
        return ", ".join(line for line in lines if line)
    return value or ""


def own_value(value: Value, kind: str) -> str:
    """Write what a custom field holds: a date as the reader is used to it, a number digit by digit."""
    text = written(value)
    return date_of(date.fromisoformat(text)) if kind == "date" and text else text


def own_options(field: CustomField, value: str) -> dict[str, str]:
    """Return what can be chosen of a custom field; what it holds stays among it, offered there or not."""
    offered = {"yes": "Yes", "no": "No"} if field.kind == "yes_no" else {each: each for each in field.choices}
    return {"": "–", **({value: value} if value else {}), **offered}
