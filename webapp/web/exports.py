"""Exports: what pages list, whole, as CSV and Excel."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, g, request, url_for
from sqlalchemy import Row

from webapp.sdk import Value
from webapp.services import custom_fields, exports, history_pages, runs, ticks
from webapp.services.exports import CustomerLine
from webapp.services.history import HistoryRow
from webapp.services.runs import ItemRow
from webapp.services.ticks import Ticks
from webapp.store.ticks import ListQuery
from webapp.web import history, undoing
from webapp.web.downloads import Column, Kind, download
from webapp.web.fields import LABELS, custom_labels, field_label
from webapp.web.listing import kept_ticks
from webapp.web.permissions import needs
from webapp.web.runs import FILTERS, outcome

blueprint = Blueprint("exports", __name__, url_prefix="/p/<portal_key>")

RUN = (
    Column("No.", "number"),
    Column("Customer", width=36),
    Column("Id there", width=20),
    Column("What came of it", width=18),
    Column("Reason", width=48),
    Column("Contacts", "number"),
    Column("Finished", "time"),
    Column("Address here", width=48),
)

PARTS = ("attention", "street", "street2", "postal_code", "city", "state", "country")

CUSTOMERS = (
    Column("Name", width=36),
    Column("Company name", width=36),
    Column("Active", "yes"),
    Column("Currency", width=10),
    Column("Website", width=30),
    Column("Address: attention"),
    Column("Address: street"),
    Column("Address: street, second line"),
    Column("Address: postal code", width=12),
    Column("Address: city", width=18),
    Column("Address: state", width=18),
    Column("Address: country", width=18),
    Column("Primary contact"),
    Column("E-mail", width=30),
    Column("Phone", width=18),
    Column("Contacts", "number"),
    Column("Linked with", width=18),
    Column("Added", "time"),
    Column("Last changed", "time"),
)

_KINDS: Mapping[str, Kind] = {"yes_no": "yes"}

PERSON = ("salutation", "first_name", "last_name", "email", "phone", "mobile", "designation", "department")

CONTACTS = (
    Column("Customer", width=36),
    *(Column(LABELS[name], width=22) for name in PERSON),
    Column("Primary contact", "yes"),
    Column("Added", "time"),
    Column("Last changed", "time"),
)

HISTORY = (
    Column("When", "time"),
    Column("Who", width=22),
    Column("What", width=14),
    Column("Record", width=30),
    Column("Field", width=18),
    Column("From", width=40),
    Column("To", width=40),
    Column("Gave way", "yes"),
    Column("Run", "number"),
)


@blueprint.get("/runs/<uuid:run_id>/customers.csv")
@needs("finance")
def run_items(run_id: uuid.UUID) -> Response:
    """Download the customers of a run, all or those of a filter, with what came of them and why."""
    run = runs.run(g.portal.id, run_id)
    state = request.args.get("state", "")
    state = state if state in FILTERS or state in undoing.FILTERS else ""
    rows = (_cells(row) for row in runs.all_items(run, state=state, q=request.args.get("q", "")))
    name = f"run-{run.number or 'draft'}{f'-{state}' if state else ''}"
    return download("run", RUN, rows, name=name, run=run.id, filter=state)


@blueprint.get("/client-users/customers.csv")
@needs("clients.manage")
def customers() -> Response:
    """Download the customers that the list shows, or those that are ticked."""
    own = custom_fields.shown_in(g.portal.id)
    columns = [
        Column(f"{each.field.label} ({label})", _KINDS.get(each.field.kind, "text")) for label, each in own
    ]
    keys = [each.key for _, each in own]
    rows = (_customer(line, keys) for line in exports.customers(g.portal.id, _wanted()))
    return download("customers", (*CUSTOMERS, *columns), rows)


@blueprint.get("/client-users/contacts.csv")
@needs("clients.manage")
def contacts() -> Response:
    """Download the contacts of the customers that the list shows, or of those that are ticked."""
    rows = (_contact(name, person) for name, person in exports.contacts(g.portal.id, _wanted()))
    return download("contacts", CONTACTS, rows)


@blueprint.get("/customers/<uuid:customer_id>/history.csv")
@needs("clients.manage")
def past(customer_id: uuid.UUID) -> Response:
    """Download a customer's history, or what of it the page shows."""
    custom_labels()
    rows = (_change(row) for row in history_pages.all_rows(g.portal.id, customer_id, history.asked_query()))
    return download("history", HISTORY, rows, customer=customer_id)


def _wanted() -> ListQuery | Ticks:
    if request.args.get("only") == "ticked":
        return kept_ticks()
    return ticks.query_of(request.args.get("q", ""), request.args.get("filter", ""))


def _customer(line: CustomerLine, own: Sequence[str]) -> tuple[object, ...]:
    row = line.row
    address = row.billing_address or {}
    return (
        row.name,
        row.company_name,
        row.active,
        row.currency,
        row.website,
        *(address.get(part, "") for part in PARTS),
        line.primary,
        line.email,
        line.phone,
        row.people,
        line.linked,
        row.created_at,
        row.updated_at,
        *(_own(row.custom_fields.get(key)) for key in own),
    )


def _own(value: Value) -> Value:
    """Return what a custom field holds; one that is blank holds neither yes nor no."""
    return None if value == "" else value


def _contact(name: str, person: Row[Any]) -> tuple[object, ...]:
    told = (getattr(person, each) for each in PERSON)
    return name, *told, person.primary, person.created_at, person.updated_at


def _change(row: HistoryRow) -> tuple[object, ...]:
    what = history.ACTIONS.get(row.action, row.action)
    field = field_label(row.field) if row.field else ""
    return row.at, row.who, what, row.record, field, row.old, row.new, row.lost, row.run_number


def _cells(row: ItemRow) -> tuple[object, ...]:
    here = url_for("customers.show", customer_id=row.our_id, _external=True) if row.our_id else ""
    return (
        row.position,
        row.name,
        row.their_id,
        outcome(row)[0],
        row.reason,
        row.contacts,
        row.finished_at,
        here,
    )
