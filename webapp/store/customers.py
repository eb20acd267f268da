"""The portal's own customers and their contacts."""

from __future__ import annotations

import uuid

from sqlalchemy import Boolean, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model
from webapp.store.columns import Created, Id, JsonOrNone, PortalId, Str, Time


class Customer(Model):
    """A company or person the portal works for.

    ``company_name``, ``website`` and ``billing_address`` are null while unknown. ``search`` holds what the
    list is searched by: the normalised names, e-mails and phones of the customer and all its contacts.
    """

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_name_key", "portal_id", "name_key"),
        Index("ix_customer_sort", "portal_id", "sort_key", "id"),
        Index(
            "ix_customer_search",
            "portal_id",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[Str]
    name_key: Mapped[Str]
    sort_key: Mapped[Str]
    company_name: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(Text)
    billing_address: Mapped[JsonOrNone]
    active: Mapped[bool] = mapped_column(default=True)
    currency: Mapped[Str]
    search: Mapped[Str]
    run_id: Mapped[uuid.UUID | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Created]
    deleted_at: Mapped[Time | None]

    contacts: Mapped[list[Contact]] = relationship(
        back_populates="customer", order_by="(Contact.primary.desc(), Contact.created_at, Contact.id)"
    )


class Contact(Model):
    """A person of one customer; no login by itself."""

    __tablename__ = "contact"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "customer_id"], ["customer.portal_id", "customer.id"], ondelete="CASCADE"
        ),
        Index("ix_contact_customer", "portal_id", "customer_id"),
        Index(
            "uq_contact_primary",
            "portal_id",
            "customer_id",
            unique=True,
            postgresql_where=text('"primary" AND deleted_at IS NULL'),
        ),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    customer_id: Mapped[uuid.UUID]
    version: Mapped[int] = mapped_column(default=1)
    salutation: Mapped[str | None] = mapped_column(Text)
    first_name: Mapped[str | None] = mapped_column(Text)
    last_name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    mobile: Mapped[str | None] = mapped_column(Text)
    designation: Mapped[str | None] = mapped_column(Text)
    department: Mapped[str | None] = mapped_column(Text)
    primary: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[Created]
    updated_at: Mapped[Created]
    deleted_at: Mapped[Time | None]

    customer: Mapped[Customer] = relationship(back_populates="contacts")

    @property
    def name(self) -> str:
        """The name people read: first and last, else the e-mail."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or ""
