"""The control side for people: a small page at /_sandbox/ to look, edit and cause trouble by hand."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox.control import CONTROL
from sandbox.door import state_here
from sandbox.errors import ZohoError, not_found
from sandbox.hand_edits import carry_out, find_organization
from sandbox.listing import list_contacts
from sandbox.person_edits import PERSON_LIMITS
from sandbox.records import Contact
from sandbox.register import fold
from sandbox.state import DEFAULT_CLIENT_ID, State

ROWS = 25
CALLS_SHOWN = 30
CONTACT_FIELDS = ("contact_name", "company_name", "website", "notes")
ADDRESS_FIELDS = ("address", "zip", "city", "country")
PERSON_FIELDS = tuple(name for name in PERSON_LIMITS if name not in ("skype", "fax"))

API_CALLS = r"^/(books|invoice|api)/v3"
LISTS = API_CALLS + r"/contacts(/contactpersons)?$"

TROUBLES: dict[str, tuple[str, dict[str, Any]]] = {
    "busy": (
        "3 calls answer 429",
        {"status": 429, "code": 44, "message": "The limit of calls per minute was exceeded.", "times": 3},
    ),
    "blocked": (
        "Blocked for a minute",
        {
            "status": 429,
            "code": 43,
            "message": "You have been blocked for some time.",
            "headers": {"Retry-After": "60"},
        },
    ),
    "broken": ("3 calls answer 500", {"status": 500, "code": 1000, "times": 3}),
    "html": ("A page instead of JSON", {"status": 502, "body": "<html><h1>Bad Gateway</h1></html>"}),
    "cut": ("An answer cut in the middle", {"cut": "middle"}),
    "lost": ("A write whose answer is lost", {"method": "POST", "after_effect": True, "cut": "before"}),
    "slow": ("5 calls take 3 seconds", {"delay_ms": 3000, "times": 5}),
    "short": (
        "3 lists leave out 50 rows",
        {"method": "GET", "path": LISTS, "short": 50, "times": 3},
    ),
    "blank": (
        "10 lists come back empty",
        {"method": "GET", "path": LISTS, "short": 200, "times": 10},
    ),
    "shift": (
        "Deletes while 3 lists are read",
        {"method": "GET", "path": LISTS, "query": r"\bpage=", "times": 3},
    ),
}

page = Blueprint("page", __name__)


@page.get("/")
def root() -> AnyResponse:
    """Lead people to the page."""
    return redirect(url_for("page.home"))


@page.get(f"{CONTROL}/")
def home() -> Response:
    """Show customers, latest calls and the buttons for trouble."""
    state = state_here()
    with state.lock:
        organization = find_organization(state, request.args.get("organization"))
        search = request.args.get("search", "")[:100]
        query = {"search_text": search, "page": request.args.get("page", "1"), "per_page": str(ROWS)}
        register = state.registers[organization.id]
        contacts, context = list_contacts(register, query, "books", filter_by_modified_time=False)
        return _page(
            "home.html",
            organization=organization,
            search=search,
            contacts=contacts,
            context=context,
            total=len(register.contacts),
            persons=len(register.persons),
            calls=state.calls.latest(CALLS_SHOWN),
            faults=state.faults.waiting(),
            troubles=TROUBLES,
            client=state.tokens.clients[DEFAULT_CLIENT_ID],
        )


@page.get(f"{CONTROL}/contacts/<organization_id>/<contact_id>")
def contact(organization_id: str, contact_id: str) -> Response:
    """Show one contact with its persons, all of it in forms."""
    state = state_here()
    with state.lock:
        organization = find_organization(state, organization_id)
        shown = state.contact(organization.id, contact_id)
        if shown is None:
            raise not_found("Contact")
        return _page(
            "contact.html",
            organization=organization,
            contact=shown,
            others=_others(state, organization.id, shown),
            contact_fields=CONTACT_FIELDS,
            address_fields=ADDRESS_FIELDS,
            person_fields=PERSON_FIELDS,
        )


@page.post(f"{CONTROL}/by-hand/edit")
def edit() -> AnyResponse:
    """Carry out an edit and go on with the contact it was about."""
    order = _order(request.form)
    organization_id = str(order["organization"])
    found = carry_out(state_here(), order)["contact"]
    if found is None:
        return redirect(url_for("page.home", organization=organization_id, said="Deleted."))
    place = {"organization_id": organization_id, "contact_id": found["contact_id"]}
    return redirect(url_for("page.contact", **place, said="Saved, as if done at Zoho."))


@page.post(f"{CONTROL}/by-hand/trouble")
def trouble() -> AnyResponse:
    """Prepare one of the troubles, or drop all."""
    chosen = request.form.get("trouble", "")
    if chosen not in TROUBLES:
        state_here().faults.clear()
        return _home("No trouble is waiting any more.")
    name, fault = TROUBLES[chosen]
    if chosen == "shift":
        order = {"action": "delete_first_customer", "organization": request.form.get("organization", "")}
        fault = {**fault, "edit": order}
    state_here().faults.add({"path": API_CALLS, **fault})
    return _home(f"Prepared for the next calls: {name[:1].lower()}{name[1:]}.")


@page.post(f"{CONTROL}/by-hand/tokens")
def tokens() -> AnyResponse:
    """Let tokens expire, or end them."""
    state = state_here()
    with state.lock:
        if request.form.get("what") == "revoke":
            state.tokens.revoke_all()
            return _home("Every token is revoked: apps must be connected again.")
        state.tokens.expire_all()
    return _home("Every access token is expired: apps must refresh theirs.")


@page.post(f"{CONTROL}/by-hand/reset")
def reset() -> AnyResponse:
    """Start over with the first sample data."""
    state_here().reset()
    return _home("The sandbox is as it was at the start.")


@page.errorhandler(ZohoError)
def refused(error: ZohoError) -> tuple[str, int]:
    """Show what Zoho's rules refuse."""
    return render_template("problem.html", title="That was refused", remedy=error.message), error.status


@page.errorhandler(ValueError)
def misread(error: ValueError) -> tuple[str, int]:
    """Show what cannot be read."""
    return render_template("problem.html", title="That could not be read", remedy=str(error)), 400


def _others(state: State, organization_id: str, contact: Contact) -> list[str]:
    """Name contacts to merge one into: those whose names begin alike, as duplicates do."""
    begins = fold(contact.name)[:3]
    contacts = state.registers[organization_id].contacts.values()
    alike = (each.name for each in contacts if each is not contact and fold(each.name).startswith(begins))
    return sorted(islice(alike, ROWS))


def _page(template: str, **values: Any) -> Response:
    organizations = list(state_here().organizations)
    said = request.args.get("said", "")
    return Response(render_template(template, organizations=organizations, said=said, **values))


def _home(said: str) -> AnyResponse:
    return redirect(url_for("page.home", organization=request.form.get("organization", ""), said=said))


def _order(form: Any) -> dict[str, Any]:
    """Turn form fields into an order: names with a dot become fields, custom ones or of an address."""
    order: dict[str, Any] = {"fields": {}}
    for name, value in form.items():
        first, _, second = name.partition(".")
        if first == "fields":
            order["fields"][second] = value
        elif first == "billing_address":
            order["fields"].setdefault("billing_address", {})[second] = value
        elif first == "custom_fields":
            row = {"api_name": second, "value": value}
            order["fields"].setdefault("custom_fields", []).append(row)
        else:
            order[name] = value
    if "has_transaction" in order["fields"]:
        order["fields"]["has_transaction"] = order["fields"]["has_transaction"] == "yes"
    return order
