"""Scenes of what waits for a person: conflicts, problems and the brake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import insert, select, update

from tests.browser.stage.names import Firm, person
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.store.columns import new_id, now
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.dirty import KEPT
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact
from webapp.store.problems import Problem

FIRMS = (
    Firm("Brückner & Söhne Maschinenbau GmbH", (person("Siobhán", "O’Malley", "siobhan@brueckner.example"),)),
    Firm("株式会社みなと設計", (person("美咲", "佐藤", "sato@minato.example"),)),
    Firm("شركة النور للتجارة", (person("ليلى", "حداد", "layla@alnoor.example", "+971 4 555 0119"),)),
    Firm("O’Malley & Daughters Ltd", (person("Jo", "O’Malley", "jo@omalley.example"),)),
    Firm("Arctic Survey", (person("Kai", "Berg", "kai@arctic.example"),)),
    Firm("Hélène Brûlé", (person("Hélène", "Brûlé", "helene@brule.example"),)),
)
STREET = {"street": "Hafenstraße 12a", "postal_code": "20457", "city": "Hamburg"}


def _portal(profile: str = "Owner") -> tuple[Portal, list[Any], list[str]]:
    portal = Portal.new(profile).connected()
    ours, theirs = portal.here(FIRMS), portal.there(FIRMS)
    portal.link(theirs, ours)
    return portal, ours, theirs


def _rows(portal: Portal, model: Any, rows: list[dict[str, Any]]) -> None:
    place = {"portal_id": portal.id, "connection_id": portal.connection_id}
    for row in rows:
        db.session.execute(insert(model).values({**place, **row}))
    db.session.commit()


def _about(our_id: Any, their_id: str, contact: bool = False) -> dict[str, Any]:
    about = {"customer_id": our_id, "their_customer_id": their_id, "kind": "customer", "our_id": our_id}
    if contact:
        own = db.session.scalar(select(Contact.id).where(Contact.customer_id == our_id))
        return {**about, "kind": "contact", "our_id": own, "their_id": f"{their_id}00"}
    return {**about, "their_id": their_id}


def _contested(
    portal: Portal, about: dict[str, Any], field: str, *values: Any, hours: int = 3
) -> dict[str, Any]:
    ours, theirs, before = values
    moment = now() - timedelta(hours=hours)
    return {
        **about,
        "field": field,
        "ours": ours,
        "theirs": theirs,
        "agreed_ours": before,
        "agreed_theirs": before,
        "ours_at": moment - timedelta(minutes=9),
        "ours_by": str(portal.user_id),
        "theirs_at": moment - timedelta(minutes=25),
        "found_at": moment,
        "run_id": None,
    }


def _conflicts(profile: str = "Owner") -> Portal:
    portal, ours, theirs = _portal(profile)
    address = dict(STREET, street="Hafenstraße 14"), dict(STREET, street="Hafenstraße 12")
    contacts = [_about(*pair, contact=True) for pair in zip(ours, theirs, strict=True)]
    rows = [
        _contested(portal, _about(ours[0], theirs[0]), "billing_address", STREET, *address),
        _contested(portal, contacts[0], "mobile", "+44 7700 900118", "+44 7700 900812", "+44 7700 900005"),
        _contested(
            portal, contacts[0], "designation", "Managing director", "Finance director", "Director", hours=3
        ),
        _contested(portal, contacts[1], "email", "misaki.sato@minato.example", "sato.m@minato.example",
                   "sato@minato.example", hours=30),
        _contested(portal, contacts[2], "phone", "+971 4 555 0119", "", "+971 4 555 0100", hours=80),
        _contested(portal, _about(ours[3], theirs[3]), "active", True, False, None, hours=200),
        _contested(portal, _about(ours[4], theirs[4]), "website", f"https://{'long.' * 30}example",
                   "https://arctic.example", "", hours=300),
    ]  # fmt: skip
    _rows(portal, Conflict, rows)
    return portal


def _asked(about: dict[str, Any], question: str, reason: str, **columns: Any) -> dict[str, Any]:
    moment = now() - timedelta(hours=5)
    return {**about, "id": new_id(), "question": question, "reason": reason, "found_at": moment,
            "last_at": moment, **columns}  # fmt: skip


def _problems(profile: str = "Owner") -> Portal:
    portal, ours, theirs = _portal(profile)
    about = [_about(*pair) for pair in zip(ours, theirs, strict=True)]
    like = portal.there([Firm("Arctic Survey Group", FIRMS[4].people)])
    contact = _about(ours[2], theirs[2], contact=True)
    db.session.execute(update(Customer).where(Customer.id == ours[3]).values(deleted_at=now()))
    rows = [
        _asked(about[0], "failed", "Zoho Books: the e-mail address of a contact is not valid. Mend it here.",
               field="email", attempts=5, parked=True),
        _asked(about[1], "failed", "Zoho Books did not answer.", attempts=2,
               next_try_at=now() + timedelta(minutes=24)),
        _asked(contact, "held", "It cannot be told whether it arrived there before an interruption.",
               survivors=[f"{theirs[2]}00", f"{theirs[1]}00"]),
        _asked(about[3], "cannot be deleted there", "O’Malley & Daughters Ltd has transactions."),
        _asked(about[4], "merged there", "It is gone there; another one is like it.", survivors=like),
        _asked(about[5], "gone there", "It was deleted there and edited here."),
        _asked(about[1], "restored", "It came back out of the bin after it was deleted there."),
    ]  # fmt: skip
    _rows(portal, Problem, rows)
    return portal


def _braked() -> Portal:
    portal = Portal.new().connected()
    firms = [Firm(f"{firm.name} {number}") for number in range(1, 4) for firm in FIRMS]
    ours, theirs = portal.here(firms), portal.there(firms, gone_at=now())
    portal.link(theirs, ours)
    told = {"side": "ours", "kind": "customer", "records": len(firms), "live": 43, "at": now().isoformat()}
    chosen = update(Connection).where(Connection.id == portal.connection_id)
    db.session.execute(chosen.values(brakes=[told]))
    for customer in db.session.scalars(select(Customer).where(Customer.portal_id == portal.id)):
        agreed = {"name": customer.name, "active": True, "billing_address": customer.billing_address}
        link = update(Link).where(Link.our_id == customer.id)
        db.session.execute(link.values(brake="held", agreed_ours=agreed, agreed_theirs=agreed))
    db.session.commit()
    return portal


@scene("conflicts")
def conflicts() -> Shown:
    portal = _conflicts()
    return Shown(portal.address("conflicts/"), portal)


@scene("conflicts, of one field")
def conflicts_of_a_field() -> Shown:
    portal = _conflicts()
    return Shown(portal.address("conflicts/?field=phone"), portal)


@scene("conflicts, found by nobody")
def conflicts_not_found() -> Shown:
    portal = _conflicts()
    return Shown(portal.address("conflicts/?q=nobody"), portal)


@scene("conflicts, none")
def conflicts_none() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address("conflicts/"), portal)


@scene("conflicts, another value that cannot be kept")
def conflicts_another() -> Shown:
    portal = _conflicts()
    for model, value in ((Contact, "misaki.sato@minato.example"), (MirrorContact, "sato.m@minato.example")):
        mine = update(model).where(model.portal_id == portal.id, model.email == "sato@minato.example")
        db.session.execute(mine.values(email=value))
    db.session.commit()
    return Shown(portal.address("conflicts/?field=email"), portal, then=_write_no_address)


@scene("conflicts, another address")
def conflicts_another_address() -> Shown:
    portal = _conflicts()
    return Shown(portal.address("conflicts/?field=billing_address"), portal, then=_open_another)


def _open_another(page: Page) -> None:
    page.get_by_text("Write another value").first.click()


def _write_no_address(page: Page) -> None:
    _open_another(page)
    page.get_by_role("textbox", name="E-mail").fill("misaki.sato")
    page.get_by_role("button", name="Write it on both sides").click()
    page.get_by_text("This is no e-mail address").wait_for()


@scene("problems")
def problems() -> Shown:
    portal = _problems()
    return Shown(portal.address("problems/"), portal)


@scene("problems, leaving a contact apart")
def problems_leaving_apart() -> Shown:
    portal = _problems()
    return Shown(portal.address("problems/"), portal, then=_leave_apart)


def _leave_apart(page: Page) -> None:
    page.get_by_role("button", name="Leave them apart").first.click()


@scene("problems, found by nobody")
def problems_not_found() -> Shown:
    portal = _problems()
    return Shown(portal.address("problems/?q=nobody"), portal)


@scene("problems, none")
def problems_none() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address("problems/"), portal)


@scene("brake")
def brake() -> Shown:
    portal = _braked()
    return Shown(portal.address(f"connections/{portal.connection_id}/brake/"), portal)


@scene("brake, kept by a worker")
def brake_keeping() -> Shown:
    portal = _braked()
    kept = update(Link).where(Link.connection_id == portal.connection_id)
    db.session.execute(kept.values(brake=f"{KEPT}{portal.user_id}"))
    db.session.commit()
    return Shown(portal.address(f"connections/{portal.connection_id}/brake/"), portal)


@scene("brake, off")
def brake_off() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address(f"connections/{portal.connection_id}/brake/"), portal)
