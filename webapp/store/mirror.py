"""The mirror: what a connection's provider held when last seen."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Text,
    and_,
    any_,
    exists,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, JsonByDefault, JsonOrNone, PortalId, Str, StrOrNone, Time

_CONNECTION = ["connection.portal_id", "connection.id"]


class MirrorCustomer(Model):
    """A provider's customer. Null fields are unknown, and so are ``custom_fields`` that are left out.

    ``contacts_digest`` is null until its contacts were read, and again once the customer changed.
    ``detail_version`` is the version at which it was last read in full. ``census`` numbers the census that
    saw it last, ``changed_at`` is when a change of it was last noticed here, ``failures`` counts the readings
    in full that failed since. ``search_own`` is what its own row adds to ``search``; its contacts add theirs.
    ``gone_at`` marks one the provider was asked for and no longer has; the row stays as a tombstone.
    ``known_by`` says how the portal knows it: by a ``link``, as ``never`` to be imported, by its ``name``;
    the database itself keeps it (``store.standing``).
    ``detail_wanted_at`` is when somebody opened it here before its newest version was read in full.
    """

    __tablename__ = "mirror_customer"
    __table_args__ = (
        ForeignKeyConstraint(["portal_id", "connection_id"], _CONNECTION, ondelete="CASCADE"),
        Index("ix_mirror_customer_name_key", "portal_id", "name_key", "connection_id"),
        Index(
            "ix_mirror_customer_sort",
            "portal_id",
            "connection_id",
            "sort_key",
            "their_id",
            postgresql_include=["active", "known_by"],
            postgresql_where=text("gone_at IS NULL"),
        ),
        Index(
            "ix_mirror_customer_changed",
            "portal_id",
            "connection_id",
            text("modified_there_at DESC NULLS LAST"),
            "their_id",
            postgresql_include=["active", "known_by"],
            postgresql_where=text("gone_at IS NULL"),
        ),
        Index(
            "ix_mirror_customer_people",
            "portal_id",
            "connection_id",
            text("contacts_count DESC NULLS LAST"),
            "sort_key",
            "their_id",
            postgresql_include=["active", "known_by"],
            postgresql_where=text("gone_at IS NULL"),
        ),
        Index(
            "ix_mirror_customer_live",
            "portal_id",
            "connection_id",
            "active",
            "known_by",
            postgresql_where=text("gone_at IS NULL"),
        ),
        Index(
            "ix_mirror_customer_search",
            "portal_id",
            "search",
            text("tandem_pairs(search)"),
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
        Index(
            "ix_mirror_customer_wanted",
            "portal_id",
            "connection_id",
            "their_id",
            postgresql_where=text("detail_wanted_at IS NOT NULL"),
        ),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[Str]
    name: Mapped[Str]
    name_key: Mapped[Str]
    sort_key: Mapped[Str]
    company_name: Mapped[StrOrNone]
    website: Mapped[StrOrNone]
    billing_address: Mapped[JsonOrNone]
    custom_fields: Mapped[JsonByDefault]
    active: Mapped[bool] = mapped_column(default=True)
    known_by: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    currency: Mapped[Str]
    has_transactions: Mapped[bool | None]
    primary_name: Mapped[Str]
    primary_email: Mapped[Str]
    primary_phone: Mapped[Str]
    contacts_count: Mapped[int | None]
    contacts_digest: Mapped[StrOrNone]
    detail_version: Mapped[StrOrNone]
    detail_wanted_at: Mapped[Time | None]
    created_there_at: Mapped[Time | None]
    modified_there_at: Mapped[Time | None]
    search_own: Mapped[Str]
    search: Mapped[Str]
    census: Mapped[int] = mapped_column(BigInteger, default=0)
    failures: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[Created]
    changed_at: Mapped[Created]
    gone_at: Mapped[Time | None]


class MirrorContact(Model):
    """A provider's contact."""

    __tablename__ = "mirror_contact"
    __table_args__ = (
        ForeignKeyConstraint(["portal_id", "connection_id"], _CONNECTION, ondelete="CASCADE"),
        Index("ix_mirror_contact_customer", "portal_id", "their_customer_id", "connection_id"),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(Text, primary_key=True)
    their_customer_id: Mapped[Str]
    version: Mapped[Str]
    salutation: Mapped[StrOrNone]
    first_name: Mapped[StrOrNone]
    last_name: Mapped[StrOrNone]
    email: Mapped[StrOrNone]
    phone: Mapped[StrOrNone]
    mobile: Mapped[StrOrNone]
    designation: Mapped[StrOrNone]
    department: Mapped[StrOrNone]
    primary: Mapped[bool | None]
    search: Mapped[Str]
    census: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[Created]


MOST_FAILURES = 5
"""A customer that failed to be read so often is left alone until it changes."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """The mirror of one connection, and the number of the census that is under way or was the last."""

    portal_id: uuid.UUID
    connection_id: uuid.UUID
    census: int = 0

    @property
    def customers(self) -> tuple[ColumnElement[bool], ...]:
        """The condition that a customer belongs here."""
        return (
            MirrorCustomer.portal_id == self.portal_id,
            MirrorCustomer.connection_id == self.connection_id,
        )

    @property
    def contacts(self) -> tuple[ColumnElement[bool], ...]:
        """The condition that a contact belongs here."""
        return MirrorContact.portal_id == self.portal_id, MirrorContact.connection_id == self.connection_id


def live_count(mirror: Mirror) -> int:
    """Count the customers not known to be gone."""
    counted = select(func.count()).select_from(MirrorCustomer)
    return db.session.scalar(counted.where(*mirror.customers, MirrorCustomer.gone_at.is_(None))) or 0


def contact_count(mirror: Mirror) -> int:
    """Count the contacts known."""
    return db.session.scalar(select(func.count()).select_from(MirrorContact).where(*mirror.contacts)) or 0


def contacts_expected(mirror: Mirror, *, told: bool) -> int:
    """Count the contacts of customers not known to be gone; ``told``: only of those this census told of."""
    owners = select(MirrorCustomer.their_id).where(*mirror.customers, MirrorCustomer.gone_at.is_(None))
    if told:
        owners = owners.where(MirrorCustomer.census >= mirror.census)
    theirs = *mirror.contacts, MirrorContact.their_customer_id.in_(owners)
    return db.session.scalar(select(func.count()).select_from(MirrorContact).where(*theirs)) or 0


def unread(mirror: Mirror, *, limit: int, among: Sequence[str] | None = None) -> list[str]:
    """List customers whose contacts are to be read, all or some of those named."""
    unread = MirrorCustomer.contacts_digest.is_(None)
    return _to_read(mirror, unread, limit, among)


def untold(mirror: Mirror, *, limit: int, among: Sequence[str]) -> list[str]:
    """List those of some unread customers of whom the last census of contacts left somebody out.

    Only asking for each of them tells more: another census would leave the same out.
    """
    unread = and_(MirrorCustomer.contacts_digest.is_(None), _has_unseen_contact(mirror))
    return _to_read(mirror, unread, limit, among)


def undetailed(mirror: Mirror, *, limit: int, among: Sequence[str]) -> list[str]:
    """List those of some customers whose newest version was not read in full."""
    older = MirrorCustomer.detail_version.is_distinct_from(MirrorCustomer.version)
    return _to_read(mirror, older, limit, among)


def want_detail(mirror: Mirror, their_id: str) -> bool:
    """Ask for a customer to be read in full; return whether that is not done, or asked for, already."""
    wanted = (
        update(MirrorCustomer)
        .where(*mirror.customers, MirrorCustomer.their_id == their_id, detail_is_old())
        .where(MirrorCustomer.detail_wanted_at.is_(None))
        .values(detail_wanted_at=func.now())
        .returning(MirrorCustomer.their_id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalar(wanted) is not None


def detail_is_old() -> ColumnElement[bool]:
    """The condition that a customer can be read, and was not read in full at its newest version."""
    return and_(
        MirrorCustomer.gone_at.is_(None),
        MirrorCustomer.failures < MOST_FAILURES,
        MirrorCustomer.detail_version.is_distinct_from(MirrorCustomer.version),
    )


def _to_read(
    mirror: Mirror, wanted: ColumnElement[bool], limit: int, among: Sequence[str] | None
) -> list[str]:
    asked = select(MirrorCustomer.their_id).where(*mirror.customers, wanted, MirrorCustomer.gone_at.is_(None))
    asked = asked.where(MirrorCustomer.failures < MOST_FAILURES)
    if among is not None:
        asked = asked.where(MirrorCustomer.their_id == any_(literal(list(among), ARRAY(Text))))
    asked = asked.order_by(MirrorCustomer.failures, MirrorCustomer.their_id).limit(limit)
    return list(db.session.scalars(asked))


def missing(mirror: Mirror, *, limit: int) -> list[str]:
    """List customers that the census did not tell of; each is to be asked for."""
    unseen = MirrorCustomer.census < mirror.census
    asked = select(MirrorCustomer.their_id).where(*mirror.customers, unseen, MirrorCustomer.gone_at.is_(None))
    return list(db.session.scalars(asked.order_by(MirrorCustomer.their_id).limit(limit)))


def mark_gone(mirror: Mirror, their_id: str) -> None:
    """Note that the provider was asked for a customer and has it no longer."""
    _update_customer(mirror, their_id, gone_at=func.now(), census=mirror.census)


def count_failure(mirror: Mirror, their_id: str) -> None:
    """Note that a customer could not be read in full; the census that missed it takes it as seen."""
    _update_customer(mirror, their_id, failures=MirrorCustomer.failures + 1, census=mirror.census)


def count_silence(mirror: Mirror, their_id: str) -> int:
    """Note that the provider gave no answer about a customer; return how often reading it failed by now."""
    counted = (
        update(MirrorCustomer)
        .where(*mirror.customers, MirrorCustomer.their_id == their_id)
        .values(failures=MirrorCustomer.failures + 1)
        .returning(MirrorCustomer.failures)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalar(counted) or 0


def forgive_failures(mirror: Mirror) -> None:
    """Try customers again that were left alone because they failed to be read."""
    db.session.execute(
        update(MirrorCustomer)
        .where(*mirror.customers, MirrorCustomer.failures > 0)
        .values(failures=0)
        .execution_options(synchronize_session=False)
    )


def _update_customer(mirror: Mirror, their_id: str, **values: object) -> None:
    db.session.execute(
        update(MirrorCustomer)
        .where(*mirror.customers, MirrorCustomer.their_id == their_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def doubt(mirror: Mirror, their_ids: Sequence[str]) -> int:
    """Take customers for unread, so that each is asked for; return how many of them were known."""
    doubted = db.session.execute(
        update(MirrorCustomer)
        .where(*mirror.customers, MirrorCustomer.their_id == any_(literal(list(their_ids), ARRAY(Text))))
        .where(MirrorCustomer.gone_at.is_(None))
        .values(contacts_digest=None)
        .returning(MirrorCustomer.their_id)
        .execution_options(synchronize_session=False)
    )
    return len(doubted.all())


def doubt_unseen_contacts(mirror: Mirror) -> int:
    """Take customers for unread who have a contact that the census did not tell of; return how many."""
    doubted = db.session.execute(
        update(MirrorCustomer)
        .where(*mirror.customers, MirrorCustomer.contacts_digest.is_not(None), _has_unseen_contact(mirror))
        .values(contacts_digest=None)
        .returning(MirrorCustomer.their_id)
        .execution_options(synchronize_session=False)
    )
    return len(doubted.all())


def told_in_full(mirror: Mirror, *, since: datetime, limit: int) -> list[str]:
    """List unread customers whose contacts a census told completely: they did not change since it began."""
    asked = select(MirrorCustomer.their_id).where(
        *mirror.customers,
        MirrorCustomer.contacts_digest.is_(None),
        MirrorCustomer.gone_at.is_(None),
        MirrorCustomer.changed_at <= since,
        ~_has_unseen_contact(mirror),
    )
    return list(db.session.scalars(asked.order_by(MirrorCustomer.their_id).limit(limit)))


def _has_unseen_contact(mirror: Mirror) -> ColumnElement[bool]:
    unseen = select(MirrorContact.their_id).where(
        *mirror.contacts,
        MirrorContact.their_customer_id == MirrorCustomer.their_id,
        MirrorContact.census < mirror.census,
    )
    return exists(unseen.correlate(MirrorCustomer))


def measure() -> None:
    """Have the database take statistics of the mirror's tables now; a census fills them quickly.

    Without them it takes every condition for rare, and reads all contacts of a connection for each customer.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as side:
        side.execute(text("ANALYZE mirror_customer, mirror_contact"))
