"""Audit: who did what to which record and when; append-only and hash-chained within a portal."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, Json, PortalId, Str


class AuditEntry(Model):
    """One entry; ``digest`` covers the entry and the digest before it."""

    __tablename__ = "audit_entry"

    portal_id: Mapped[PortalId]
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[Created]
    actor: Mapped[Str]
    action: Mapped[Str]
    subject: Mapped[Str]
    details: Mapped[Json]
    previous: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
