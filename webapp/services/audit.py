"""Audit: who did what to which record and when, in a chain that shows what was changed or left out."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.extensions import db
from webapp.store import audit as store
from webapp.store.audit import ERASED, AuditEntry
from webapp.store.columns import now
from webapp.store.portals import places_of
from webapp.walls import inside

COMMAND_LINE = "command line"
"""Who acts where nobody is logged in: whoever runs the installation."""

ERASED_AT_ONCE = 5_000
"""So many entries one order names."""

FIRST = "0" * 64
"""What the first entry of a portal names as the digest before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a chain: how many entries it has, and the digest of the last."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What walking a chain came to: its end or, with the first broken place, the end of what is whole."""

    head: Head
    broken_at: int | None = None
    fault: str = ""


class _Orders:
    """The erasures met while a chain is walked: each erased entry waits for the later one that ordered it."""

    def __init__(self) -> None:
        self.missing: dict[int, int] = {}

    def meet(self, entry: AuditEntry) -> None:
        """Note an erased entry, or let those wait no longer that this one names."""
        if entry.erased_by is not None:
            self.missing[entry.number] = entry.erased_by
        elif entry.action == ERASED:
            for number in entry.details.get("entries", ()):
                if self.missing.get(number) == entry.number:
                    del self.missing[number]


def record(
    portal_id: uuid.UUID, actor: str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Add an entry to the caller's transaction, as the last thing before its commit.

    `actor` is a user's id, ``command line`` or ``portal``; `details` hold plain values and no secrets. Until
    that commit other entries of the portal wait. Rows of connections, runs and the portal are locked after
    this, never before, since whoever holds a lease asserts that after it: see `hold`.
    """
    store.hold_chain(portal_id)
    last = store.last_entry(portal_id)
    entry = AuditEntry(
        portal_id=portal_id,
        number=last.number + 1 if last else 1,
        at=now(),
        actor=actor,
        action=action,
        subject=subject,
        details=dict(details or {}),
        previous=last.digest if last else FIRST,
    )
    entry.content_digest = _content_digest(entry)
    entry.digest = _digest(entry)
    db.session.add(entry)
    db.session.flush()
    return entry


def actor_of(user_id: uuid.UUID | None) -> str:
    """Name who acts, as entries do."""
    return str(user_id or COMMAND_LINE)


def hold(portal_id: uuid.UUID) -> None:
    """Let other entries of the portal wait from now on; for who has to lock such a row before `record`.

    What was changed of such rows is written only after that.
    """
    with db.session.no_autoflush:
        store.hold_chain(portal_id)


def record_for_user(
    user_id: uuid.UUID, actor: str, action: str, details: Mapping[str, Any] | None = None
) -> None:
    """Add an entry about a user's login to every portal they have a place in; see `record`."""
    for place in sorted(places_of(user_id), key=lambda place: place.portal_id):
        with inside(place.portal_id):
            record(place.portal_id, actor, action, str(user_id), details)


def erase_person(portal_id: uuid.UUID, person: uuid.UUID, actor: str) -> int:
    """Erase, in the caller's transaction, what entries say by, about or of a person; tell how many.

    Each is named by a new entry, which says who ordered it and not whom it was about.
    """
    store.hold_chain(portal_id)
    erased = 0
    numbers = store.numbers_about(portal_id, str(person))
    for first in range(0, len(numbers), ERASED_AT_ONCE):
        some = numbers[first : first + ERASED_AT_ONCE]
        ordering = record(portal_id, actor, ERASED, "", {"entries": some})
        erased += store.erase(ordering.number)
    db.session.expire_all()
    return erased


def is_as_written(entry: AuditEntry) -> bool:
    """Tell of one entry, without its chain, whether it says what was written, or was erased."""
    said = entry.erased_by is not None or entry.content_digest == _content_digest(entry)
    return said and entry.digest == _digest(entry)


def verify(portal_id: uuid.UUID) -> int | None:
    """Return the number of the first entry that is missing or not as it was written; None: all is well."""
    return walk(portal_id).broken_at


def walk(portal_id: uuid.UUID, noted: Head | None = None) -> Chain:
    """Walk a portal's chain to its end or to the first place where it is not as it was written.

    With ``noted``, an end of the chain seen before, entries taken off its end or written anew show as well.
    """
    head, orders = Head(number=0, digest=FIRST), _Orders()
    with inside(portal_id):
        for number, entry in enumerate(store.entries(portal_id), start=1):
            fault = _fault(entry, head) or _differs(entry, noted)
            if fault:
                return Chain(head=head, broken_at=number, fault=fault)
            head = Head(number=number, digest=entry.digest)
            orders.meet(entry)
    if orders.missing:
        number = min(orders.missing)
        return Chain(head=head, broken_at=number, fault="what the entry says was erased without an order")
    if noted is not None and noted.number > head.number:
        return Chain(head=head, broken_at=head.number + 1, fault=f"the chain once had {noted.number} entries")
    return Chain(head=head)


def newest(portal_id: uuid.UUID, limit: int) -> list[AuditEntry]:
    """List a portal's newest entries, the last first."""
    with inside(portal_id):
        return store.newest(portal_id, limit)


def _fault(entry: AuditEntry, before: Head) -> str:
    if entry.number != before.number + 1:
        return "the entry is missing"
    if entry.previous != before.digest:
        return "the entry does not follow the one before it"
    if entry.erased_by is not None:
        if not entry.is_blank or entry.action == ERASED or entry.erased_by <= entry.number:
            return "what the entry says was erased without an order"
    elif entry.content_digest != _content_digest(entry):
        return "what the entry says was changed"
    return "" if entry.digest == _digest(entry) else "the entry's digest was changed"


def _differs(entry: AuditEntry, noted: Head | None) -> str:
    if noted is None or noted.number != entry.number or noted.digest == entry.digest:
        return ""
    return "the entry is not the one noted"


def _content_digest(entry: AuditEntry) -> str:
    content = [entry.at.timestamp(), entry.actor, entry.action, entry.subject, entry.details]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _digest(entry: AuditEntry) -> str:
    chained = f"{entry.previous}:{entry.portal_id}:{entry.number}:{entry.content_digest}"
    return hashlib.sha256(chained.encode()).hexdigest()
