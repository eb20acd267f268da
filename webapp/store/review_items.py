"""A review's items as they are read and answered: group by group, and one at a time."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from webapp.extensions import db
from webapp.store.customers import Contact, Customer
from webapp.store.links import Link
from webapp.store.mirror import MOST_FAILURES, MirrorCustomer
from webapp.store.project_items import is_taken
from webapp.store.reviews import heading
from webapp.store.run_data import AnyRun
from webapp.store.runs import Run, RunItem
from webapp.store.search import matches

M = MirrorCustomer
IMPORTING = ("create", "merge", "clone", "add")


def in_run(run: AnyRun) -> ColumnElement[bool]:
    """Put the condition that an item is one of a run's."""
    return and_(RunItem.portal_id == run.portal_id, RunItem.run_id == run.id)


def tally(run: Run) -> list[Row[Any]]:
    """Count the items by group and action, with their contacts and how many of them have contacts unread."""
    counted = (
        select(
            heading.label("group"),
            RunItem.action,
            func.count().label("items"),
            func.sum(RunItem.contacts).label("contacts"),
            func.count().filter(RunItem.seen["contacts_count"].astext.is_(None)).label("unread"),
        )
        .where(in_run(run))
        .group_by(heading, RunItem.action)
    )
    return list(db.session.execute(counted))


def group_items(run: Run, group: str, q: str, *, offset: int, limit: int) -> list[RunItem]:
    """Read some items of a group, as a search finds them."""
    query = select(RunItem).where(_in_group(run, group, q)).order_by(RunItem.position)
    query = query.offset(offset).limit(limit).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def count_group(run: Run, group: str, q: str) -> int:
    """Count the items of a group that a search finds."""
    return db.session.scalar(select(func.count()).select_from(RunItem).where(_in_group(run, group, q))) or 0


def _in_group(run: Run, group: str, q: str) -> ColumnElement[bool]:
    return and_(in_run(run), heading == group, matches(RunItem.sort_key, q))


def item_at(run: Run, position: int) -> RunItem | None:
    """Read an item."""
    query = select(RunItem).where(in_run(run), RunItem.position == position)
    return db.session.scalar(query.execution_options(populate_existing=True))


def items_of(run: Run, their_ids: Collection[str]) -> list[RunItem]:
    """Read the items of some customers there."""
    query = select(RunItem).where(
        in_run(run), RunItem.their_id == func.any(literal(list(their_ids), ARRAY(Text)))
    )
    query = query.order_by(RunItem.position).execution_options(populate_existing=True)
    return list(db.session.scalars(query)) if their_ids else []


def their_ids(run: Run) -> set[str]:
    """List their ids of all customers of a run."""
    return set(db.session.scalars(select(RunItem.their_id).where(in_run(run))))


def first_unanswered(run: Run) -> int | None:
    """Return the position of the first item that waits for an answer."""
    query = select(func.min(RunItem.position)).where(in_run(run), RunItem.action == "ask")
    return db.session.scalar(query)


def count_before(run: Run, group: str, position: int) -> int:
    """Count the items of a group that stand before a position."""
    before = select(func.count()).select_from(RunItem)
    return db.session.scalar(before.where(in_run(run), heading == group, RunItem.position < position)) or 0


def details_wanted(run: Run) -> int:
    """Count the merges whose customer there was not read in full yet."""
    return (
        db.session.scalar(select(func.count()).select_from(RunItem).join(*_mirrored(run)).where(_unread(run)))
        or 0
    )


def unread_details(run: Run, their_ids: Collection[str]) -> set[str]:
    """Return those of some customers there that were not read in full yet."""
    query = select(M.their_id).where(
        M.portal_id == run.portal_id,
        M.connection_id == run.connection_id,
        M.their_id.in_(their_ids),
        M.detail_version.is_distinct_from(M.version),
    )
    return set(db.session.scalars(query))


def taken_by(run: Run, our_id: uuid.UUID, position: int) -> RunItem | None:
    """Find another item of the run that is to be merged with a customer."""
    query = select(RunItem).where(in_run(run), RunItem.action == "merge", RunItem.our_id == our_id)
    return db.session.scalar(query.where(RunItem.position != position).limit(1))


def candidates(run: Run, name_keys: Collection[str], our_ids: Collection[uuid.UUID] = ()) -> list[Row[Any]]:
    """List the customers here of some names, and some others, that could be merged with, eldest first."""
    linked = and_(
        Link.portal_id == Customer.portal_id,
        Link.connection_id == run.connection_id,
        Link.kind == "customer",
        Link.our_id == Customer.id,
    )
    living = and_(
        Contact.portal_id == Customer.portal_id,
        Contact.customer_id == Customer.id,
        Contact.deleted_at.is_(None),
    )
    people = select(func.count()).select_from(Contact).where(living).scalar_subquery()
    called = func.coalesce(
        func.nullif(func.concat_ws(" ", Contact.first_name, Contact.last_name), ""), Contact.email
    )
    first = (
        select(called).where(living).order_by(Contact.primary.desc(), Contact.id).limit(1).scalar_subquery()
    )
    columns = (Customer.id, Customer.name, Customer.name_key, Customer.currency, Customer.created_at)
    query = (
        select(*columns, people.label("contacts"), first.label("person"))
        .outerjoin(Link, linked)
        .where(Customer.portal_id == run.portal_id, Customer.deleted_at.is_(None), Link.our_id.is_(None))
        .where(or_(Customer.name_key.in_(name_keys), Customer.id.in_(our_ids)))
        .order_by(Customer.name_key, Customer.id)
    )
    if run.project_id is not None:
        query = query.where(is_taken(run))
    return list(db.session.execute(query))


def answer_same_names(run: Run, answer: str, *, unanswered: bool = False) -> int:
    """Give an answer to all same names it fits, or to those ``unanswered``; tell how many took it."""
    fitting = [in_run(run), RunItem.state == "pending", heading == "same_name"]
    if unanswered:
        fitting.append(RunItem.action == "ask")
    if answer == "merge":
        fitting += [RunItem.candidates == 1, RunItem.twins == 0]
    return _set(fitting, answer=answer, action=answer)


def leave_out_unanswered(run: Run, *, several: str, nobody: str) -> None:
    """Skip what no answer fits, with why: ``several`` could be meant, or ``nobody`` can be merged with."""
    reason = case((or_(RunItem.candidates > 0, RunItem.twins > 0), several), else_=nobody)
    _set([in_run(run), RunItem.action == "ask"], answer="skip", action="skip", reason=reason)


def skip_changed(run: Run) -> int:
    """Leave out everything that changed while it was chosen."""
    changed = [in_run(run), RunItem.state == "changed"]
    return _set(changed, answer="skip", action="skip", state="pending", reason="")


def changed_ids(run: Run) -> list[str]:
    """List their ids of the customers that changed."""
    return list(db.session.scalars(select(RunItem.their_id).where(in_run(run), RunItem.state == "changed")))


def set_aside(run: Run) -> None:
    """Close the items that are not to be imported, with why."""
    reason = func.coalesce(func.nullif(RunItem.reason, ""), "Left out.")
    _set([in_run(run), RunItem.action.in_(("skip", "blocked"))], state="skipped", reason=reason)


def mirror_rows(run: Run, their_ids: Sequence[str]) -> dict[str, MirrorCustomer]:
    """Read customers of the mirror, by their id."""
    query = select(M).where(
        M.portal_id == run.portal_id, M.connection_id == run.connection_id, M.their_id.in_(their_ids)
    )
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {row.their_id: row for row in rows}


def _set(where: Sequence[ColumnElement[bool]], **values: Any) -> int:
    done = db.session.execute(
        update(RunItem).where(*where).values(**values).execution_options(synchronize_session=False)
    )
    db.session.expire_all()
    return done.rowcount  # type: ignore[attr-defined]


def _mirrored(run: Run) -> tuple[Any, ColumnElement[bool]]:
    same = and_(
        M.portal_id == run.portal_id, M.connection_id == run.connection_id, M.their_id == RunItem.their_id
    )
    return M, same


def _unread(run: Run) -> ColumnElement[bool]:
    wanted = and_(in_run(run), RunItem.action == "merge", RunItem.state == "pending")
    readable = and_(M.gone_at.is_(None), M.failures < MOST_FAILURES)
    return and_(wanted, readable, or_(M.detail_version.is_(None), M.detail_version != M.version))
