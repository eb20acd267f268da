"""Scenes of one customer: its page in every state, its forms, and what is asked before something goes."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import insert, update

from tests.browser.stage.names import HARD, practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.services import deleting, editing
from webapp.services.typed import Form
from webapp.store.columns import now
from webapp.store.conflicts import Conflict
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.store.mirror import MirrorCustomer
from webapp.store.problems import Problem


def _linked(hard: bool = False, **columns: Any) -> tuple[Portal, uuid.UUID]:
    """Link a customer of several people with its twin at Zoho Books."""
    portal = Portal.new().connected()
    firms = HARD[:1] if hard else [max(practice(20, hard=False), key=lambda firm: len(firm.people))]
    [their_id], [our_id] = portal.there(firms), portal.here(firms)
    portal.link([their_id], [our_id])
    _set(portal, **{"due_at": None, **columns})
    return portal, our_id


def _set(portal: Portal, **columns: Any) -> None:
    db.session.execute(update(Link).where(Link.portal_id == portal.id).values(columns))
    db.session.commit()


def _page(portal: Portal, customer_id: uuid.UUID, rest: str = "", status: int = 200) -> Shown:
    return Shown(portal.address(f"customers/{customer_id}{rest}"), portal, status)


def _people(portal: Portal, customer_id: uuid.UUID) -> list[Contact]:
    query = db.select(Contact).where(Contact.portal_id == portal.id, Contact.customer_id == customer_id)
    return list(db.session.scalars(query.order_by(Contact.primary.desc(), Contact.id)))


@scene("customer, in step")
def in_step() -> Shown:
    return _page(*_linked())


@scene("customer, only here, nobody yet")
def only_here() -> Shown:
    portal = Portal.new()
    [customer_id] = portal.here([replace(practice(1, hard=False)[0], people=())])
    return _page(portal, customer_id)


@scene("customer, travels now")
def travels() -> Shown:
    return _page(*_linked(due_at=now(), edited_here=True))


@scene("customer, waits for a person")
def waits() -> Shown:
    portal, customer_id = _linked()
    link = db.session.scalars(db.select(Link).where(Link.portal_id == portal.id)).one()
    shared = {
        "portal_id": portal.id,
        "connection_id": portal.connection_id,
        "kind": "customer",
        "our_id": customer_id,
        "their_id": link.their_id,
        "customer_id": customer_id,
        "their_customer_id": link.their_id,
    }
    db.session.execute(insert(Conflict).values(field="name", ours="A", theirs="B", **shared))
    db.session.commit()
    return _page(portal, customer_id)


@scene("customer, with a problem")
def problem() -> Shown:
    portal, customer_id = _linked()
    problem = {"kind": "customer", "our_id": customer_id, "customer_id": customer_id, "question": "failed"}
    db.session.execute(
        insert(Problem).values(
            portal_id=portal.id, connection_id=portal.connection_id, parked=True, **problem
        )
    )
    db.session.commit()
    return _page(portal, customer_id)


@scene("customer, address not read, inactive")
def unread() -> Shown:
    portal, customer_id = _linked()
    db.session.execute(
        update(Customer).where(Customer.id == customer_id).values(billing_address=None, active=False)
    )
    db.session.execute(update(MirrorCustomer).values(detail_version=None))
    db.session.commit()
    return _page(portal, customer_id)


@scene("customer, hard to show")
def hard() -> Shown:
    return _page(*_linked(hard=True))


@scene("customer, history of edits")
def edited() -> Shown:
    portal, customer_id = _linked()
    row = db.session.get_one(Customer, (portal.id, customer_id))
    form = Form(
        version=row.version, seen={}, typed={"website": "https://example.org", "company_name": "Acme"}
    )
    editing.edit_customer(portal.id, customer_id, portal.user_id, form)
    person = _people(portal, customer_id)[-1]
    editing.make_primary(portal.id, customer_id, person.id, portal.user_id)
    gone = next(each for each in _people(portal, customer_id) if each.id != person.id)
    deleting.delete_contact(portal.id, customer_id, gone.id, portal.user_id, version=gone.version)
    return _page(portal, customer_id, f"?gone={gone.id}")


@scene("customer, in the bin")
def binned() -> Shown:
    portal, customer_id = _linked()
    version = db.session.get_one(Customer, (portal.id, customer_id)).version
    deleting.delete_customer(portal.id, customer_id, portal.user_id, version=version)
    return _page(portal, customer_id)


@scene("customer form, new")
def new() -> Shown:
    portal = Portal.new()
    return Shown(portal.address("customers/new"), portal)


@scene("customer form, edited")
def edit() -> Shown:
    return _page(*_linked(), "/edit")


@scene("customer form, address not read")
def edit_unread() -> Shown:
    portal, customer_id = _linked()
    db.session.execute(update(Customer).where(Customer.id == customer_id).values(billing_address=None))
    db.session.execute(update(MirrorCustomer).values(detail_version=None))
    db.session.commit()
    return _page(portal, customer_id, "/edit")


@scene("contact form, without a script")
def contact_form() -> Shown:
    portal, customer_id = _linked()
    return _page(portal, customer_id, f"/contacts/{_people(portal, customer_id)[0].id}/edit")


@scene("delete a customer, without a script")
def delete() -> Shown:
    return _page(*_linked(), "/delete")


@scene("delete a contact, without a script")
def delete_contact() -> Shown:
    portal, customer_id = _linked()
    return _page(portal, customer_id, f"/contacts/{_people(portal, customer_id)[0].id}/delete")
