"""The portal's own customers and their contacts."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKeyConstraint, Index, Select, and_, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model, db
from webapp.sdk import CUSTOM, Address, Rejected, Value
from webapp.store.columns import Created, Id, JsonByDefault, JsonOrNone, PortalId, Str, StrOrNone, Time
from webapp.sync.link import parts_of
from webapp.sync.normal import name_key, sort_key

MAX_LENGTHS: dict[str, dict[str, int]] = {
    "customer": {"name": 500, "company_name": 500, "website": 2000, "billing_address": 1000},
    "contact": {
        "salutation": 100,
        "first_name": 300,
        "last_name": 300,
        "email": 320,
        "phone": 100,
        "mobile": 100,
        "designation": 300,
        "department": 300,
    },
}
"""The longest values the portal keeps, in characters, by kind and field; of an address, by part of it."""


class Customer(Model):
    """A company or person the portal works for.

    ``company_name``, ``website`` and ``billing_address`` are null while unknown. ``custom_fields`` are those
    of its connections, each key behind the connection's id and a dot. ``search`` holds what the list is
    searched by: the normalised names, e-mails and phones of the customer and all its contacts.
    ``alike`` holds the keys by which others that may be the same are found (``sync.alike``).
    ``linked`` says whether it is to any connection; the database itself keeps it (``store.standing``).
    One in the bin that was merged here into another names it in ``merged_into``.
    """

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_name_key", "portal_id", "name_key"),
        Index(
            "ix_customer_sort",
            "portal_id",
            "sort_key",
            "id",
            postgresql_include=["active", "linked", "run_id"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_customer_newest",
            "portal_id",
            "created_at",
            "id",
            postgresql_include=["active", "linked", "run_id"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_customer_changed",
            "portal_id",
            "updated_at",
            "id",
            postgresql_include=["active", "linked", "run_id"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_customer_binned", "portal_id", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")
        ),
        Index(
            "ix_customer_listed",
            "portal_id",
            "active",
            "linked",
            "run_id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_customer_search",
            "portal_id",
            "search",
            text("tandem_pairs(search)"),
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
        Index(
            "ix_customer_alike",
            "portal_id",
            "alike",
            postgresql_using="gin",
            # Else whoever looks reads all that was written since the last vacuum.
            postgresql_with={"fastupdate": "off"},
        ),
    )

    portal_id: Mapped[PortalId]
    id: Mapped[Id]
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[Str]
    name_key: Mapped[Str]
    sort_key: Mapped[Str]
    company_name: Mapped[StrOrNone]
    website: Mapped[StrOrNone]
    billing_address: Mapped[JsonOrNone]
    custom_fields: Mapped[JsonByDefault]
    active: Mapped[bool] = mapped_column(default=True)
    linked: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    currency: Mapped[Str]
    search: Mapped[Str]
    alike: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default=text("'{}'"))
    run_id: Mapped[uuid.UUID | None]
    merged_into: Mapped[uuid.UUID | None]
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
            "ix_contact_binned", "portal_id", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")
        ),
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
    salutation: Mapped[StrOrNone]
    first_name: Mapped[StrOrNone]
    last_name: Mapped[StrOrNone]
    email: Mapped[StrOrNone]
    phone: Mapped[StrOrNone]
    mobile: Mapped[StrOrNone]
    designation: Mapped[StrOrNone]
    department: Mapped[StrOrNone]
    primary: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[Created]
    updated_at: Mapped[Created]
    deleted_at: Mapped[Time | None]

    customer: Mapped[Customer] = relationship(back_populates="contacts")

    @property
    def name(self) -> str:
        """The name people read: first and last, else the e-mail."""
        return called(self.first_name, self.last_name, self.email)


def customer_values(fields: Mapping[str, Value]) -> dict[str, Any]:
    """Turn fields into columns, keys to find and sort by too; raise ``Rejected`` for what cannot be kept.

    Custom fields among them become one column, which holds no other ones.
    """
    values = _values(fields)
    if own := {name: values.pop(name) for name in list(values) if name.startswith(CUSTOM)}:
        values["custom_fields"] = {name.removeprefix(CUSTOM): value for name, value in own.items()}
    if "name" in values:
        name = values["name"]
        if not isinstance(name, str) or not name.strip():
            raise Rejected("A customer needs a name: give it one.", field="name")
        values |= {"name_key": name_key(name), "sort_key": sort_key(name)}
    return values


def contact_values(fields: Mapping[str, Value]) -> dict[str, Any]:
    """Turn fields into columns; raise ``Rejected`` for what cannot be kept."""
    return _values(fields)


def called(first_name: str | None, last_name: str | None, email: str | None) -> str:
    """Return the name people read of a person: first and last, else the e-mail."""
    return " ".join(part for part in (first_name, last_name) if part) or email or ""


def name_lock(portal_id: uuid.UUID, key: str) -> str:
    """Return the words under which customers of a name new in a portal are inserted, one at a time."""
    return f"new name {portal_id} {key}"


def hold_name(portal_id: uuid.UUID, key: str) -> None:
    """Let others wait who insert a customer of a name new in the portal, until the transaction ends."""
    held = func.pg_advisory_xact_lock(func.hashtextextended(name_lock(portal_id, key), 0))
    db.session.execute(select(held))


def namesake(portal_id: uuid.UUID, key: str, *, but: uuid.UUID | None = None) -> Customer | None:
    """Find a customer of a name, as names are compared, that is not in the bin."""
    query = select(Customer).where(
        Customer.portal_id == portal_id, Customer.name_key == key, Customer.deleted_at.is_(None)
    )
    if but is not None:
        query = query.where(Customer.id != but)
    return db.session.scalar(query.order_by(Customer.created_at).limit(1))


def locked_customer(portal_id: uuid.UUID, customer_id: uuid.UUID) -> Customer | None:
    """Read a customer, binned ones too, and keep others from writing it until the transaction ends."""
    query = select(Customer).where(Customer.portal_id == portal_id, Customer.id == customer_id)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def locked_customers(portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID]) -> None:
    """Keep others from writing customers until the transaction ends."""
    query = select(Customer.id).where(Customer.portal_id == portal_id, Customer.id.in_(customer_ids))
    db.session.execute(query.order_by(Customer.id).with_for_update()).all()


def locked_contact(portal_id: uuid.UUID, customer_id: uuid.UUID, contact_id: uuid.UUID) -> Contact | None:
    """Read a contact of a customer, binned ones too, and keep others from writing it."""
    query = select(Contact).where(
        Contact.portal_id == portal_id, Contact.customer_id == customer_id, Contact.id == contact_id
    )
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def contacts_of(
    portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID], *, deleted_at: datetime | None = None
) -> list[Contact]:
    """List contacts of customers, the primary one first; with ``deleted_at`` those binned at that moment."""
    query = (
        select(Contact)
        .where(Contact.portal_id == portal_id, Contact.customer_id.in_(customer_ids))
        .where(Contact.deleted_at.is_(None) if deleted_at is None else Contact.deleted_at == deleted_at)
        .order_by(Contact.primary.desc(), Contact.created_at, Contact.id)
    )
    return list(db.session.scalars(query))


def with_people_of(portal_id: uuid.UUID, customer_id: uuid.UUID) -> Select[Customer, Contact]:
    """Select a customer that is not in the bin and all its contacts, binned ones too, the primary first."""
    of_customer = and_(Contact.portal_id == Customer.portal_id, Contact.customer_id == Customer.id)
    return (
        select(Customer, Contact)
        .outerjoin(Contact, of_customer)
        .where(Customer.portal_id == portal_id, Customer.id == customer_id, Customer.deleted_at.is_(None))
        .order_by(Contact.primary.desc(), Contact.created_at, Contact.id)
    )


def with_people(portal_id: uuid.UUID, customer_id: uuid.UUID) -> tuple[Customer | None, list[Contact]]:
    """Read a customer that is not in the bin and all its contacts, binned ones too, the primary one first."""
    rows = list(db.session.execute(with_people_of(portal_id, customer_id)))
    return rows[0][0] if rows else None, [person for _, person in rows if person is not None]


def _values(fields: Mapping[str, Value]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "primary" and value is None:
            continue
        kept = parts_of(value) if isinstance(value, Address) else value
        if any("\x00" in part for part in _texts(kept)):
            raise Rejected(f"The {name.replace('_', ' ')} holds a character that cannot be kept.", field=name)
        values[name] = kept
    return values


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        return [part for part in value.values() if isinstance(part, str)]
    return [value] if isinstance(value, str) else []
