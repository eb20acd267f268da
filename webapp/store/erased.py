"""People who were erased, whom the mirror does not take from a provider again, and who is to be next."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Row, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, PortalId, Str
from webapp.store.customers import Contact
from webapp.store.links import Link
from webapp.walls import across_portals


class ErasedContact(Model):
    """A provider's person who was erased here. Nothing is kept but the id by which it would come again."""

    __tablename__ = "erased_contact"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        Index("ix_erased_contact_customer", "portal_id", "connection_id", "their_customer_id"),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(primary_key=True)
    their_customer_id: Mapped[Str]
    erased_at: Mapped[Created]


class ErasureWanted(Model):
    """That a contact in the bin is to be erased as soon as the deletion has reached every provider."""

    __tablename__ = "erasure_wanted"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "contact_id"], ["contact.portal_id", "contact.id"], ondelete="CASCADE"
        ),
    )

    portal_id: Mapped[PortalId]
    contact_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    wanted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    wanted_at: Mapped[Created]


def keep_out(portal_id: uuid.UUID, theirs: Sequence[tuple[uuid.UUID, str, str]]) -> None:
    """Let no sync bring persons of providers here again: (connection, their id, their customer's id)."""
    rows = [
        {"portal_id": portal_id, "connection_id": place, "their_id": person, "their_customer_id": customer}
        for place, person, customer in theirs
    ]
    if rows:
        db.session.execute(insert(ErasedContact).on_conflict_do_nothing(), rows)


def kept_out(portal_id: uuid.UUID, connection_id: uuid.UUID) -> tuple[frozenset[str], frozenset[str]]:
    """Tell who of a provider was erased: the people's ids there, and their customers'."""
    query = select(ErasedContact.their_id, ErasedContact.their_customer_id).where(
        ErasedContact.portal_id == portal_id, ErasedContact.connection_id == connection_id
    )
    rows = list(db.session.execute(query))
    return frozenset(row.their_id for row in rows), frozenset(row.their_customer_id for row in rows)


def want(portal_id: uuid.UUID, contact_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Note that a contact is to be erased once its deletion has travelled."""
    row = {"portal_id": portal_id, "contact_id": contact_id, "wanted_by": user_id}
    db.session.execute(insert(ErasureWanted).on_conflict_do_nothing(), [row])


def wanted(portal_id: uuid.UUID, contact_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Tell which of some contacts are to be erased."""
    query = select(ErasureWanted.contact_id).where(ErasureWanted.portal_id == portal_id)
    return set(db.session.scalars(query.where(ErasureWanted.contact_id.in_(contact_ids))))


@across_portals()
def ready(limit: int) -> list[Row[Any]]:
    """List erasures that nothing holds up any more: the contact is deleted, and no link stands."""
    here = Contact.portal_id == ErasureWanted.portal_id, Contact.id == ErasureWanted.contact_id
    linked = exists().where(
        Link.portal_id == ErasureWanted.portal_id,
        Link.kind == "contact",
        Link.our_id == ErasureWanted.contact_id,
    )
    query = (
        select(
            ErasureWanted.portal_id, ErasureWanted.contact_id, ErasureWanted.wanted_by, Contact.customer_id
        )
        .join(Contact, here[0] & here[1])
        .where(Contact.deleted_at.is_not(None), ~linked)
        .order_by(ErasureWanted.wanted_at)
        .limit(limit)
    )
    return list(db.session.execute(query))
