"""Audit: who did what to which record and when; append-only and hash-chained within a portal."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from sqlalchemy import BigInteger, Connection, Index, Text, func, inspect, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, Json, PortalId, Str


class AuditEntry(Model):
    """One entry. ``content_digest`` covers what it says, ``digest`` that and the digest before it.

    The chain runs over digests alone, so it still verifies after the content of an entry was erased. That is
    the database's doing alone; ``erased_by`` is the number of the later entry that ordered it (``build``).
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_actor", "portal_id", "actor", "number"),
        Index("ix_audit_action", "portal_id", "action", "number"),
        Index("ix_audit_subject", "portal_id", "subject", "number"),
        Index("ix_audit_at", "portal_id", "at", "number"),
    )

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
    erased_by: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def is_blank(self) -> bool:
        """Whether it says nothing but when something was done, and what."""
        return not (self.actor or self.subject or self.details)


ERASED = "audit.erased"
"""The action of an entry that orders the content of others to be erased; its details name their numbers."""

_ERASING = f"""
    CREATE OR REPLACE FUNCTION erase_audit(ordered_by bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE erased bigint;
    BEGIN
        UPDATE audit_entry AS entry SET actor = '', subject = '', details = '{{}}', erased_by = ordered_by
          FROM audit_entry AS ordering
         WHERE ordering.portal_id = nullif(current_setting('tandem.portal', true), '')::uuid
           AND ordering.number = ordered_by AND ordering.action = '{ERASED}'
           AND entry.portal_id = ordering.portal_id AND entry.number < ordering.number
           AND entry.action <> '{ERASED}' AND entry.erased_by IS NULL
           AND entry.number IN (
               SELECT named.entry::bigint
                 FROM jsonb_array_elements_text(ordering.details -> 'entries') AS named(entry)
           );
        GET DIAGNOSTICS erased = ROW_COUNT;
        RETURN erased;
    END $$;
    REVOKE ALL ON FUNCTION erase_audit(bigint) FROM PUBLIC;
"""


def build(owner: Connection, role: str) -> None:
    """Make the one way in which the application erases what entries say: those a later entry names.

    It runs with the rights of the owner, and can blank an entry, not change one.
    """
    there = inspect(owner)
    if there.has_table("audit_entry") and "erased_by" in {
        each["name"] for each in there.get_columns("audit_entry")
    }:
        owner.exec_driver_sql(_ERASING)
        owner.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION erase_audit(bigint) TO {role}")


def erase(ordered_by: int) -> int:
    """Erase what the entries say that the one of a number names, in the portal entered; count them."""
    return db.session.scalar(select(func.erase_audit(ordered_by))) or 0


def numbers_about(portal_id: uuid.UUID, person: str) -> list[int]:
    """List the entries by a person, about them or naming them by id, that were not erased."""
    named = or_(
        AuditEntry.actor == person,
        AuditEntry.subject == person,
        AuditEntry.details.cast(Text).contains(person, autoescape=True),
    )
    query = select(AuditEntry.number).where(AuditEntry.portal_id == portal_id, named)
    query = query.where(AuditEntry.erased_by.is_(None), AuditEntry.action != ERASED)
    return list(db.session.scalars(query.order_by(AuditEntry.number)))


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
