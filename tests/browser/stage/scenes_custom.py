"""Scenes of custom fields: chosen on the page of a connection, shown on a customer, and edited."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import insert, update

from tests.browser.stage.names import practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.sdk import CustomField
from webapp.store.columns import now
from webapp.store.conflicts import Conflict
from webapp.store.customers import Customer
from webapp.store.links import Link

FIELDS = (
    CustomField(key="cf_account", label="Account number", max_length=50, required=True),
    CustomField(key="cf_since", label="Customer since", kind="date"),
    CustomField(key="cf_discount", label="Discount in percent", kind="number"),
    CustomField(key="cf_news", label="Newsletter", kind="yes_no"),
    CustomField(key="cf_tier", label="Service tier", kind="choice", choices=("Basic", "Plus", "Premium")),
    CustomField(key="cf_score", label="Payment score", direction="from_provider"),
    CustomField(key="cf_long", label="Was bei der Rechnungsstellung an diesen Kunden zu beachten ist"),
)
CHOSEN = {
    "cf_account": "both",
    "cf_since": "both",
    "cf_news": "both",
    "cf_tier": "both",
    "cf_score": "from_provider",
}
HELD = {
    "cf_account": "D-10042",
    "cf_since": "2019-04-01",
    "cf_news": True,
    "cf_tier": "Plus",
    "cf_score": "86",
}


def _columns(chosen: dict[str, str], fields: tuple[CustomField, ...] = FIELDS) -> dict[str, Any]:
    return {
        "told": [asdict(each) for each in fields],
        "asked_at": now().isoformat(),
        "chosen": chosen,
        "labels": {each.key: each.label for each in fields},
    }


def _connected(chosen: dict[str, str], **columns: Any) -> Portal:
    return Portal.new().connected(custom_fields=_columns(chosen), **columns)


def _customer(**held: Any) -> tuple[Portal, uuid.UUID]:
    """Link a customer that holds something in custom fields, in two providers."""
    portal = _connected(CHOSEN)
    firms = practice(1, hard=False)
    [our_id] = portal.here(firms)
    portal.link(portal.there(firms), [our_id])
    other = portal.connected("invoice", custom_fields=_columns({"cf_long": "both"}, FIELDS[-1:]))
    other.link(other.there(firms), [our_id])
    values = {f"{portal.connection_id}.{key}": value for key, value in {**HELD, **held}.items()}
    values[f"{other.connection_id}.cf_long"] = "Bitte immer zwei Ausfertigungen, eine an die Zentrale."
    db.session.execute(update(Customer).where(Customer.id == our_id).values(custom_fields=values))
    db.session.execute(update(Link).where(Link.portal_id == portal.id).values(due_at=None))
    db.session.commit()
    return portal, our_id


@scene("custom fields, choosing")
def choosing() -> Shown:
    portal = _connected(CHOSEN)
    return Shown(portal.address(f"connections/{portal.connection_id}/fields"), portal)


@scene("custom fields, none there")
def none_there() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address(f"connections/{portal.connection_id}/fields"), portal)


@scene("connection, custom fields shown")
def connection() -> Shown:
    portal = _connected(CHOSEN)
    return Shown(portal.address(f"connections/{portal.connection_id}"), portal)


@scene("connection, custom fields not shown")
def connection_hidden() -> Shown:
    portal = _connected({})
    return Shown(portal.address(f"connections/{portal.connection_id}"), portal)


@scene("customer, custom fields")
def customer() -> Shown:
    portal, our_id = _customer()
    return Shown(portal.address(f"customers/{our_id}"), portal)


@scene("customer form, custom fields")
def form() -> Shown:
    portal, our_id = _customer(cf_tier="Gold, that is offered no more")
    return Shown(portal.address(f"customers/{our_id}/edit"), portal)


def _contested() -> Portal:
    """Let both sides have changed a custom field."""
    portal, our_id = _customer()
    db.session.execute(
        insert(Conflict).values(
            portal_id=portal.id,
            connection_id=portal.connection_id,
            kind="customer",
            our_id=our_id,
            their_id="2000000",
            their_customer_id="2000000",
            customer_id=our_id,
            field=f"custom.{portal.connection_id}.cf_tier",
            ours="Plus",
            theirs="Premium",
            agreed_ours="Basic",
            agreed_theirs="Basic",
        )
    )
    db.session.commit()
    return portal


@scene("conflicts, of a custom field")
def conflict() -> Shown:
    portal = _contested()
    return Shown(portal.address("conflicts/"), portal)


@scene("conflicts, another value of a custom field")
def another_value() -> Shown:
    portal = _contested()

    def ask(page: Page) -> None:
        page.get_by_text("Write another value").click()

    return Shown(portal.address("conflicts/"), portal, then=ask)


@scene("conflicts, refused by a plugin")
def refused() -> Shown:
    portal = _contested()

    def settle(page: Page) -> None:
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Settle what was chosen").click()
        page.get_by_text("not settled").wait_for()

    return Shown(portal.address("conflicts/"), portal, then=settle, house="a guard")
