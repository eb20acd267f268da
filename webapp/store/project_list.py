"""The list of projects: searched, filtered and counted, each row with whom it is for and who works on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, not_, select

from webapp.extensions import db
from webapp.store.customers import Customer
from webapp.store.projects import OVER, STATUSES, Project, ProjectCustomer, ProjectMember
from webapp.store.search import matches

FILTERS = ("", *STATUSES, "all")
"""What the list can be filtered for; blank is whatever is not over."""

SORTS = ("name", "-name", "ends", "newest", "changed")
"""How it can be sorted: by name either way, the next to end, the newest, or the last changed first."""

_OF_PROJECT = and_(ProjectCustomer.portal_id == Project.portal_id, ProjectCustomer.project_id == Project.id)
_IS_HERE = and_(
    Customer.portal_id == ProjectCustomer.portal_id,
    Customer.id == ProjectCustomer.customer_id,
    Customer.deleted_at.is_(None),
)
_members = (
    select(func.count())
    .where(ProjectMember.portal_id == Project.portal_id, ProjectMember.project_id == Project.id)
    .correlate(Project)
    .scalar_subquery()
)
_customers = (
    select(func.count())
    .select_from(ProjectCustomer)
    .join(Customer, _IS_HERE)
    .where(_OF_PROJECT)
    .correlate(Project)
    .scalar_subquery()
)
_primary = (
    select(Customer.name)
    .select_from(ProjectCustomer)
    .join(Customer, _IS_HERE)
    .where(_OF_PROJECT, ProjectCustomer.primary)
    .correlate(Project)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Who looks at projects: somebody who sees ``every`` project of the portal, or only their own."""

    portal_id: uuid.UUID
    user_id: uuid.UUID
    every: bool


def is_member(user_id: uuid.UUID) -> ColumnElement[bool]:
    """Put the condition that somebody works on a project."""
    return exists().where(
        ProjectMember.portal_id == Project.portal_id,
        ProjectMember.project_id == Project.id,
        ProjectMember.user_id == user_id,
    )


def page_rows(
    looker: Looker, q: str, status: str, sort: str, *, mine: bool, offset: int, limit: int
) -> list[Row[Any]]:
    """Read one page: each project with its members and customers counted, and its primary customer's name."""
    columns = (
        Project,
        _members.label("members"),
        _customers.label("customers"),
        _primary.label("primary_name"),
        is_member(looker.user_id).label("mine"),
    )
    query = _seen_by(select(*columns), looker, q, mine=mine).where(in_filter(status))
    return list(db.session.execute(query.order_by(*_ORDERS[sort]).offset(offset).limit(limit)))


def counts(looker: Looker, q: str, *, mine: bool) -> dict[str, int]:
    """Count the projects of each filter under a search, and how many the looker works on (``mine``)."""
    columns: list[Any] = [func.count().filter(in_filter(name)).label(name or "open") for name in FILTERS]
    columns.append(func.count().filter(is_member(looker.user_id), in_filter("")).label("mine"))
    return dict(db.session.execute(_seen_by(select(*columns), looker, q, mine=mine)).one()._mapping)


def of_customer(looker: Looker, customer_id: uuid.UUID) -> list[Row[Any]]:
    """List the projects that are for a customer, by name, and whether it is their primary one."""
    query = select(Project, ProjectCustomer.primary.label("primary")).join(ProjectCustomer, _OF_PROJECT)
    query = query.where(Project.portal_id == looker.portal_id, ProjectCustomer.customer_id == customer_id)
    if not looker.every:
        query = query.where(is_member(looker.user_id))
    return list(db.session.execute(query.order_by(Project.sort_key, Project.id)))


def keys_like(portal_id: uuid.UUID, stem: str) -> set[str]:
    """Return the keys of a portal's projects that begin alike."""
    query = select(Project.key).where(Project.portal_id == portal_id, Project.key.startswith(stem))
    return set(db.session.scalars(query))


def in_filter(status: str) -> ColumnElement[bool]:
    """Put the condition of a filter."""
    if status == "all":
        return Project.status.in_(STATUSES)
    return Project.status == status if status else not_(Project.status.in_(OVER))


def _seen_by(query: Select[Any], looker: Looker, q: str, *, mine: bool) -> Select[Any]:
    query = query.select_from(Project).where(
        Project.portal_id == looker.portal_id, matches(Project.search, q)
    )
    return query if looker.every and not mine else query.where(is_member(looker.user_id))


_ORDERS: dict[str, tuple[Any, ...]] = {
    "name": (Project.sort_key, Project.id),
    "-name": (Project.sort_key.desc(), Project.id.desc()),
    "ends": (Project.ends_on.asc().nulls_last(), Project.sort_key, Project.id),
    "newest": (Project.created_at.desc(), Project.id.desc()),
    "changed": (Project.updated_at.desc(), Project.id.desc()),
}
