"""Bulk actions: many ticked customers marked or deleted at once, told beforehand and undone right after."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services import audit, bin, labels
from webapp.services.errors import Conflict, Invalid, Refused
from webapp.services.signals import announce_due
from webapp.services.vetoed import KeptBack, of_marks
from webapp.services.vetting import has_say
from webapp.store import bulk as store
from webapp.store import history, ticks
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.history import EntryData
from webapp.store.ticks import Ticks
from webapp.sync.brake import FREE_RECORDS, FREE_SHARE

ACTS = ("delete", "inactive", "active")
MOST = 5_000
"""So many customers are changed at once, in one transaction while the person waits."""

NAMED = 8
"""So many customers are named before they are changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A connection that a change travels to: how many linked customers and contacts go there.

    ``braked`` of which kinds the sync will ask before it does so much there; ``connected`` says whether it
    goes there now or once somebody has reconnected; ``able`` whether the provider can hold it at all.
    """

    connection_id: uuid.UUID
    label: str
    customers: int
    contacts: int
    braked: tuple[str, ...]
    connected: bool
    able: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a bulk action would do: to how many, with how many contacts, and where it reaches.

    ``changing`` of the ``customers`` are not so already, and plugins would have ``kept_back`` stay as they
    are. ``names`` are the first of them. ``too_many`` says that so many are not changed at once.
    """

    act: str
    customers: int
    changing: int
    contacts: int
    names: tuple[str, ...]
    reach: tuple[Reach, ...]
    too_many: bool
    kept_back: tuple[KeptBack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a bulk action did; ``at`` names it to whoever takes it back. Plugins ``kept_back`` some."""

    act: str
    customers: int
    contacts: int
    at: datetime
    kept_back: int = 0


def prospect(portal_id: uuid.UUID, ticked: Ticks, act: str) -> Prospect:
    """Tell what an action would do; raises ``Refused`` if nothing is ticked."""
    _require_known(act)
    told = ticks.summary(portal_id, ticked, ticks.ListQuery())
    customers, inactive = told["customers"], told["inactive"]
    if not customers:
        raise Refused("Nobody is selected. Tick the customers in the list first.")
    kept_back = _kept_back(portal_id, ticked, act)
    changing = {
        "delete": customers,
        "inactive": customers - inactive,
        "active": inactive,
    }
    return Prospect(
        act=act,
        customers=customers,
        changing=changing[act] - len(kept_back),
        contacts=ticks.contacts_count(portal_id, ticked),
        names=tuple(row.name for row in ticks.names(portal_id, ticked, NAMED)),
        reach=_reach(portal_id, _without(ticked, kept_back), act),
        too_many=customers > MOST,
        kept_back=kept_back,
    )


def carry_out(portal_id: uuid.UUID, ticked: Ticks, act: str, expected: int, user_id: uuid.UUID) -> Done:
    """Do it, in one transaction, to exactly as many as the person was told of.

    Those whom plugins keep back stay as they are. Raises ``Conflict`` if there are more or fewer by now,
    ``Refused`` if they are too many; nothing is changed then.
    """
    _require_known(act)
    kept_back = {each.customer_id for each in _kept_back(portal_id, ticked, act)}
    db.session.rollback()
    ids = ticks.locked_ids(portal_id, ticked, MOST + 1)
    if len(ids) != expected or len(ids) > MOST:
        db.session.rollback()
        if len(ids) > MOST:
            raise Refused(
                f"At most {MOST:,} customers are changed at once: search or filter, and take a part."
            )
        raise Conflict("The customers you selected changed meanwhile. Nothing was done: look again.")
    at = now()
    if act == "delete":
        changed, contacts = store.put_into_bin(portal_id, ids, at)
    else:
        ids = [each for each in ids if each not in kept_back]
        changed, contacts = store.set_active(portal_id, ids, active=act == "active", at=at), 0
    _note(portal_id, changed, act, user_id)
    done = Done(act=act, customers=len(changed), contacts=contacts, at=at, kept_back=len(kept_back))
    _finish(portal_id, f"customers.{act}", done, user_id, [row.id for row in changed])
    return done


def undo(portal_id: uuid.UUID, act: str, at: datetime, user_id: uuid.UUID) -> Done:
    """Take a bulk action back, for all that nobody changed since."""
    _require_known(act)
    if act == "delete":
        ids = store.changed_at(portal_id, at, limit=MOST)
        restored = bin.restore_locked(portal_id, ids, user_id)
        changed, contacts = restored.customers, restored.contacts
    else:
        ids = store.changed_at(portal_id, at, active=act == "active", limit=MOST)
        found = store.set_active(portal_id, ids, active=act != "active", at=now())
        _note(portal_id, found, "inactive" if act == "active" else "active", user_id)
        changed, contacts = len(found), 0
    done = Done(act=act, customers=changed, contacts=contacts, at=at)
    _finish(portal_id, f"customers.{act}.undone", done, user_id, ids)
    return done


def _kept_back(portal_id: uuid.UUID, ticked: Ticks, act: str) -> tuple[KeptBack, ...]:
    """Ask plugins whom they would keep from being marked; nobody is asked about a deletion."""
    if act == "delete" or not has_say():
        return ()
    ids = db.session.scalars(ticks.ids_of(portal_id, ticked).limit(MOST)).all()
    return of_marks(portal_id, ids, active=act == "active")


def _without(ticked: Ticks, kept_back: Iterable[KeptBack]) -> Ticks:
    ids = {each.customer_id for each in kept_back}
    return replace(ticked, ids=ticked.ids - ids, exceptions=ticked.exceptions | ids)


def _finish(
    portal_id: uuid.UUID, action: str, done: Done, user_id: uuid.UUID, ids: Collection[uuid.UUID]
) -> None:
    """Commit, and say to whom it matters that there is work."""
    touched = store.linked_connections(portal_id, ids)
    details = {"customers": done.customers, "contacts": done.contacts, "at": done.at.isoformat()}
    audit.record(portal_id, str(user_id), action, "", details)
    db.session.commit()
    for connection_id in touched:
        announce_due(connection_id, interactive=True)


def _note(portal_id: uuid.UUID, changed: Iterable[Row[uuid.UUID, str]], act: str, user_id: uuid.UUID) -> None:
    entries = [_entry(row, act) for row in changed]
    history.add(portal_id, entries, actor=str(user_id), run_id=None)


def _entry(row: Row[uuid.UUID, str], act: str) -> EntryData:
    if act == "delete":
        return EntryData(
            kind="customer", record_id=row.id, customer_id=row.id, action="deleted", old=row.name
        )
    old, new = ("yes", "no") if act == "inactive" else ("no", "yes")
    return EntryData(
        kind="customer",
        record_id=row.id,
        customer_id=row.id,
        action="changed",
        field="active",
        old=old,
        new=new,
    )


def _reach(portal_id: uuid.UUID, ticked: Ticks, act: str) -> tuple[Reach, ...]:
    going: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for connection_id, kind, count in ticks.links_of(portal_id, ticked):
        going[connection_id][kind] = count
    if not going:
        return ()
    live = {(connection_id, kind): count for connection_id, kind, count in ticks.all_links(portal_id)}
    return tuple(_reached(portal_id, each, going[each], live, act) for each in sorted(going))


def _reached(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    going: dict[str, int],
    live: dict[tuple[uuid.UUID, str], int],
    act: str,
) -> Reach:
    connection = db.session.get_one(Connection, (portal_id, connection_id))
    return Reach(
        connection_id=connection_id,
        label=labels.name_of(connection),
        customers=going.get("customer", 0),
        contacts=going.get("contact", 0),
        braked=tuple(
            kind
            for kind, count in going.items()
            if act == "delete" and count > FREE_RECORDS and count > FREE_SHARE * live[connection_id, kind]
        ),
        connected=connection.state == "connected",
        able=act == "delete" or labels.holds_inactive(connection.provider),
    )


def _require_known(act: str) -> None:
    if act not in ACTS:
        raise Invalid("act", "Customers can be deleted, and marked active or inactive.")
