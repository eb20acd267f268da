"""The bin: what was deleted in the last 30 days, restored, or deleted for good."""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.sdk import Gone
from webapp.services import audit, labels
from webapp.services.checks import places_of, why_full
from webapp.services.errors import Refused
from webapp.services.labels import keeps_several
from webapp.services.signals import announce_due
from webapp.store import bin as store
from webapp.store import bulk, history, in_step
from webapp.store.bin import KINDS
from webapp.store.columns import now
from webapp.store.connections import connections_of
from webapp.store.customers import Contact, contacts_of
from webapp.store.directory import PortalDirectory
from webapp.store.history import EntryData
from webapp.walls import across_portals, inside

KEPT = timedelta(days=30)
PAGE_SIZE = 50
LAST_PAGE = 1_000_000
ERASED_AT_ONCE = 500
"""So many records of a portal a sweep takes out at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinRow:
    """What lies in the bin: ``name`` of a ``customer`` or a ``contact`` (``of`` which customer).

    ``who`` deleted it: a person, or a provider's label where it was gone; ``run_number`` if a run did.
    ``awaited``: its deletion has yet to travel to a provider. ``survivor``: it was merged into that one.
    ``days`` are left before it goes for good.
    """

    kind: str
    id: uuid.UUID
    customer_id: uuid.UUID
    name: str
    of: str
    parent_gone: bool
    people: int
    deleted_at: datetime
    who: str
    by_provider: bool
    run_id: uuid.UUID | None
    run_number: int | None
    awaited: bool
    merged_into: uuid.UUID | None
    survivor: str
    days: int

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BinPage:
    """A page of the bin; ``counts`` by kind under the present search."""

    rows: tuple[BinRow, ...]
    counts: dict[str, int]
    total: int
    number: int
    pages: int
    q: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came out of the bin: ``unlinked`` ones without their link; ``stayed`` says what did not."""

    customers: int = 0
    contacts: int = 0
    unlinked: int = 0
    stayed: tuple[str, ...] = ()


def page(portal_id: uuid.UUID, *, q: str = "", kind: str = "", number: int = 1) -> BinPage:
    """List the bin, newest first; an unknown kind means both, a page beyond the end is the last."""
    q, kind = q.replace("\0", " "), kind if kind in KINDS else ""
    counts = store.counts(portal_id, q)
    total = counts[kind] if kind else sum(counts.values())
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = max(1, min(number, pages))
    rows = store.page_rows(portal_id, q, kind, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    told = store.deletions(portal_id, [row.id for row in rows])
    shown = tuple(_row(portal_id, row, told.get(row.id)) for row in rows)
    return BinPage(rows=shown, counts=counts, total=total, number=number, pages=pages, q=q, kind=kind)


def restore(portal_id: uuid.UUID, keys: Iterable[str], user_id: uuid.UUID) -> Restored:
    """Take customers, with the contacts that went along, and single contacts out of the bin.

    What is not in the bin is passed over; a contact whose customer lies in it stays, and so does one that a
    provider would keep no second one beside.
    """
    picked = _picked(keys)
    ids = store.locked_customers(portal_id, picked["customer"])
    restored = restore_locked(portal_id, ids, user_id)
    people, stayed = _restore_contacts(portal_id, store.contacts_in(portal_id, picked["contact"]), user_id)
    customers = [*ids, *(each.customer_id for each in people)]
    due = bulk.linked_connections(portal_id, customers) if customers else []
    if customers:
        details = {"customers": restored.customers, "contacts": restored.contacts + len(people)}
        audit.record(portal_id, str(user_id), "bin.restored", "", details)
    db.session.commit()
    for connection_id in due:
        announce_due(connection_id, interactive=True)
    return Restored(
        customers=restored.customers,
        contacts=restored.contacts + len(people),
        unlinked=restored.unlinked,
        stayed=tuple(stayed),
    )


def restore_locked(portal_id: uuid.UUID, ids: Collection[uuid.UUID], user_id: uuid.UUID) -> Restored:
    """Take customers that the caller holds out of the bin, in the caller's transaction.

    Where a deletion travelled before, the customer is not linked any more; that becomes an open item.
    """
    if not ids:
        return Restored()
    travelled = store.travelled(portal_id, ids)
    back, people = bulk.take_out_of_bin(portal_id, ids, now())
    entries = [
        EntryData(kind="customer", record_id=row.id, customer_id=row.id, action="restored", new=row.name)
        for row in back
    ]
    history.add(portal_id, entries, actor=str(user_id), run_id=None)
    store.note_restored(portal_id, travelled)
    return Restored(
        customers=len(back), contacts=people, unlinked=len({customer_id for customer_id, _ in travelled})
    )


def erase(portal_id: uuid.UUID, keys: Iterable[str], user_id: uuid.UUID) -> int:
    """Delete for good, with the history of what goes; return how many records went.

    Raises ``Refused`` while the deletion of one has yet to travel, and then erases none.
    """
    picked = _picked(keys)
    waiting = sum(len(store.awaited(portal_id, kind, picked[kind])) for kind in KINDS)
    if waiting:
        those = "One of these is" if waiting == 1 else f"{waiting} of these are"
        raise Refused(
            f"{those} still linked, and the deletion has not reached the provider yet. "
            "Wait until it has, or restore and unlink; nothing was erased."
        )
    customers = store.locked_customers(portal_id, picked["customer"])
    contacts = [each.id for each in store.contacts_in(portal_id, picked["contact"])]
    gone = store.erase(portal_id, "contact", contacts) + store.erase(portal_id, "customer", customers)
    if gone:
        details = {"customers": len(customers), "contacts": len(contacts)}
        audit.record(portal_id, str(user_id), "bin.erased", "", details)
    db.session.commit()
    return gone


@across_portals()
def purge(moment: datetime) -> int:
    """Take out of every portal what was deleted more than 30 days ago and need not wait; tell how much."""
    gone = 0
    for portal_id in store.portals_with_expired(moment - KEPT):
        with inside(portal_id):
            for kind in ("contact", "customer"):
                ids = store.expired(portal_id, kind, moment - KEPT, ERASED_AT_ONCE)
                gone += store.erase(portal_id, kind, ids) if ids else 0
            db.session.commit()
    return gone


def _restore_contacts(
    portal_id: uuid.UUID, contacts: Sequence[Contact], user_id: uuid.UUID
) -> tuple[list[Contact], list[str]]:
    directory, entries, back, stayed = PortalDirectory(portal_id), [], [], []
    one_each = not all(keeps_several(each.provider) for each in connections_of(portal_id))
    for each in contacts:
        name = each.name
        if why := _why_full(portal_id, each.customer_id) if one_each else "":
            stayed.append(f"{name or 'A contact'} stays in the bin: {why}")
            continue
        try:
            directory.restore_contact(str(each.customer_id), str(each.id))
        except Gone:
            stayed.append(f"{name or 'A contact'} stays in the bin: restore the customer first.")
            continue
        back.append(each)
        entries.append(
            EntryData(
                kind="contact", record_id=each.id, customer_id=each.customer_id, action="restored", new=name
            )
        )
    history.add(portal_id, entries, actor=str(user_id), run_id=None)
    return back, stayed


def _why_full(portal_id: uuid.UUID, customer_id: uuid.UUID) -> str:
    """Say why a provider keeps no further contact of a customer; blank where it does."""
    linked = in_step.linked_connections(portal_id, customer_id)
    places = places_of((row.Connection, row.Link.their_id) for row in linked)
    return why_full(places, len(contacts_of(portal_id, [customer_id])))


def _picked(keys: Iterable[str]) -> dict[str, set[uuid.UUID]]:
    """Sort what a form names by kind; what names nothing is passed over."""
    picked: dict[str, set[uuid.UUID]] = {kind: set() for kind in KINDS}
    for key in keys:
        kind, _, text = key.partition(":")
        try:
            picked[kind].add(uuid.UUID(text))
        except (KeyError, ValueError):
            continue
    return picked


def _row(portal_id: uuid.UUID, row: Row[Any], deletion: Row[Any] | None) -> BinRow:
    actor = deletion.actor if deletion else ""
    by_provider = actor.startswith("provider:")
    who = (deletion.name or "") if deletion else ""
    if by_provider:
        who = labels.provider_label(portal_id, uuid.UUID(actor.partition(":")[2]))
    left = row.deleted_at + KEPT - now()
    return BinRow(
        kind=row.kind,
        id=row.id,
        customer_id=row.customer_id,
        name=row.name,
        of=row.of,
        parent_gone=row.parent_gone,
        people=row.people,
        deleted_at=row.deleted_at,
        who=who,
        by_provider=by_provider,
        run_id=deletion.run_id if deletion else None,
        run_number=deletion.number if deletion else None,
        awaited=row.awaited,
        merged_into=row.merged_into,
        survivor=row.survivor or "",
        days=max(0, math.ceil(left / timedelta(days=1))),
    )
