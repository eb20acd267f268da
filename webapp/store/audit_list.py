"""The audit as people look through it: filtered by indexes alone, and paged by the number of an entry."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, union

from webapp.extensions import db
from webapp.store.audit import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which entries: those for which any of ``either`` holds, and all of the rest.

    Each of ``either`` is a column's name with a value that its index finds; None asks for all entries.
    """

    either: tuple[tuple[str, str], ...] | None = None
    actor: str = ""
    subject: str = ""
    actions: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def page(portal_id: uuid.UUID, query: Query, *, before: int | None, limit: int) -> list[AuditEntry]:
    """List the newest entries below a number, the last first."""
    numbers = _numbers(portal_id, query, before, limit)
    if numbers is None:
        return []
    chosen = select(AuditEntry).where(AuditEntry.portal_id == portal_id, AuditEntry.number.in_(numbers))
    return list(db.session.scalars(chosen.order_by(AuditEntry.number.desc()).limit(limit)))


def all_entries(portal_id: uuid.UUID, query: Query, *, at_once: int = 1000) -> Iterator[AuditEntry]:
    """Return all entries, the last first, a page at a time and none kept."""
    before: int | None = None
    while found := page(portal_id, query, before=before, limit=at_once):
        yield from found
        before = found[-1].number
        db.session.expunge_all()


def actors(portal_id: uuid.UUID) -> list[str]:
    """List who has acted, each found behind the one before in the index: entries are many, people few."""
    mine = AuditEntry.portal_id == portal_id
    chain = select(func.min(AuditEntry.actor).label("actor")).where(mine).cte("acted", recursive=True)
    next_one = select(func.min(AuditEntry.actor)).where(mine, AuditEntry.actor > chain.c.actor)
    chain = chain.union_all(select(next_one.scalar_subquery()).where(chain.c.actor.is_not(None)))
    return list(db.session.scalars(select(chain.c.actor).where(chain.c.actor.is_not(None))))


def last_number(portal_id: uuid.UUID) -> int:
    """Tell how many entries there are: they are numbered without a gap."""
    newest = select(func.max(AuditEntry.number)).where(AuditEntry.portal_id == portal_id)
    return db.session.scalar(newest) or 0


def _numbers(
    portal_id: uuid.UUID, query: Query, before: int | None, limit: int
) -> Select[int] | ColumnElement[int] | None:
    """Choose by each way in that has an index, as many as a page takes, and join what they found."""
    always = _always(portal_id, query, before)
    ways = _ways_in(query)
    if ways is None:
        return _newest(always, limit)
    if not ways:
        return None
    branches = [_newest([*always, *way], limit).subquery() for way in ways]
    return select(union(*(select(each.c.number) for each in branches)).subquery().c.number)


def _ways_in(query: Query) -> list[list[ColumnElement[bool]]] | None:
    more = [AuditEntry.actor == query.actor] if query.actor else []
    more += [AuditEntry.subject == query.subject] if query.subject else []
    if query.either is not None:
        more += [AuditEntry.action.in_(query.actions)] if query.actions else []
        return [[getattr(AuditEntry, name) == value, *more] for name, value in query.either]
    if query.actions:
        return [[AuditEntry.action == action, *more] for action in query.actions]
    return [more] if more else None


def _always(portal_id: uuid.UUID, query: Query, before: int | None) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [AuditEntry.portal_id == portal_id]
    if before is not None:
        where.append(AuditEntry.number < before)
    # Entries are numbered in the order of their times, so that a time is a number.
    if query.since is not None:
        where.append(AuditEntry.number >= _first_from(portal_id, query.since))
    if query.until is not None:
        where.append(AuditEntry.number < _first_from(portal_id, query.until))
    return where


def _first_from(portal_id: uuid.UUID, moment: datetime) -> int:
    first = select(AuditEntry.number).where(AuditEntry.portal_id == portal_id, AuditEntry.at >= moment)
    found = db.session.scalar(first.order_by(AuditEntry.at, AuditEntry.number).limit(1))
    return found if found is not None else last_number(portal_id) + 1


def _newest(where: Sequence[ColumnElement[bool]], limit: int) -> Select[int]:
    return select(AuditEntry.number).where(*where).order_by(AuditEntry.number.desc()).limit(limit)
