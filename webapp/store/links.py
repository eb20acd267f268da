"""Links: one record here and its twin there, with what each side held when both last agreed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Row,
    Text,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model, db
from webapp.store.columns import Created, Json, PortalId, Str, StrOrNone, Time, now
from webapp.store.customers import Contact
from webapp.store.inserts import insert_rows
from webapp.sync import link as values
from webapp.sync.link import Kind


class Link(Model):
    """A pair of records of one kind (``customer`` or ``contact``), one to one within a connection.

    Two shadows, ``agreed_ours`` and ``agreed_theirs``, are what each side held at the last agreement, and
    ``agreed_their_version`` says at which version there that was.

    A customer's link says whether the sync has to look at it. ``looked_ours`` and ``looked_theirs`` tell of
    the customer with all its contacts as it was when last looked at, so that one waiting for a person is left
    alone until something about it changes. ``due_at`` is when to look again, null while nothing is known to
    have changed: the database itself sets it whenever either side is written (``store.touched``);
    ``edited_here`` when that was on this side. ``brake`` is held while a person has to look before it goes
    on, and says what they decided then (``store.dirty``).
    """

    __tablename__ = "link"
    __table_args__ = (
        ForeignKeyConstraint(
            ["portal_id", "connection_id"], ["connection.portal_id", "connection.id"], ondelete="CASCADE"
        ),
        Index("uq_link_theirs", "portal_id", "connection_id", "kind", "their_id", unique=True),
        Index("ix_link_ours", "portal_id", "kind", "our_id"),
        Index(
            "ix_link_due",
            "portal_id",
            "connection_id",
            "edited_here",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_link_braked", "portal_id", "connection_id", "brake", postgresql_where=text("brake <> ''")),
    )

    portal_id: Mapped[PortalId]
    connection_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    our_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    their_id: Mapped[str] = mapped_column(Text)
    agreed_ours: Mapped[Json]
    agreed_theirs: Mapped[Json]
    agreed_their_version: Mapped[StrOrNone]
    looked_ours: Mapped[Str]
    looked_theirs: Mapped[Str]
    due_at: Mapped[Time | None]
    edited_here: Mapped[bool] = mapped_column(default=False)
    brake: Mapped[Str]
    run_id: Mapped[uuid.UUID | None]
    created_at: Mapped[Created]


def as_value(row: Link) -> values.Link:
    """Return a link as the sync knows it."""
    return values.Link(
        kind=cast(Kind, row.kind),
        our_id=str(row.our_id),
        their_id=row.their_id,
        agreed_ours=values.from_json(row.agreed_ours),
        agreed_theirs=values.from_json(row.agreed_theirs),
        agreed_their_version=row.agreed_their_version,
    )


def of_records(
    portal_id: uuid.UUID, connection_id: uuid.UUID, our_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Link]:
    """Read the links of customers and contacts here to one connection, by our id."""
    query = select(Link).where(
        Link.portal_id == portal_id, Link.connection_id == connection_id, Link.our_id.in_(our_ids)
    )
    return {row.our_id: row for row in db.session.scalars(query.execution_options(populate_existing=True))}


def locked(
    portal_id: uuid.UUID, connection_id: uuid.UUID, our_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Link]:
    """Read the links of records here to one connection, and keep others from them until the transaction ends.

    Whoever writes customers locks these first.
    """
    query = select(Link).where(
        Link.portal_id == portal_id, Link.connection_id == connection_id, Link.our_id.in_(our_ids)
    )
    query = query.order_by(Link.our_id).with_for_update().execution_options(populate_existing=True)
    return {row.our_id: row for row in db.session.scalars(query)}


def let_be_due(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    customer_ids: Collection[uuid.UUID],
    *,
    brake: str | None = None,
) -> None:
    """Have linked customers looked at anew, and as soon as what people edit: somebody has decided something.

    With ``brake`` set what their links say of it.
    """
    values: dict[str, Any] = {"due_at": func.now(), "edited_here": True}
    if brake is not None:
        values["brake"] = brake
    if not brake:
        # What is let go on is what was looked at, and nothing else.
        values |= {"looked_ours": "", "looked_theirs": ""}
    due = update(Link).where(
        Link.portal_id == portal_id,
        Link.connection_id == connection_id,
        Link.kind == "customer",
        Link.our_id.in_(customer_ids),
    )
    db.session.execute(due.values(values).execution_options(synchronize_session=False))


def of_customers_there(
    portal_id: uuid.UUID, connection_id: uuid.UUID, their_ids: Collection[str]
) -> dict[str, Row[str, uuid.UUID, uuid.UUID | None]]:
    """Tell, by their id, which customer here is linked and which run linked it."""
    query = select(Link.their_id, Link.our_id, Link.run_id).where(
        Link.portal_id == portal_id,
        Link.connection_id == connection_id,
        Link.kind == "customer",
        Link.their_id == func.any(literal(list(their_ids), ARRAY(Text))),
    )
    return {row.their_id: row for row in db.session.execute(query)}


def keep(
    portal_id: uuid.UUID, connection_id: uuid.UUID, links: Iterable[values.Link], run_id: uuid.UUID | None
) -> None:
    """Write links as the sync left them."""
    insert_rows({Link: rows(portal_id, connection_id, links, run_id)}, replace=REPLACE)


def rows(
    portal_id: uuid.UUID, connection_id: uuid.UUID, links: Iterable[values.Link], run_id: uuid.UUID | None
) -> list[dict[str, Any]]:
    """Return links as the table has them; a customer's new one is due: much may happen while it is made."""
    return [_row(portal_id, connection_id, link, run_id) for link in links]


def end(portal_id: uuid.UUID, connection_id: uuid.UUID, links: Iterable[values.Link]) -> None:
    """Delete links, but for those that lead to another record there by now."""
    pairs = [
        and_(Link.kind == link.kind, Link.our_id == uuid.UUID(link.our_id), Link.their_id == link.their_id)
        for link in links
    ]
    if pairs:
        ended = delete(Link).where(
            Link.portal_id == portal_id, Link.connection_id == connection_id, or_(*pairs)
        )
        db.session.execute(ended.execution_options(synchronize_session=False))


def of_customer_and_contacts(
    portal_id: uuid.UUID, customer_id: uuid.UUID, connection_id: uuid.UUID | None = None
) -> list[Link]:
    """List the links of a customer and of all its contacts, binned ones too."""
    query = select(Link).where(about_customer(portal_id, customer_id))
    if connection_id is not None:
        query = query.where(Link.connection_id == connection_id)
    return list(db.session.scalars(query.order_by(Link.kind.desc(), Link.created_at)))


def any_linked(portal_id: uuid.UUID, connection_id: uuid.UUID) -> bool:
    """Tell whether a connection has any link."""
    asked = select(Link.our_id).where(Link.portal_id == portal_id, Link.connection_id == connection_id)
    return db.session.scalar(asked.limit(1)) is not None


def about_customer(portal_id: uuid.UUID, customer_id: uuid.UUID) -> ColumnElement[bool]:
    """The condition that a link is of a customer or a contact of it, put so that the index finds them."""
    contacts = select(Contact.id).where(Contact.portal_id == portal_id, Contact.customer_id == customer_id)
    ids = func.array(union_all(contacts, select(literal(customer_id))).scalar_subquery())
    return and_(
        Link.portal_id == portal_id, Link.kind.in_(("customer", "contact")), Link.our_id == func.any(ids)
    )


REPLACE: Mapping[type[Model], tuple[str, ...]] = {
    Link: ("looked_ours", "looked_theirs", "due_at", "edited_here", "brake", "run_id", "created_at")
}
"""What stays as it was, while what both sides agreed on moves."""


def _row(
    portal_id: uuid.UUID, connection_id: uuid.UUID, link: values.Link, run_id: uuid.UUID | None
) -> dict[str, Any]:
    made_at = now()
    return {
        "portal_id": portal_id,
        "connection_id": connection_id,
        "kind": link.kind,
        "our_id": uuid.UUID(link.our_id),
        "their_id": link.their_id,
        "agreed_ours": values.to_json(link.agreed_ours),
        "agreed_theirs": values.to_json(link.agreed_theirs),
        "agreed_their_version": link.agreed_their_version,
        "looked_ours": "",
        "looked_theirs": "",
        "due_at": made_at if link.kind == "customer" else None,
        "edited_here": False,
        "brake": "",
        "run_id": run_id,
        "created_at": made_at,
    }
