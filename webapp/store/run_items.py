"""The items of a run while it is carried out, and what came of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    select,
    text,
    update,
)

from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.mirror import MirrorCustomer
from webapp.store.review_items import in_run
from webapp.store.run_data import AnyRun, ItemData
from webapp.store.runs import Run, RunItem
from webapp.store.search import matches

M = MirrorCustomer
FINISHED = ("done", "skipped", "failed", "changed", "cancelled")
DONE_AS = {"created": "create", "merged": "merge", "cloned": "clone", "added": "add"}
"""What people call an item that is done, by its action."""

TAKEN_BACK = ("bin", "put_back", "take_off")
"""What an undo does: a customer that the import made goes into the bin, one it merged is put back, and one it
only added to its project is taken off that."""

PARTLY = and_(RunItem.state == "done", RunItem.reason != "")
"""The condition that an item is done but for something that was refused."""


def pending(run: AnyRun, limit: int) -> list[ItemData]:
    """Read the next items to carry out."""
    columns = [getattr(RunItem, each.name) for each in fields(ItemData)]
    query = select(*columns).where(in_run(run), RunItem.state == "pending").order_by(RunItem.position)
    return [ItemData(**row._mapping) for row in db.session.execute(query.limit(limit))]


def contacts_unread(run: AnyRun, limit: int) -> list[str]:
    """List customers there that are next to come and whose contacts were not read yet."""
    query = (
        select(RunItem.their_id)
        .join(M, _mirrored(run))
        .where(in_run(run), RunItem.state == "pending", M.contacts_digest.is_(None), M.gone_at.is_(None))
        .order_by(RunItem.position)
    )
    return list(db.session.scalars(query.limit(limit)))


def details_unread(run: AnyRun, positions: Collection[int]) -> list[str]:
    """List customers there, of some items to be merged, whose newest version was not read in full."""
    query = (
        select(RunItem.their_id)
        .join(M, _mirrored(run))
        .where(in_run(run), RunItem.position.in_(positions), RunItem.action == "merge")
        .where(M.detail_version.is_distinct_from(M.version), M.gone_at.is_(None))
    )
    return list(db.session.scalars(query.order_by(RunItem.position)))


_FINISH = text("""
    UPDATE run_item SET state = :state, reason = :reason, finished_at = :at,
        our_id = coalesce(:our_id, our_id), contacts = coalesce(:contacts, contacts)
    WHERE portal_id = :portal AND run_id = :run AND position = :position AND state = ANY(:open)
""").bindparams(bindparam("our_id", type_=Uuid()), bindparam("contacts", type_=Integer()))


def finish(
    item: ItemData,
    state: str,
    *,
    reason: str,
    our_id: uuid.UUID | None = None,
    contacts: int | None = None,
    begun: bool = False,
) -> bool:
    """Write what came of an item; tell whether it was still open.

    One that was cancelled is not, unless it was ``begun`` at the provider by then.
    """
    values = {
        "portal": item.portal_id,
        "run": item.run_id,
        "position": item.position,
        "open": ["pending", "cancelled"] if begun else ["pending"],
        "state": state,
        "reason": reason,
        "at": now(),
        "our_id": our_id,
        "contacts": contacts,
    }
    return bool(db.session.connection().execute(_FINISH, values).rowcount)


def note_begun(item: ItemData, *, contacts: int) -> bool:
    """Note that an item is begun at the provider, and is taken up from there; tell whether it was open.

    ``contacts`` are there when it is begun for the first time: later those made there are among them.
    """
    begun = update(RunItem).where(*_is(item), RunItem.state == "pending")
    first = RunItem.begun_at.is_(None)
    begun = begun.values(begun_at=now(), contacts=case((first, contacts), else_=RunItem.contacts))
    done = db.session.execute(begun.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def count_attempt(item: ItemData) -> int:
    """Count a time the provider gave no answer for an item; return how many that makes."""
    counted = update(RunItem).where(*_is(item)).values(attempts=RunItem.attempts + 1)
    returned = counted.returning(RunItem.attempts).execution_options(synchronize_session=False)
    return db.session.scalar(returned) or 0


def cancel_pending(run: AnyRun) -> None:
    """Close what was not begun yet."""
    closed = update(RunItem).where(in_run(run), RunItem.state == "pending", RunItem.begun_at.is_(None))
    closed = closed.values(state="cancelled", finished_at=now(), reason="Cancelled before its turn.")
    db.session.execute(closed.execution_options(synchronize_session=False))


def counts(run: AnyRun) -> dict[str, int]:
    """Count a run's items by what came of them, and the contacts that came along.

    ``partly`` counts those once more that are done but for something that was refused.
    """
    counted = (
        select(
            RunItem.state,
            RunItem.action,
            func.count().label("rows"),
            func.sum(RunItem.contacts).label("people"),
            func.count().filter(PARTLY).label("partly"),
        )
        .where(in_run(run))
        .group_by(RunItem.state, RunItem.action)
    )
    found = dict.fromkeys((*DONE_AS, *FINISHED[1:], "pending", "contacts", "partly"), 0)
    names = {action: name for name, action in DONE_AS.items()}
    for row in db.session.execute(counted):
        found[names.get(row.action, row.action) if row.state == "done" else row.state] += row.rows
        found["contacts"] += row.people if row.state == "done" else 0
        found["partly"] += row.partly
    return found


def next_name(run: AnyRun) -> str:
    """Return the name of the customer whose turn it is."""
    query = select(RunItem.name).where(in_run(run), RunItem.state == "pending").order_by(RunItem.position)
    return db.session.scalar(query.limit(1)) or ""


def newest(run: AnyRun, state: str, limit: int) -> list[RunItem]:
    """List the items of a state, the latest first."""
    query = select(RunItem).where(in_run(run), RunItem.state == state).order_by(RunItem.position.desc())
    return list(db.session.scalars(query.limit(limit).execution_options(populate_existing=True)))


def pace(run: AnyRun, among: int = 200) -> Row[Any]:
    """Tell when the first and the last of the newest finished items were finished, and how many they are."""
    finished = select(RunItem.finished_at).where(in_run(run), RunItem.state == "done")
    recent = finished.order_by(RunItem.position.desc()).limit(among).subquery()
    at = recent.c.finished_at
    query = select(func.min(at).label("first"), func.max(at).label("last"), func.count(at).label("rows"))
    return db.session.execute(query).one()


def page(
    run: AnyRun, state: str, q: str, *only: ColumnElement[bool], offset: int, limit: int
) -> tuple[list[RunItem], int]:
    """Read some items of a state or an outcome, and how many there are."""
    where = and_(in_run(run), _of(state), matches(RunItem.sort_key, q), *only)
    total = select(func.count()).select_from(RunItem).where(where)
    query = select(RunItem, total.scalar_subquery().label("total")).where(where)
    query = query.order_by(RunItem.position).offset(offset).limit(limit)
    found = list(db.session.execute(query.execution_options(populate_existing=True)))
    if found or not offset:
        return [row[0] for row in found], found[0].total if found else 0
    return [], db.session.scalar(total) or 0


def following(
    side: Connection, run: AnyRun, state: str, q: str, *, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Read the next items of a state or an outcome behind a position, as rows of their columns."""
    where = and_(in_run(run), _of(state), matches(RunItem.sort_key, q), RunItem.position > after)
    query = select(*RunItem.__table__.columns).where(where).order_by(RunItem.position).limit(limit)
    return side.execute(query).all()


def last_twin(portal_id: uuid.UUID, customer_id: uuid.UUID, connection_id: uuid.UUID) -> str | None:
    """Return which customer there was last brought together with one here, by any run."""
    query = (
        select(RunItem.their_id)
        .join(Run, and_(Run.portal_id == RunItem.portal_id, Run.id == RunItem.run_id))
        .where(RunItem.portal_id == portal_id, RunItem.our_id == customer_id, RunItem.state == "done")
        .where(Run.connection_id == connection_id)
        .order_by(RunItem.finished_at.desc())
    )
    return db.session.scalar(query.limit(1))


def _of(state: str) -> ColumnElement[bool]:
    if state == "partly":
        return PARTLY
    if state in DONE_AS or state in TAKEN_BACK:
        return and_(RunItem.state == "done", RunItem.action == DONE_AS.get(state, state))
    if state in (*FINISHED, "kept", "pending"):
        return RunItem.state == state
    return RunItem.state.in_((*FINISHED, "kept", "pending"))


def _is(item: ItemData) -> tuple[ColumnElement[bool], ...]:
    return (
        RunItem.portal_id == item.portal_id,
        RunItem.run_id == item.run_id,
        RunItem.position == item.position,
    )


def _mirrored(run: AnyRun) -> ColumnElement[bool]:
    return and_(
        M.portal_id == run.portal_id,
        M.connection_id == run.connection_id,
        M.their_id == RunItem.their_id,
    )
