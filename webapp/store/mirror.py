"""The mirror: what a connection's provider held when last seen."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.store.columns import Created, JsonOrNone, PortalId, Str, Time

_CONNECTION = ["connection.portal_id", "connection.id"]


class MirrorCustomer(Model):
    """A provider's customer. Null fields are unknown; ``contacts_digest`` is null until its contacts were read,
    and again when the customer changed since.

    ``detail_version`` is the version at which it was last read in full. ``census`` numbers the census that saw it
    last, ``changed_at`` is when a change of it was last noticed here. ``search_own`` is what its own row adds to
    ``search``; its contacts add theirs. ``gone_at`` marks one the provider was asked for and no longer has; the row stays as a tombstone.
    """

    __tablename__ = "mirror_customer"
    __table_args__ = (
        ForeignKeyConstraint(["portal_id", "connection_id"], _CONNECTION, ondelete="CASCADE"),
        Index("ix_mirror_customer_name_key", "portal_id", "connection_id", "name_key"),
        Index("ix_mirror_customer_sort", "portal_id", "connection_id", "sort_key", "their_id"),
        Index(
            "ix_mirror_customer_search",
            "portal_id",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
        Index(
            "ix_mirror_customer_unread",
            "portal_id",
            "connection_id",
            "their_id",
            postgresql_where=text("contacts_digest IS NULL AND gone_at IS NULL"),
        ),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[Str]
    name: Mapped[Str]
    name_key: Mapped[Str]
    sort_key: Mapped[Str]
    company_name: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(Text)
    billing_address: Mapped[JsonOrNone]
    active: Mapped[bool] = mapped_column(default=True)
    currency: Mapped[Str]
    has_transactions: Mapped[bool | None]
    primary_name: Mapped[Str]
    primary_email: Mapped[Str]
    primary_phone: Mapped[Str]
    contacts_count: Mapped[int | None]
    contacts_digest: Mapped[str | None] = mapped_column(Text)
    detail_version: Mapped[str | None] = mapped_column(Text)
    created_there_at: Mapped[Time | None]
    modified_there_at: Mapped[Time | None]
    search_own: Mapped[Str]
    search: Mapped[Str]
    census: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[Created]
    changed_at: Mapped[Created]
    gone_at: Mapped[Time | None]


class MirrorContact(Model):
    """A provider's contact."""

    __tablename__ = "mirror_contact"
    __table_args__ = (
        ForeignKeyConstraint(["portal_id", "connection_id"], _CONNECTION, ondelete="CASCADE"),
        Index("ix_mirror_contact_customer", "portal_id", "connection_id", "their_customer_id"),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(Text, primary_key=True)
    their_customer_id: Mapped[Str]
    version: Mapped[Str]
    salutation: Mapped[str | None] = mapped_column(Text)
    first_name: Mapped[str | None] = mapped_column(Text)
    last_name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    mobile: Mapped[str | None] = mapped_column(Text)
    designation: Mapped[str | None] = mapped_column(Text)
    department: Mapped[str | None] = mapped_column(Text)
    primary: Mapped[bool | None]
    search: Mapped[Str]
    census: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[Created]
