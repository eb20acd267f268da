"""The fields of customers, contacts and projects, and what they hold, as people read them."""

from __future__ import annotations

from flask import Flask

from webapp.sdk import Address, Value

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
    app.jinja_env.filters.update({"field_label": field_label, "written": written})


def field_label(field: str) -> str:
    """Name a field."""
    return LABELS[field]


def written(value: Value) -> str:
    """Write what a field holds in one line; blank and unknown are both nothing to read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Address):
        town = f"{value.postal_code} {value.city}".strip()
        lines = (value.attention, value.street, value.street2, town, value.state, value.country)
        return ", ".join(line for line in lines if line)
    return value or ""
