"""Audit: who did what to which record and when; append-only and hash-chained within a portal."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from sqlalchemy import BigInteger, Text, select, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, Json, PortalId, Str


class AuditEntry(Model):
    """One entry. ``content_digest`` covers what it says, ``digest`` that and the digest before it.

    The chain runs over digests alone, so it still verifies after the content of an entry was erased.
    """

    __tablename__ = "audit_entry"

    portal_id: Mapped[PortalId]
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[Created]
    actor: Mapped[Str]
    action: Mapped[Str]
    subject: Mapped[Str]
    details: Mapped[Json]
    content_digest: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)


def hold_chain(portal_id: uuid.UUID) -> None:
    """Keep others from adding to a portal's chain until the transaction ends."""
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"audit:{portal_id}"}
    )


def last_entry(portal_id: uuid.UUID) -> AuditEntry | None:
    """Return the newest entry of a chain that is held."""
    newest = select(AuditEntry).where(AuditEntry.portal_id == portal_id).order_by(AuditEntry.number.desc())
    return db.session.scalar(newest.limit(1))


def entries(portal_id: uuid.UUID) -> Iterator[AuditEntry]:
    """Return all entries in order, a few at a time."""
    every = select(AuditEntry).where(AuditEntry.portal_id == portal_id).order_by(AuditEntry.number)
    return iter(db.session.scalars(every.execution_options(yield_per=500)))


def newest(portal_id: uuid.UUID, limit: int) -> list[AuditEntry]:
    """List the newest entries, the last first."""
    last = select(AuditEntry).where(AuditEntry.portal_id == portal_id).order_by(AuditEntry.number.desc())
    return list(db.session.scalars(last.limit(limit)))
