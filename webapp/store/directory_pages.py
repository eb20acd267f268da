"""The pages of the portal's directory: what changed, and the censuses, read forward by a key that stays."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db
from webapp.sdk import (
    Address,
    CensusPage,
    ChangePage,
    ContactData,
    ContactPage,
    ContactRecord,
    CustomerData,
    CustomerRecord,
)
from webapp.store.columns import now
from webapp.store.customers import Contact, Customer

PAGE_SIZE = 200
OVERLAP = timedelta(seconds=10)
"""How far a mark reaches back: longer than any transaction that writes a record takes to commit."""


def customer_record(row: Customer | SimpleNamespace) -> CustomerRecord:
    """Return a customer as directories tell it: one of the table, or one that waits with the same columns."""
    address = row.billing_address
    return CustomerRecord(
        id=str(row.id),
        data=CustomerData(
            name=row.name,
            company_name=row.company_name,
            website=row.website,
            billing_address=None if address is None else Address(**address),
            active=row.active,
            currency=row.currency,
            custom_fields=row.custom_fields,
        ),
        version=str(row.version),
        created_at=row.created_at,
        modified_at=row.updated_at,
    )


def contact_record(row: Contact | SimpleNamespace) -> ContactRecord:
    """Return a contact as directories tell it: one of the table, or one that waits with the same columns."""
    return ContactRecord(
        id=str(row.id),
        customer_id=str(row.customer_id),
        data=ContactData(
            salutation=row.salutation,
            first_name=row.first_name,
            last_name=row.last_name,
            email=row.email,
            phone=row.phone,
            mobile=row.mobile,
            designation=row.designation,
            department=row.department,
            primary=row.primary,
        ),
        version=str(row.version),
    )


def changed(portal_id: uuid.UUID, cursor: str | None) -> ChangePage:
    """Read customers that changed since a cursor, oldest change first; without one, the newest page."""
    touched = _touched(portal_id).subquery()
    query = select(Customer, touched.c.at).join(touched, touched.c.id == Customer.id)
    query = query.where(Customer.portal_id == portal_id)
    if cursor is None:
        newest = db.session.scalars(query.order_by(touched.c.at.desc(), Customer.id.desc()).limit(PAGE_SIZE))
        customers = tuple(customer_record(row) for row in newest)
        return ChangePage(customers=customers, cursor=_cursor(_mark()), more=False)
    kept = json.loads(cursor)
    start = (datetime.fromisoformat(kept["at"]), uuid.UUID(kept["id"]))
    query = query.where(tuple_(touched.c.at, Customer.id) > tuple_(*start))
    rows = db.session.execute(query.order_by(touched.c.at, Customer.id).limit(PAGE_SIZE + 1)).all()
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    mark = kept.get("mark") or _mark().isoformat()
    following = _cursor(rows[-1].at, rows[-1][0].id, mark) if more else _cursor(datetime.fromisoformat(mark))
    return ChangePage(customers=tuple(customer_record(row[0]) for row in rows), cursor=following, more=more)


def census(portal_id: uuid.UUID, cursor: str | None) -> CensusPage:
    """Read all customers by id, oldest first; those made meanwhile come at the end."""
    rows, following = _page(select(Customer).where(Customer.portal_id == portal_id), Customer.id, cursor)
    return CensusPage(customers=tuple(customer_record(row) for row in rows), cursor=following)


def contact_census(portal_id: uuid.UUID, cursor: str | None) -> ContactPage:
    """Read all contacts by id, oldest first; those made meanwhile come at the end."""
    rows, following = _page(select(Contact).where(Contact.portal_id == portal_id), Contact.id, cursor)
    return ContactPage(contacts=tuple(contact_record(row) for row in rows), cursor=following)


def _touched(portal_id: uuid.UUID) -> Select[Any]:
    """When each customer, or a contact of it, changed last."""
    latest = func.max(Contact.updated_at)
    at = func.greatest(Customer.updated_at, latest).label("at")
    of_customer = (Contact.portal_id == Customer.portal_id) & (Contact.customer_id == Customer.id)
    return (
        select(Customer.id, at)
        .outerjoin(Contact, of_customer)
        .where(Customer.portal_id == portal_id, Customer.deleted_at.is_(None))
        .group_by(Customer.portal_id, Customer.id)
    )


def _page(
    query: Select[Any], key: InstrumentedAttribute[uuid.UUID], cursor: str | None
) -> tuple[list[Any], str | None]:
    model = key.class_
    query = query.where(model.deleted_at.is_(None)).order_by(key).limit(PAGE_SIZE + 1)
    if cursor is not None:
        query = query.where(key > uuid.UUID(cursor))
    rows = list(db.session.scalars(query))
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    return rows, str(rows[-1].id) if more else None


def _mark() -> datetime:
    return now() - OVERLAP


def _cursor(at: datetime, after: uuid.UUID | None = None, mark: str = "") -> str:
    return json.dumps({"at": at.isoformat(), "id": str(after or uuid.UUID(int=0)), "mark": mark})
