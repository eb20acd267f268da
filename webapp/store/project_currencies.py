"""The currencies of customers beside those of their projects: what binds them, and what a run gave."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, and_, exists, func, select, update

from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.customers import Customer
from webapp.store.history import HistoryEntry
from webapp.store.projects import Project, ProjectCustomer
from webapp.store.ticks import uuids

UNSEEN = {"synchronize_session": False}


def of_customer(portal_id: uuid.UUID, customer_id: uuid.UUID) -> list[Row[Any]]:
    """List the currencies of the projects that are for a customer, with one project of each."""
    query = select(Project.currency, func.min(Project.name).label("name")).join(
        ProjectCustomer,
        and_(ProjectCustomer.portal_id == Project.portal_id, ProjectCustomer.project_id == Project.id),
    )
    query = query.where(Project.portal_id == portal_id, ProjectCustomer.customer_id == customer_id)
    return list(db.session.execute(query.group_by(Project.currency)))


def give(portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID], currency: str) -> set[uuid.UUID]:
    """Give a currency to those of some customers that have none, and return them."""
    given = update(Customer).where(
        Customer.portal_id == portal_id, Customer.id == func.any(uuids(customer_ids)), Customer.currency == ""
    )
    given = given.values(currency=currency, version=Customer.version + 1, updated_at=now())
    return set(db.session.scalars(given.returning(Customer.id).execution_options(**UNSEEN)))


def given_by(portal_id: uuid.UUID, run_id: uuid.UUID, customer_id: uuid.UUID) -> str:
    """Return the currency that a customer, held, got by a run and has, blank for none."""
    given = (
        select(Customer.currency)
        .join(HistoryEntry, HistoryEntry.new == Customer.currency)
        .where(Customer.portal_id == portal_id, Customer.id == customer_id, Customer.currency != "")
        .where(HistoryEntry.portal_id == portal_id, HistoryEntry.run_id == run_id)
        .where(HistoryEntry.record_id == customer_id, HistoryEntry.field == "currency")
        .where(HistoryEntry.action == "changed", HistoryEntry.old.is_(None))
    )
    return db.session.scalar(given.limit(1)) or ""


def take(portal_id: uuid.UUID, customer_id: uuid.UUID) -> bool:
    """Leave a customer, held, without a currency, unless a project is for it; tell whether it is without."""
    used = exists().where(ProjectCustomer.portal_id == portal_id, ProjectCustomer.customer_id == customer_id)
    taken = update(Customer).where(Customer.portal_id == portal_id, Customer.id == customer_id, ~used)
    taken = taken.values(currency="", version=Customer.version + 1, updated_at=now())
    done = db.session.execute(taken.execution_options(**UNSEEN))
    return bool(done.rowcount)  # type: ignore[attr-defined]
