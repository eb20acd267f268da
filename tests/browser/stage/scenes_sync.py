"""Scenes of the sync of a connection: in every state, its settings, its drift report and its passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from tests.browser.stage.names import practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.sdk import CONTACT_FIELDS, CUSTOMER_FIELDS
from webapp.services import drift
from webapp.store.columns import new_id, now
from webapp.store.conflicts import Conflict
from webapp.store.connections import Connection
from webapp.store.customers import Contact, Customer
from webapp.store.history import EntryData, add
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.problems import Problem
from webapp.store.runs import Run

CAUSES = ("poll", "edit", "poll", "webhook", "poll", "person")
MOVED = ((0, 5), (1, 1), (14, 3), (0, 26), (2, 7), (0, 0), (1, 4), (5, 0), (2, 2))
OFFERED = {
    "offered": [
        {"id": "20240101", "name": "Nordlicht", "currency": "EUR", "active": True, "calls_per_day": 10_000}
    ]
}


def _linked(count: int = 24, **columns: Any) -> Portal:
    """Connect a portal and link customers that are in step."""
    portal = Portal.new().connected(organizations=OFFERED, **columns)
    firms = practice(count)
    portal.link(portal.there(firms), portal.here(firms))
    _agree(portal)
    return portal


def _agree(portal: Portal) -> None:
    """Let both sides of every customer have agreed on what they hold, and link their people."""
    ours = {
        row.id: row for row in db.session.scalars(select(Customer).where(Customer.portal_id == portal.id))
    }
    theirs = {
        row.their_id: row
        for row in db.session.scalars(select(MirrorCustomer).where(MirrorCustomer.portal_id == portal.id))
    }
    people = select(Contact).where(Contact.portal_id == portal.id).order_by(Contact.id)
    others = (
        select(MirrorContact).where(MirrorContact.portal_id == portal.id).order_by(MirrorContact.their_id)
    )
    here, there = db.session.scalars(people).all(), db.session.scalars(others).all()
    for link in db.session.scalars(select(Link).where(Link.portal_id == portal.id)).all():
        customer, twin = ours[link.our_id], theirs[link.their_id]
        customer.company_name, customer.website, customer.billing_address = (
            twin.company_name,
            twin.website,
            None,
        )
        twin.billing_address, twin.active = None, customer.active
        link.agreed_ours, link.agreed_theirs = (
            _fields(customer, CUSTOMER_FIELDS),
            _fields(twin, CUSTOMER_FIELDS),
        )
        mine = [each for each in here if each.customer_id == link.our_id]
        its = [each for each in there if each.their_customer_id == link.their_id]
        for contact, person in zip(mine, its, strict=True):
            person.primary = contact.primary
            db.session.add(
                Link(
                    portal_id=portal.id,
                    connection_id=link.connection_id,
                    kind="contact",
                    our_id=contact.id,
                    their_id=person.their_id,
                    agreed_ours=_fields(contact, CONTACT_FIELDS),
                    agreed_theirs=_fields(person, CONTACT_FIELDS),
                )
            )
    db.session.flush()
    db.session.execute(update(Link).where(Link.portal_id == portal.id).values(due_at=None, edited_here=False))
    db.session.commit()


def _fields(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def _passes(portal: Portal, count: int = 24, *, running: bool = False) -> list[Any]:
    """Let passes have been made, the last one just now."""
    rows = []
    for number in range(count):
        there, here = MOVED[number % len(MOVED)]
        at = now() - timedelta(minutes=11 * (count - number))
        counts = {
            "looked": here + there,
            "here": here,
            "there": there,
            "conflicts": int(number % 7 == 3),
            "failed": int(number % 11 == 5),
            "open": 0,
            "calls": 1 + there + here // 3,
        }
        over = not running or number < count - 1
        rows.append(
            {
                "portal_id": portal.id,
                "id": new_id(),
                "number": number + 1,
                "connection_id": portal.connection_id,
                "kind": "sync",
                "cause": CAUSES[number % len(CAUSES)],
                "state": "done" if over else "running",
                "counts": counts,
                "created_at": at,
                "started_at": at,
                "confirmed_at": at,
                "finished_at": at + timedelta(seconds=4) if over else None,
            }
        )
    db.session.execute(insert(Run), rows)
    db.session.commit()
    return [row["id"] for row in rows]


def _waiting(portal: Portal) -> None:
    """Let conflicts and problems wait."""
    shared = {"portal_id": portal.id, "connection_id": portal.connection_id}
    for number, customer in enumerate(portal.customers()[:6]):
        about = {
            "our_id": customer.id,
            "customer_id": customer.id,
            "kind": "customer",
            "their_id": str(number),
        }
        if number < 4:
            db.session.add(Conflict(**shared, **about, field="name", ours="A", theirs="B"))
        else:
            reason = "Zoho Books refused the e-mail address: it has no dot after the @."
            db.session.add(
                Problem(**shared, **about, question="failed", parked=True, reason=reason, side="theirs")
            )
    db.session.commit()


def _edit(portal: Portal, count: int) -> None:
    """Edit customers here, so that they wait for their turn."""
    for customer in portal.customers()[:count]:
        customer.name, customer.version = f"{customer.name[:120]} & Co", customer.version + 1
    db.session.commit()


def _page(portal: Portal, rest: str = "") -> Shown:
    return Shown(portal.address(f"connections/{portal.connection_id}{rest}"), portal)


def _put(portal: Portal, **columns: Any) -> None:
    db.session.execute(update(Connection).where(Connection.portal_id == portal.id).values(**columns))
    db.session.commit()


@scene("sync, in step")
def in_step() -> Shown:
    portal = _linked()
    _passes(portal)
    return _page(portal)


@scene("sync, things wait")
def things_wait() -> Shown:
    portal = _linked()
    _passes(portal)
    _waiting(portal)
    return _page(portal)


@scene("sync, under way")
def under_way() -> Shown:
    portal = _linked()
    _passes(portal, running=True)
    _edit(portal, 3)
    return _page(portal)


@scene("sync, paused")
def paused() -> Shown:
    portal = _linked()
    _passes(portal, 3)
    _edit(portal, 5)
    _put(portal, sync_paused_at=now() - timedelta(hours=2), sync_paused_by=portal.user_id)
    return _page(portal)


@scene("sync, held by the brake")
def braked() -> Shown:
    portal = _linked()
    _passes(portal)
    _waiting(portal)
    brake = {"side": "ours", "kind": "customer", "records": 14, "live": 24, "at": now().isoformat()}
    _put(portal, brakes=[brake])
    few = [each.id for each in portal.customers()[:14]]
    db.session.execute(update(Link).where(Link.our_id.in_(few)).values(brake="held", due_at=now()))
    db.session.commit()
    return _page(portal)


@scene("sync, reconnected")
def reconnected() -> Shown:
    portal = _linked()
    _passes(portal, 5)
    _edit(portal, 3)
    _put(portal, held={"why": "reconnected", "at": now().isoformat()})
    return _page(portal)


@scene("sync, reconnected, what a pass would do")
def previewed() -> Shown:
    portal = _linked()
    _edit(portal, 3)
    moved = {"version": "2", "detail_version": "2", "website": "https://new.example"}
    db.session.execute(update(MirrorCustomer).where(MirrorCustomer.portal_id == portal.id).values(**moved))
    gone = portal.customers()[5]
    gone.deleted_at, gone.version = now(), gone.version + 1
    _put(portal, held={"why": "reconnected", "at": now().isoformat()})
    return _page(portal, "/preview")


@scene("sync, restored")
def restored() -> Shown:
    portal = _linked()
    _passes(portal, 5)
    held = {
        "why": "restored",
        "at": now().isoformat(),
        "remembers": (now() - timedelta(hours=30)).isoformat(),
        "known": (now() - timedelta(minutes=20)).isoformat(),
    }
    _put(portal, held=held)
    return _page(portal)


@scene("sync, never")
def never() -> Shown:
    return _page(Portal.new().connected(organizations=OFFERED))


@scene("sync, by days")
def by_days() -> Shown:
    portal = _linked()
    _passes(portal, 400)
    return _page(portal, "?by=days")


@scene("sync, settings")
def settings() -> Shown:
    portal = _linked(8)
    _waiting(portal)
    return _page(portal, "/settings")


@scene("drift, no report")
def no_report() -> Shown:
    return _page(_linked(8), "/drift/")


@scene("drift, nothing differs")
def nothing_differs() -> Shown:
    portal = _linked()
    assert portal.connection_id is not None
    drift.make(portal.id, portal.connection_id, user_id=portal.user_id)
    return _page(portal, "/drift/")


@scene("drift, some")
def some_drift() -> Shown:
    portal = _linked()
    assert portal.connection_id is not None
    _edit(portal, 3)
    moved = update(MirrorContact).where(MirrorContact.portal_id == portal.id, MirrorContact.phone != "")
    db.session.execute(moved.values(phone="+49 30 5550 0199"))
    customer = portal.customers()[7]
    customer.deleted_at = now()
    lonely = portal.customers()[9]
    db.session.add(Contact(portal_id=portal.id, customer_id=lonely.id, first_name="Only", last_name="Here"))
    db.session.commit()
    drift.make(portal.id, portal.connection_id, user_id=portal.user_id)
    return _page(portal, "/drift/")


@scene("run, a pass")
def a_pass() -> Shown:
    portal = _linked()
    run_id = _passes(portal, 3)[-1]
    for customer in portal.customers()[:5]:
        person = db.session.scalars(select(Contact).where(Contact.customer_id == customer.id)).first()
        entries = [
            EntryData(
                kind="customer",
                record_id=customer.id,
                customer_id=customer.id,
                action="changed",
                field="name",
                old="Before",
                new=customer.name,
            )
        ]
        if person is not None:
            entries.append(
                EntryData(
                    kind="contact",
                    record_id=person.id,
                    customer_id=customer.id,
                    action="changed_there",
                    field="phone",
                    old="",
                    new=person.phone,
                )
            )
        add(portal.id, entries, actor=f"provider:{portal.connection_id}", run_id=run_id)
    db.session.commit()
    return Shown(portal.address(f"runs/{run_id}"), portal)


@scene("runs, passes and imports")
def passes_and_imports() -> Shown:
    portal = _linked()
    _passes(portal, 8, running=True)
    return Shown(portal.address("runs/"), portal)
