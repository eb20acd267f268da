"""What is unlike on both sides of a connection's links, found by the database batch by batch.

Only rows that differ leave it: of 100,000 customers in step none does. Whether a difference means anything is
for others to say. Reads go over a database connection of the reader's own, so no transaction is held between.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select
from sqlalchemy.orm import aliased

from webapp.sdk import CONTACT_FIELDS, CUSTOMER_FIELDS
from webapp.store.conflicts import Conflict
from webapp.store.customers import Contact, Customer
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.mirror import MirrorContact, MirrorCustomer
from webapp.store.problems import Problem

OURS, THEIRS = "ours_", "theirs_"
"""What the columns of each side begin with."""

_Linked = aliased(Link)
_OF_PROBLEM = ("kind", "our_id", "their_id", "customer_id", "question", "reason")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some linked customers that follow one another by their ids: those after ``after`` up to ``last``."""

    portal_id: uuid.UUID
    connection_id: uuid.UUID
    after: uuid.UUID
    last: uuid.UUID
    customers: int


def stretch(
    side: Connection, portal_id: uuid.UUID, connection_id: uuid.UUID, *, after: uuid.UUID, limit: int
) -> Stretch | None:
    """Take the next linked customers; None at the end."""
    query = (
        select(Link.our_id)
        .where(Link.portal_id == portal_id, Link.connection_id == connection_id, Link.kind == "customer")
        .where(Link.our_id > after)
        .order_by(Link.our_id)
        .limit(limit)
    )
    ids = side.scalars(query).all()
    return Stretch(portal_id, connection_id, after, ids[-1], len(ids)) if ids else None


def customers(side: Connection, among: Stretch, own: Sequence[str] = ()) -> Sequence[Row[Any]]:
    """Read the linked customers that are not the same on both sides, or not on both.

    ``own`` are keys of the custom fields that count.
    """
    missing = or_(MirrorCustomer.their_id.is_(None), MirrorCustomer.gone_at.is_not(None))
    query = (
        _linked(among, *_both(Customer, MirrorCustomer, (*CUSTOMER_FIELDS, "custom_fields")))
        .add_columns(
            _Linked.agreed_ours,
            _Linked.agreed_theirs,
            Customer.deleted_at.label("deleted_at"),
            MirrorCustomer.gone_at.label("gone_at"),
            MirrorCustomer.their_id.label("mirrored"),
        )
        .where(
            or_(
                Customer.deleted_at.is_(None) == missing,
                and_(
                    Customer.deleted_at.is_(None),
                    or_(_unlike(Customer, MirrorCustomer, CUSTOMER_FIELDS), *_unlike_own(own)),
                ),
            )
        )
    )
    return side.execute(query.order_by(_Linked.our_id)).all()


def contacts(side: Connection, among: Stretch) -> Sequence[Row[Any]]:
    """Read the contacts of customers that live on both sides which have no twin there, or are unlike it."""
    query = (
        _linked(among, *_both(Contact, MirrorContact, CONTACT_FIELDS))
        .add_columns(
            Contact.id.label("our_id"),
            Contact.deleted_at.label("deleted_at"),
            Link.their_id.label("linked_id"),
            MirrorContact.their_id.label("mirrored"),
            Link.agreed_ours,
            Link.agreed_theirs,
        )
        .join(Contact, and_(Contact.portal_id == _Linked.portal_id, Contact.customer_id == _Linked.our_id))
        .outerjoin(Link, and_(_of_connection(Link), Link.kind == "contact", Link.our_id == Contact.id))
        .outerjoin(
            MirrorContact,
            and_(
                _of_connection(MirrorContact),
                MirrorContact.their_id == Link.their_id,
                MirrorContact.their_customer_id == _Linked.their_id,
            ),
        )
        .where(_lives_on_both_sides())
        .where(
            or_(
                and_(Link.our_id.is_(None), Contact.deleted_at.is_(None)),
                and_(
                    Link.our_id.is_not(None),
                    or_(
                        Contact.deleted_at.is_(None) == MirrorContact.their_id.is_(None),
                        and_(Contact.deleted_at.is_(None), _unlike(Contact, MirrorContact, CONTACT_FIELDS)),
                    ),
                ),
            )
        )
    )
    return side.execute(query.order_by(_Linked.our_id, Contact.id)).all()


def contacts_there(side: Connection, among: Stretch) -> Sequence[Row[Any]]:
    """Read the contacts there that nobody here is linked to; of customers that live on both sides."""
    theirs = [getattr(MirrorContact, name).label(THEIRS + name) for name in CONTACT_FIELDS]
    query = (
        _linked(among, *theirs)
        .add_columns(MirrorContact.their_id.label("mirrored"))
        .join(
            MirrorContact,
            and_(_of_connection(MirrorContact), MirrorContact.their_customer_id == _Linked.their_id),
        )
        .outerjoin(
            Link,
            and_(_of_connection(Link), Link.kind == "contact", Link.their_id == MirrorContact.their_id),
        )
        .where(_lives_on_both_sides(), Link.our_id.is_(None))
    )
    return side.execute(query.order_by(_Linked.our_id, MirrorContact.their_id)).all()


def conflicts(side: Connection, among: Stretch, customer_ids: Sequence[uuid.UUID]) -> Sequence[Row[Any]]:
    """Read which fields of some customers and their contacts wait as conflicts."""
    return _about(side, Conflict, among, customer_ids, ("kind", "our_id", "field"))


def problems(side: Connection, among: Stretch, customer_ids: Sequence[uuid.UUID]) -> Sequence[Row[Any]]:
    """Read what else of some customers and their contacts could not be brought to agreement, and why."""
    return _about(side, Problem, among, customer_ids, _OF_PROBLEM)


def apart(
    side: Connection, among: Stretch, customer_ids: Sequence[uuid.UUID]
) -> Sequence[Row[uuid.UUID, uuid.UUID, list[str]]]:
    """Read which contacts of some customers a person left apart, each with those there it may have been."""
    person = and_(Contact.portal_id == Intent.portal_id, Contact.id == Intent.our_id)
    query = select(Intent.our_id, Contact.customer_id, Intent.found).join(Contact, person)
    query = query.where(*_of(Intent, among), Intent.state == "apart", Contact.customer_id.in_(customer_ids))
    return side.execute(query).all()


def led_by_strangers(
    side: Connection, among: Stretch, customer_ids: Sequence[uuid.UUID]
) -> Sequence[uuid.UUID]:
    """List those of some customers whose primary contact there is linked to one of another customer here."""
    there = and_(_of_connection(MirrorContact), MirrorContact.their_customer_id == _Linked.their_id)
    person = and_(_of_connection(Link), Link.kind == "contact", Link.their_id == MirrorContact.their_id)
    query = (
        select(_Linked.our_id)
        .join(MirrorContact, there)
        .join(Link, person)
        .join(Contact, and_(Contact.portal_id == Link.portal_id, Contact.id == Link.our_id))
        .where(*_of(_Linked, among), _Linked.kind == "customer", _Linked.our_id.in_(customer_ids))
        .where(MirrorContact.primary.is_(True), Contact.customer_id != _Linked.our_id)
    )
    return side.scalars(query).all()


def _about(
    side: Connection, model: Any, among: Stretch, customer_ids: Sequence[uuid.UUID], names: Sequence[str]
) -> Sequence[Row[Any]]:
    columns = [getattr(model, name) for name in names]
    return side.execute(select(*columns).where(*_of(model, among), model.customer_id.in_(customer_ids))).all()


def _linked(among: Stretch, *columns: Any) -> Select[Any]:
    """Begin a query over linked customers: their link, and both customers."""
    of_customer = and_(Customer.portal_id == _Linked.portal_id, Customer.id == _Linked.our_id)
    of_mirror = and_(_of_connection(MirrorCustomer), MirrorCustomer.their_id == _Linked.their_id)
    return (
        select(
            _Linked.our_id.label("customer_id"),
            _Linked.their_id.label("their_customer_id"),
            _Linked.due_at,
            _Linked.brake,
            Customer.name.label("customer"),
            MirrorCustomer.contacts_digest.is_(None).label("unread"),
            *columns,
        )
        .select_from(_Linked)
        .join(Customer, of_customer)
        .outerjoin(MirrorCustomer, of_mirror)
        .where(*_of(_Linked, among), _Linked.kind == "customer")
        .where(_Linked.our_id > among.after, _Linked.our_id <= among.last)
    )


def _of(model: Any, among: Stretch) -> tuple[ColumnElement[bool], ...]:
    return model.portal_id == among.portal_id, model.connection_id == among.connection_id


def _of_connection(model: Any) -> ColumnElement[bool]:
    return and_(model.portal_id == _Linked.portal_id, model.connection_id == _Linked.connection_id)


def _lives_on_both_sides() -> ColumnElement[bool]:
    return and_(
        Customer.deleted_at.is_(None), MirrorCustomer.their_id.is_not(None), MirrorCustomer.gone_at.is_(None)
    )


def _both(ours: Any, theirs: Any, names: Sequence[str]) -> list[Any]:
    return [
        *(getattr(ours, name).label(OURS + name) for name in names),
        *(getattr(theirs, name).label(THEIRS + name) for name in names),
    ]


def _unlike(ours: Any, theirs: Any, names: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(getattr(ours, name).is_distinct_from(getattr(theirs, name)) for name in names))


def _unlike_own(keys: Sequence[str]) -> list[ColumnElement[bool]]:
    """The conditions that custom fields are not the same on both sides, so far as both are known."""
    ours, theirs = Customer.custom_fields, MirrorCustomer.custom_fields
    return [and_(theirs.has_key(key), ours[key].is_distinct_from(theirs[key])) for key in keys]
