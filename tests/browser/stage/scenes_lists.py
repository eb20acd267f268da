"""Scenes of what concerns many customers or their past: ticked, asked about, in the bin, merged, changed."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, select, update

from tests.browser.stage.names import Firm, person, practice
from tests.browser.stage.portal import Portal
from tests.browser.stage.scenes import Shown, scene
from webapp.extensions import db
from webapp.services import bulk, merge_choices, merging, sessions, ticks
from webapp.services.sessions import SessionData
from webapp.services.ticks import Ticks
from webapp.store import history
from webapp.store.columns import new_id, now
from webapp.store.customers import Contact, Customer
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData
from webapp.store.links import Link
from webapp.store.portals import User
from webapp.store.runs import Run


def _filled(number: int = 24, *, linked: int = 0, hard: bool = True) -> tuple[Portal, list[uuid.UUID]]:
    """Make a connected portal with customers, the first of them linked."""
    portal = Portal.new().connected()
    firms = practice(number, hard=hard)
    ids = portal.here(firms)
    if linked:
        portal.link(portal.there(firms[:linked]), ids[:linked])
    return portal, ids


def _ticking(portal: Portal, ticked: Ticks, undo: bulk.Done | None = None) -> Portal:
    """Let the person have ticked customers, or have something to take back."""
    user = db.session.get_one(User, portal.user_id)
    told = undo and {
        "act": undo.act,
        "customers": undo.customers,
        "contacts": undo.contacts,
        "at": undo.at.isoformat(),
    }
    data = {
        "_user_id": user.fs_uniquifier,
        "_fresh": True,
        "ticks": {portal.key: ticked.to_json()} if ticked else {},
        "undo": {portal.key: told} if told else {},
    }
    return replace(portal, token=sessions.keep(SessionData(user=user, data=data)))


def _all(portal: Portal) -> Ticks:
    return ticks.tick_all(portal.id, Ticks(), ticks.query_of("", ""))


@scene("client users, some ticked")
def some_ticked() -> Shown:
    portal, ids = _filled(linked=6)
    portal = _ticking(portal, Ticks(ids=frozenset(ids[:5])))
    return Shown(portal.address("client-users/"), portal)


@scene("client users, two ticked and not shown")
def two_elsewhere() -> Shown:
    portal, ids = _filled(hard=False)
    portal = _ticking(portal, Ticks(ids=frozenset(ids[:2])))
    return Shown(portal.address("client-users/?filter=inactive"), portal)


@scene("client users, deleted and can be undone")
def can_be_undone() -> Shown:
    portal, ids = _filled(hard=False)
    done = bulk.carry_out(portal.id, Ticks(ids=frozenset(ids[:12])), "delete", 12, portal.user_id)
    return Shown(portal.address("client-users/"), _ticking(portal, Ticks(), done))


@scene("bulk, deleting many that are linked")
def deleting_many() -> Shown:
    portal, _ = _filled(40, linked=30)
    return Shown(portal.address("client-users/selected/action?act=delete"), _ticking(portal, _all(portal)))


@scene("bulk, marking one that is only here")
def marking_one() -> Shown:
    portal, ids = _filled(3, hard=False)
    portal = _ticking(portal, Ticks(ids=frozenset(ids[:1])))
    return Shown(portal.address("client-users/selected/action?act=inactive"), portal)


@scene("bulk, kept back by a plugin")
def kept_back() -> Shown:
    portal, ids = _filled(6, linked=3)
    portal = _ticking(portal, Ticks(ids=frozenset(ids)))
    return Shown(portal.address("client-users/selected/action?act=inactive"), portal, house="a guard")


@scene("bulk, too many")
def too_many() -> Shown:
    portal, ids = _filled(2, hard=False)
    row = db.session.get_one(Customer, (portal.id, ids[0]))
    names = Customer.__table__.columns.keys()
    kept = {name: getattr(row, name) for name in names}
    rows = [{**kept, "id": new_id(), "name": f"Arc {number:05}"} for number in range(bulk.MOST)]
    db.session.execute(insert(Customer), rows)
    db.session.commit()
    return Shown(portal.address("client-users/selected/action?act=delete"), _ticking(portal, _all(portal)))


def _deleted(portal: Portal, *records: tuple[str, uuid.UUID, uuid.UUID], days: int, **told: object) -> None:
    """Let records have been deleted so many days ago."""
    directory = PortalDirectory(portal.id)
    for kind, customer_id, record_id in records:
        if kind == "customer":
            directory.delete_customer(str(customer_id))
        else:
            directory.delete_contact(str(customer_id), str(record_id))
        entry = EntryData(kind=kind, record_id=record_id, customer_id=customer_id, action="deleted")
        history.add(portal.id, [entry], **{"actor": str(portal.user_id), "run_id": None, **told})  # type: ignore[arg-type]
    db.session.flush()
    for model in (Customer, Contact):
        fresh = update(model).where(
            model.portal_id == portal.id, model.deleted_at > now() - timedelta(hours=1)
        )
        db.session.execute(fresh.values(deleted_at=model.deleted_at - timedelta(days=days)))
    db.session.commit()


def _contacts(portal: Portal, customer_id: uuid.UUID) -> list[uuid.UUID]:
    mine = select(Contact.id).where(Contact.portal_id == portal.id, Contact.customer_id == customer_id)
    return list(db.session.scalars(mine.where(Contact.deleted_at.is_(None)).order_by(Contact.id)))


@scene("bin, everything in it")
def full_bin() -> Shown:
    portal, ids = _filled(16, linked=3)
    provider = f"provider:{portal.connection_id}"
    _deleted(portal, ("customer", ids[0], ids[0]), days=3, actor=provider)
    _deleted(portal, ("customer", ids[8], ids[8]), days=20)
    both = [(ids[10], people[0]) for people in [_contacts(portal, ids[10])]]
    _deleted(portal, ("contact", *both[0]), days=1)
    parent, child = ids[11], _contacts(portal, ids[11])[0]
    _deleted(portal, ("contact", parent, child), days=9)
    _deleted(portal, ("customer", parent, parent), days=2)
    ended = db.delete(Link).where(Link.portal_id == portal.id, Link.our_id == ids[0])
    db.session.execute(ended)
    _deleted(portal, ("customer", ids[1], ids[1]), days=0)
    plan = merge_choices.plan(portal.id, ids[12], ids[13])
    merging.merge(portal.id, ids[12], ids[13], {}, plan.seen, portal.user_id)
    return Shown(portal.address("bin/"), portal)


@scene("bin, empty")
def empty_bin() -> Shown:
    portal = Portal.new().connected()
    return Shown(portal.address("bin/"), portal)


@scene("bin, nothing found")
def nothing_in_bin() -> Shown:
    portal, ids = _filled(3, hard=False)
    _deleted(portal, ("customer", ids[0], ids[0]), days=0)
    return Shown(portal.address("bin/?q=br%C3%BCck"), portal)


def _pair(portal: Portal) -> list[uuid.UUID]:
    """Put two customers in that are one."""
    anna = person("Anna", "Møller", "anna@moller.example")
    more = {**person("Anna", "Møller-Lind", "anna@moller.example"), "designation": "Head of everything"}
    firms = [
        Firm("Møller Møbler ApS", (anna, person("Bo", "Ek", "bo@moller.example"))),
        Firm("Moller Mobler", (more, person("Cy", "Dahl", "cy@moller.example")), currency="DKK"),
    ]
    ids = portal.here(firms)
    told = {"website": "https://moller.example", "company_name": "Møller Møbler ApS"}
    PortalDirectory(portal.id).update_customer(str(ids[0]), {"website": "https://www.moller.example"})
    PortalDirectory(portal.id).update_customer(str(ids[1]), told)
    db.session.commit()
    return ids


@scene("merge, one linked")
def one_linked() -> Shown:
    portal = Portal.new().connected()
    ids = _pair(portal)
    portal.link(portal.there([Firm("Møller Møbler ApS", ())]), ids[:1])
    return Shown(portal.address(f"customers/merge/?one={ids[0]}&other={ids[1]}"), portal)


@scene("merge, refused")
def both_linked() -> Shown:
    portal = Portal.new().connected()
    ids = _pair(portal)
    portal.link(portal.there([Firm("Møller Møbler ApS", ()), Firm("Moller Mobler", ())]), ids)
    return Shown(portal.address(f"customers/merge/?one={ids[0]}&other={ids[1]}"), portal)


@scene("history, whole")
def whole_history() -> Shown:
    portal, ids = _filled(8, linked=1)
    customer, people = ids[0], _contacts(portal, ids[0])
    run = Run(
        id=new_id(),
        portal_id=portal.id,
        connection_id=portal.connection_id,
        kind="sync",
        state="done",
        number=7,
        started_by=None,
    )
    db.session.add(run)
    db.session.flush()
    record = {"kind": "customer", "record_id": customer, "customer_id": customer}
    contact = {"kind": "contact", "record_id": people[0], "customer_id": customer}
    long = "Hafenstraße 14, Aufgang B, dritter Stock links, bei der Rezeption melden, 20457 Hamburg, Germany"
    mine = [
        EntryData(**record, action="created", new="Arc"),
        EntryData(**contact, action="created", new="Anna"),
        EntryData(**record, action="changed", field="website", old="", new="https://www.example.com"),
        EntryData(**record, action="changed", field="billing_address", old=None, new=long),
        EntryData(**contact, action="changed_there", field="phone", old="1", new="+49 40 5550199"),
    ]
    theirs = [
        EntryData(**record, action="linked", new="same name"),
        EntryData(**contact, action="changed", field="email", old="old@a.example", new="a@b.c", lost=True),
        EntryData(**contact, action="deleted", old="Anna"),
    ]
    history.add(portal.id, mine, actor=str(portal.user_id), run_id=None)
    history.add(portal.id, theirs, actor=f"provider:{portal.connection_id}", run_id=run.id)
    db.session.commit()
    return Shown(portal.address(f"customers/{customer}/history"), portal)


@scene("history, nothing of this")
def nothing_of_this() -> Shown:
    portal, ids = _filled(2, hard=False)
    return Shown(portal.address(f"customers/{ids[0]}/history?field=name&from=2026-01-01"), portal)


@scene("history, of one in the bin")
def history_of_gone() -> Shown:
    portal, ids = _filled(2, hard=False)
    _deleted(portal, ("customer", ids[0], ids[0]), days=2)
    return Shown(portal.address(f"customers/{ids[0]}/history"), portal)
