"""The people of a project: its members, the customers it is for, and who could become either."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.customers import Contact, Customer
from webapp.store.portals import Membership, Profile, User
from webapp.store.projects import Project, ProjectCustomer, ProjectMember
from webapp.store.search import matches
from webapp.store.ticks import uuids

UNSEEN = {"synchronize_session": False}

_HELD = and_(ProjectCustomer.portal_id == Customer.portal_id, ProjectCustomer.customer_id == Customer.id)


def find(portal_id: uuid.UUID, project_id: uuid.UUID) -> Project | None:
    """Find a project of a portal."""
    return db.session.get(Project, (portal_id, project_id))


def find_by_key(portal_id: uuid.UUID, key: str) -> Project | None:
    """Find a project of a portal by its key, in capitals or not."""
    return db.session.scalar(
        select(Project).where(Project.portal_id == portal_id, Project.key == key.upper())
    )


def locked(portal_id: uuid.UUID, project_id: uuid.UUID) -> Project | None:
    """Read a project anew and keep others from changing it or its people until the transaction ends."""
    query = select(Project).where(Project.portal_id == portal_id, Project.id == project_id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalar(query)


def locked_for_good(portal_id: uuid.UUID, project_id: uuid.UUID) -> Project | None:
    """Read a project that is to be deleted, and keep others from beginning anything that goes there."""
    query = select(Project).where(Project.portal_id == portal_id, Project.id == project_id)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def has_member(portal_id: uuid.UUID, project_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    """Tell whether somebody works on a project, and was not disabled in the portal."""
    query = select(
        exists()
        .where(*_of(ProjectMember, portal_id, project_id), ProjectMember.user_id == user_id)
        .where(Membership.portal_id == portal_id, Membership.user_id == ProjectMember.user_id)
        .where(Membership.disabled_at.is_(None))
    )
    return bool(db.session.scalar(query))


def members(portal_id: uuid.UUID, project_id: uuid.UUID, q: str = "") -> list[Row[Any]]:
    """List who works on a project by name: the user, what they may do in the portal, and since when."""
    query = _users(portal_id, q, ProjectMember.added_at.label("added_at")).join(
        ProjectMember,
        and_(ProjectMember.portal_id == Membership.portal_id, ProjectMember.user_id == Membership.user_id),
    )
    return list(db.session.execute(query.where(ProjectMember.project_id == project_id)))


def others(portal_id: uuid.UUID, project_id: uuid.UUID, q: str, limit: int) -> list[Row[Any]]:
    """List users of the portal who do not work on a project, by name."""
    works = exists().where(
        *_of(ProjectMember, portal_id, project_id), ProjectMember.user_id == Membership.user_id
    )
    query = _users(portal_id, q).where(~works, Membership.disabled_at.is_(None), User.active)
    return list(db.session.execute(query.limit(limit)))


def add_members(portal_id: uuid.UUID, project_id: uuid.UUID, user_ids: Collection[uuid.UUID]) -> list[str]:
    """Let users of the portal work on a project; return the ids of those who did not."""
    belong = select(Membership.user_id).where(
        Membership.portal_id == portal_id, Membership.user_id.in_(user_ids), Membership.disabled_at.is_(None)
    )
    rows = [_row(portal_id, project_id, user_id=each) for each in db.session.scalars(belong)]
    if not rows:
        return []
    made = insert(ProjectMember).values(rows).on_conflict_do_nothing().returning(ProjectMember.user_id)
    return sorted(str(each) for each in db.session.scalars(made))


def take_member_off(portal_id: uuid.UUID, project_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    """Let somebody work on a project no longer; tell whether they did."""
    gone = delete(ProjectMember).where(
        *_of(ProjectMember, portal_id, project_id), ProjectMember.user_id == user_id
    )
    return bool(db.session.execute(gone.execution_options(**UNSEEN)).rowcount)  # type: ignore[attr-defined]


def customers(
    portal_id: uuid.UUID, project_id: uuid.UUID, q: str = "", *, offset: int = 0, limit: int = 50
) -> tuple[list[Row[Any]], int]:
    """List the customers of a project that are not in the bin, the primary one first, and count them."""
    found = (
        select(Customer, ProjectCustomer.primary.label("primary"), ProjectCustomer.added_at)
        .join(ProjectCustomer, _HELD)
        .where(*_of(ProjectCustomer, portal_id, project_id), _is_here(), matches(Customer.search, q))
    )
    order = ProjectCustomer.primary.desc(), Customer.sort_key, Customer.id
    rows: list[Row[Any]] = list(db.session.execute(found.order_by(*order).offset(offset).limit(limit)))
    total = db.session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
    return rows, total


def candidates(portal_id: uuid.UUID, project_id: uuid.UUID, q: str, limit: int) -> list[Row[Any]]:
    """List customers that are not in a project yet, with the number of their contacts."""
    within = exists().where(_HELD, ProjectCustomer.project_id == project_id)
    living = (
        select(func.count())
        .where(Contact.portal_id == Customer.portal_id, Contact.customer_id == Customer.id)
        .where(Contact.deleted_at.is_(None))
        .correlate(Customer)
        .scalar_subquery()
    )
    query = select(Customer.id, Customer.name, Customer.currency, living.label("contacts"))
    query = query.where(Customer.portal_id == portal_id, _is_here(), Customer.active, ~within)
    order = Customer.sort_key, Customer.id
    return list(db.session.execute(query.where(matches(Customer.search, q)).order_by(*order).limit(limit)))


def held_customers(portal_id: uuid.UUID, customer_ids: Collection[uuid.UUID]) -> Sequence[Customer]:
    """Read customers that are not in the bin, and keep others from deleting them meanwhile."""
    query = select(Customer).where(
        Customer.portal_id == portal_id, Customer.id == func.any(uuids(customer_ids))
    )
    query = query.where(_is_here()).order_by(Customer.id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def add_customers(
    portal_id: uuid.UUID,
    project_id: uuid.UUID,
    customer_ids: Collection[uuid.UUID],
    *,
    run_id: uuid.UUID | None = None,
) -> set[uuid.UUID]:
    """Have a project be for customers too; return those it was not for. The first becomes primary by itself.

    The caller holds the customers and the project.
    """
    rows = [_row(portal_id, project_id, customer_id=each, run_id=run_id) for each in customer_ids]
    if not rows:
        return set()
    made = insert(ProjectCustomer).values([{**row, "primary": False} for row in rows])
    made = made.on_conflict_do_nothing(index_elements=["portal_id", "project_id", "customer_id"])
    return set(db.session.scalars(made.returning(ProjectCustomer.customer_id)))


def take_customer_off(portal_id: uuid.UUID, project_id: uuid.UUID, customer_id: uuid.UUID) -> bool:
    """Have a project be for a customer no longer; tell whether it was."""
    gone = delete(ProjectCustomer).where(
        *_of(ProjectCustomer, portal_id, project_id), ProjectCustomer.customer_id == customer_id
    )
    return bool(db.session.execute(gone.execution_options(**UNSEEN)).rowcount)  # type: ignore[attr-defined]


def make_primary(portal_id: uuid.UUID, project_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Make one of a project's customers the primary one, in the place of whichever was."""
    is_it = ProjectCustomer.customer_id == customer_id
    made = update(ProjectCustomer).where(*_of(ProjectCustomer, portal_id, project_id))
    made = made.where(or_(ProjectCustomer.primary, is_it)).values(primary=is_it)
    db.session.execute(made.execution_options(**UNSEEN))


def primary_of(portal_id: uuid.UUID, project_id: uuid.UUID) -> uuid.UUID | None:
    """Return which of a project's customers is the primary one, if it has any that is not in the bin."""
    query = select(Customer.id).join(ProjectCustomer, _HELD).where(ProjectCustomer.primary, _is_here())
    return db.session.scalar(query.where(*_of(ProjectCustomer, portal_id, project_id)))


def is_for(portal_id: uuid.UUID, project_id: uuid.UUID, customer_id: uuid.UUID) -> bool:
    """Tell whether a project is for a customer that is not in the bin."""
    query = select(Customer.id).join(ProjectCustomer, _HELD).where(Customer.id == customer_id, _is_here())
    return db.session.scalar(query.where(*_of(ProjectCustomer, portal_id, project_id))) is not None


def has_customers(portal_id: uuid.UUID, project_id: uuid.UUID) -> bool:
    """Tell whether a project is for anybody, those in the bin too."""
    return bool(db.session.scalar(select(exists().where(*_of(ProjectCustomer, portal_id, project_id)))))


def binned_customers(portal_id: uuid.UUID, project_id: uuid.UUID) -> int:
    """Count the customers of a project that lie in the bin."""
    query = select(func.count()).select_from(ProjectCustomer).join(Customer, _HELD)
    query = query.where(*_of(ProjectCustomer, portal_id, project_id), Customer.deleted_at.is_not(None))
    return db.session.scalar(query) or 0


def move_customer(portal_id: uuid.UUID, gone: uuid.UUID, stays: uuid.UUID) -> None:
    """Have the projects of one customer be for another one, primary where it was; both are held.

    Projects of another currency than that of the one that stays are let be.
    """
    fitting = (
        select(ProjectCustomer.project_id, ProjectCustomer.primary, ProjectCustomer.added_at)
        .join(
            Project,
            and_(Project.portal_id == ProjectCustomer.portal_id, Project.id == ProjectCustomer.project_id),
        )
        .join(Customer, and_(Customer.portal_id == Project.portal_id, Customer.id == stays))
        .where(ProjectCustomer.portal_id == portal_id, ProjectCustomer.customer_id == gone)
        .where(Project.currency == Customer.currency)
        .order_by(Project.id)
        .with_for_update(of=Project, key_share=True)
    )
    for row in db.session.execute(fitting).all():
        added = _row(portal_id, row.project_id, customer_id=stays, primary=False)
        made = insert(ProjectCustomer).values({**added, "added_at": row.added_at})
        db.session.execute(
            made.on_conflict_do_nothing(index_elements=["portal_id", "project_id", "customer_id"])
        )
        if row.primary:
            make_primary(portal_id, row.project_id, stays)
        take_customer_off(portal_id, row.project_id, gone)


def take_back(portal_id: uuid.UUID, run_id: uuid.UUID, customer_ids: Collection[uuid.UUID]) -> int:
    """Take off the customers that a run added to its project; tell how many there were."""
    gone = delete(ProjectCustomer).where(
        ProjectCustomer.portal_id == portal_id,
        ProjectCustomer.run_id == run_id,
        ProjectCustomer.customer_id == func.any(uuids(customer_ids)),
    )
    done = db.session.execute(gone.execution_options(**UNSEEN))
    return done.rowcount  # type: ignore[attr-defined]


def _users(portal_id: uuid.UUID, q: str, *columns: Any) -> Select[Any]:
    query = (
        select(User, Profile.name.label("profile"), Membership.disabled_at, *columns)
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .join(Profile, and_(Profile.portal_id == Membership.portal_id, Profile.id == Membership.profile_id))
        .where(Membership.portal_id == portal_id)
    )
    for word in q.replace("\0", " ").split():
        query = query.where(
            or_(User.name.icontains(word, autoescape=True), User.email.icontains(word, autoescape=True))
        )
    return query.order_by(func.lower(User.name), User.id)


def _row(portal_id: uuid.UUID, project_id: uuid.UUID, **values: Any) -> dict[str, Any]:
    return {"portal_id": portal_id, "project_id": project_id, "added_at": now(), **values}


def _of(table: Any, portal_id: uuid.UUID, project_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return table.portal_id == portal_id, table.project_id == project_id


def _is_here() -> ColumnElement[bool]:
    return Customer.deleted_at.is_(None)
