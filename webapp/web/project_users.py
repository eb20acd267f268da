"""The users of a project: who of the portal works on it, and the customers it is for with their people."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.sdk import Address
from webapp.services import connection_views, editing, locales, project_customers, project_members, runs
from webapp.services.editing import PERSON
from webapp.services.errors import Invalid, Refused
from webapp.store.projects import OVER
from webapp.web import notices, summaries
from webapp.web.editing import say_saved
from webapp.web.formats import counted
from webapp.web.frame import frame
from webapp.web.permissions import may, needs
from webapp.web.projects import around
from webapp.web.render import page
from webapp.web.scope import scope
from webapp.web.typed import CONTACT_TEXTS, Sheet, refused, typed_customer, typed_texts

blueprint = Blueprint(
    "project_users", __name__, url_prefix="/p/<portal_key>/projects/<uuid:project_id>/users"
)

TYPES = {"portal": "Portal users", "clients": "Client users"}


@blueprint.get("/")
@needs()
def index() -> ResponseReturnValue:
    """List who works on the project, or whom it is for."""
    return _clients() if request.args.get("type") == "clients" else _members()


@blueprint.get("/members")
@needs("projects")
def choose_members() -> ResponseReturnValue:
    """Offer users of the portal who do not work on the project."""
    q = request.args.get("q", "")
    found = project_members.others(g.portal.id, g.project.id, q)
    return page("projects/add_members.html", fragment="list", found=found, q=q, project=g.project)


@blueprint.post("/members")
@needs("projects")
def add_members() -> ResponseReturnValue:
    """Let users work on the project."""
    added = project_members.add(g.portal.id, g.project.id, _picked(), current_user.id)
    flash(f"{counted(added, 'person', 'people')} added to the project." if added else "Nobody was ticked.")
    return redirect(url_for(".index"), 303)


@blueprint.post("/members/<uuid:user_id>/remove")
@needs("projects")
def remove_member(user_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody work on the project no longer."""
    project_members.take_off(g.portal.id, g.project.id, user_id, current_user.id)
    flash("Removed from the project. The login and the place in the portal stay.")
    return redirect(url_for(".index"), 303)


@blueprint.get("/customers")
@needs("clients.add", standing="clients")
def choose_customers() -> ResponseReturnValue:
    """Offer customers of the portal that are not in the project."""
    return _choice()


@blueprint.post("/customers")
@needs("clients.add", standing="clients")
def add_customers() -> ResponseReturnValue:
    """Have the project be for customers of the portal, too."""
    picked = _picked()
    if not picked:
        return _choice(status=422, error="Nobody is ticked. Choose at least one customer.")
    try:
        done = project_customers.add(g.portal.id, g.project.id, picked, current_user.id)
    except Refused as error:
        return _choice(status=422, error=error.reason)
    flash(" ".join([f"{counted(len(done.added), 'customer')} added to the project.", *done.refused.values()]))
    return redirect(scope().clients, 303)


@blueprint.post("/customers/<uuid:customer_id>/primary")
@needs("clients.add", standing="clients")
def make_primary(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Make a customer the primary one of the project."""
    project_customers.make_primary(g.portal.id, g.project.id, customer_id, current_user.id)
    flash("The primary customer is changed.")
    return redirect(scope().clients, 303)


@blueprint.post("/customers/<uuid:customer_id>/remove")
@needs("clients.add", standing="clients")
def remove_customer(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Have the project be for a customer no longer."""
    heir = project_customers.take_off(g.portal.id, g.project.id, customer_id, current_user.id)
    flash(
        "Removed from the project. The customer and its contacts stay in the portal."
        + (" The one that has been here longest is the primary customer now." if heir else "")
    )
    return redirect(scope().clients, 303)


@blueprint.get("/customers/new")
@needs("clients.add", standing="clients")
def new_customer() -> ResponseReturnValue:
    """Show the form of a customer that is new in the portal."""
    return _customer_form(Sheet(values={"billing_address": Address()}))


@blueprint.post("/customers/new")
@needs("clients.add", standing="clients")
def add_customer() -> ResponseReturnValue:
    """Add a customer to the portal and to the project, with its first contact if one is typed."""
    typed, person = typed_customer(), typed_texts(CONTACT_TEXTS, PERSON)
    typed.pop("currency", None)
    try:
        saved = editing.add_customer(
            g.portal.id,
            current_user.id,
            {"name": "", **typed},
            currency=g.project.currency,
            currencies=locales.currencies(),
            person=person,
            anyway="anyway" in request.form,
            project_id=g.project.id,
        )
    except Invalid as error:
        shown = {**typed, **{PERSON + name: text for name, text in person.items()}}
        return _customer_form(refused(error, shown, {}), error)
    say_saved(saved, "{} is added to the portal and to this project.")
    return redirect(scope().clients, 303)


@blueprint.get("/customers/<uuid:customer_id>/contacts/new")
@needs("clients.add", standing="clients")
def new_contact(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form of a new contact of one of the project's customers."""
    return _contact_form(customer_id, Sheet(values={}))


@blueprint.post("/customers/<uuid:customer_id>/contacts/new")
@needs("clients.add", standing="clients")
def add_contact(customer_id: uuid.UUID) -> ResponseReturnValue:
    """Add a contact to one of the project's customers."""
    project_customers.require(g.portal.id, g.project.id, customer_id)
    typed = typed_texts(CONTACT_TEXTS)
    try:
        saved = editing.add_contact(g.portal.id, customer_id, current_user.id, typed)
    except Invalid as error:
        return _contact_form(customer_id, refused(error, typed, {}))
    say_saved(saved, "{} is added.")
    return redirect(scope().clients, 303)


@blueprint.post("/dismiss")
@needs()
def dismiss() -> ResponseReturnValue:
    """Put away the summary of the last import into the project."""
    finished = runs.unread(g.portal.id, current_user.id, project_id=g.project.id)
    if finished is not None:
        runs.dismiss(finished.run)
    return redirect(scope().clients, 303)


def _members() -> ResponseReturnValue:
    q = request.args.get("q", "")
    everyone = project_members.members(g.portal.id, g.project.id)
    found = project_members.members(g.portal.id, g.project.id, q) if q.strip() else everyone
    customers = project_customers.page(g.portal.id, g.project.id).total
    shown: dict[str, Any] = {"type": "portal", "types": TYPES, "found": found, "q": q}
    return page("projects/members.html", fragment="list", **shown, **around(everyone, customers))


def _clients() -> ResponseReturnValue:
    q = request.args.get("q", "")
    found = project_customers.page(
        g.portal.id, g.project.id, q=q, number=request.args.get("page", 1, type=int)
    )
    total = project_customers.page(g.portal.id, g.project.id).total if q.strip() else found.total
    finished = runs.unread(g.portal.id, current_user.id, project_id=g.project.id)
    if finished is not None:
        notices.shows(finished.run.id)
    views = connection_views.views_of(frame().connections) if may("finance") else ()
    return page(
        "projects/clients.html",
        fragment="list",
        type="clients",
        types=TYPES,
        found=found,
        q=q,
        over=g.project.status in OVER,
        size=project_customers.PAGE_SIZE,
        connections=[view for view in views if view.state == "connected" and view.available],
        finished=finished,
        summaries=summaries,
        **around(project_members.members(g.portal.id, g.project.id), total),
    )


def _choice(*, status: int = 200, error: str = "") -> ResponseReturnValue:
    q = request.values.get("q", "")
    found = project_customers.candidates(g.portal.id, g.project.id, g.project.currency, q)
    shown: dict[str, Any] = {"found": found, "q": q, "error": error, "picked": request.form.getlist("pick")}
    return page("projects/add_customers.html", fragment="list", status=status, project=g.project, **shown)


def _customer_form(sheet: Sheet, error: Exception | None = None) -> ResponseReturnValue:
    namesake = error if isinstance(error, editing.Namesake) else None
    return page(
        "projects/customer.html", status=sheet.status, sheet=sheet, namesake=namesake, project=g.project
    )


def _contact_form(customer_id: uuid.UUID, sheet: Sheet) -> ResponseReturnValue:
    project_customers.require(g.portal.id, g.project.id, customer_id)
    name = project_customers.name_of(g.portal.id, customer_id)
    return page(
        "projects/contact.html",
        status=sheet.status,
        sheet=sheet,
        customer_id=customer_id,
        name=name,
        project=g.project,
    )


def _picked() -> list[uuid.UUID]:
    """Return what is ticked; what names nothing is passed over."""
    found = []
    for text in request.form.getlist("pick"):
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
