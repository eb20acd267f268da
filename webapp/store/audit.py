"""Audit: who did what to which record and when; append-only and hash-chained within a portal."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
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
