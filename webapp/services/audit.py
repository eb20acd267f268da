"""Audit: who did what to which record and when, in a chain that shows what was changed or left out."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from webapp.extensions import db
from webapp.store import audit as store
from webapp.store.audit import AuditEntry
from webapp.store.columns import now

FIRST = "0" * 64
"""What the first entry of a portal names as the digest before it."""


def record(
    portal_id: uuid.UUID, actor: str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Add an entry to the caller's transaction, as the last thing before its commit.

    `actor` is a user's id, ``command line`` or ``portal``; `details` hold plain values and no secrets. Until
    that commit other entries of the portal wait. A connection's row is locked after this, never before, since
    whoever holds its lease asserts that right before the commit: see `hold`.
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


def hold(portal_id: uuid.UUID) -> None:
    """Let other entries of the portal wait from now on; for who has to lock a connection before `record`."""
    store.hold_chain(portal_id)


def verify(portal_id: uuid.UUID) -> int | None:
    """Return the number of the first entry that is missing or not as it was written; None: all is well."""
    previous = FIRST
    for number, entry in enumerate(store.entries(portal_id), start=1):
        whole = entry.number == number and entry.previous == previous and entry.digest == _digest(entry)
        if not whole or entry.content_digest != _content_digest(entry):
            return number
        previous = entry.digest
    return None


def _content_digest(entry: AuditEntry) -> str:
    content = [entry.at.timestamp(), entry.actor, entry.action, entry.subject, entry.details]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _digest(entry: AuditEntry) -> str:
    chained = f"{entry.previous}:{entry.portal_id}:{entry.number}:{entry.content_digest}"
    return hashlib.sha256(chained.encode()).hexdigest()
