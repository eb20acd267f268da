"""An undo as people read it: what it would do and keep, what the import had written there, how far it is."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from webapp.extensions import db
from webapp.services import run_pages
from webapp.services.run_pages import ItemPage
from webapp.services.undoing import UndoPlan, plan, words_of
from webapp.store import run_items, undone
from webapp.store.portals import User
from webapp.store.runs import Run

PAGE_SIZE = run_pages.PAGE_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A customer that an undo keeps, and why; ``our_id`` where it can be looked at."""

    name: str
    why: str
    our_id: uuid.UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A page of what an undo keeps."""

    rows: tuple[Kept, ...] = ()
    total: int = 0
    number: int = 1
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenThere:
    """What an import had written at the provider, or may have, which stays there as it is."""

    rows: Sequence[Row[Any]] = ()
    total: int = 0
    number: int = 1
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPreview:
    """What would be undone, the customers of a page that would be kept, and what stays at the provider."""

    plan: UndoPlan
    kept: KeptPage
    there: WrittenThere


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoProgress:
    """How far an undo is: of the import ``of``, with its counts, its items, and those it keeps."""

    run: Run
    of: Run | None
    who: str
    counts: dict[str, int]
    done: int
    current_name: str
    finished: bool
    items: ItemPage
    kept: KeptPage
    there: WrittenThere


def preview(run: Run, *, kept: int = 1, there: int = 1) -> UndoPreview:
    """Say what undoing an import would do; raises ``Refused`` for what cannot be undone."""
    planned = plan(run)
    return UndoPreview(plan=planned, kept=_would_keep(run, planned, kept), there=written_there(run, there))


def progress(
    run: Run, *, state: str = "", q: str = "", number: int = 1, kept: int = 1, there: int = 1
) -> UndoProgress:
    """Tell how far an undo is, and what came of its customers."""
    counts = undone.counts(run)
    of = db.session.get(Run, (run.portal_id, run.undoes)) if run.undoes else None
    user = db.session.get(User, run.started_by) if run.started_by else None
    return UndoProgress(
        run=run,
        of=of,
        who=user.name if user else "",
        counts=counts,
        done=run.total - counts["pending"],
        current_name=run_items.next_name(run),
        finished=run.finished_at is not None,
        items=run_pages.items(run, state=state, q=q, number=number, counts=counts),
        kept=_keeps(run, counts, kept) if counts["kept"] else KeptPage(),
        there=written_there(of, there) if of else WrittenThere(),
    )


def _would_keep(run: Run, planned: UndoPlan, number: int) -> KeptPage:
    total = sum(planned.kept.values())
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = max(1, min(number, pages))
    words = words_of(run)
    found = undone.kept_rows(run, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    rows = (
        Kept(name=row.name, why=words[row.kept], our_id=row.our_id if row.here else None) for row in found
    )
    return KeptPage(rows=tuple(rows), total=total, number=number, pages=pages)


def _keeps(run: Run, counts: dict[str, int], number: int) -> KeptPage:
    found = run_pages.items(run, state="kept", number=number, counts=counts)
    rows = (Kept(name=row.name, why=row.reason, our_id=row.our_id) for row in found.items)
    return KeptPage(rows=tuple(rows), total=found.total, number=found.number, pages=found.pages)


def newest(run: Run) -> Run | None:
    """Find the newest undo of an import."""
    return undone.newest(run.portal_id, run.id)


def written_there(run: Run, number: int) -> WrittenThere:
    """List a page of what an import had written at the provider; a page beyond the end is the last."""
    offset = (max(1, number) - 1) * PAGE_SIZE
    rows, total = undone.written_there(run, offset=offset, limit=PAGE_SIZE)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return written_there(run, pages)
    return WrittenThere(rows=rows, total=total, number=max(1, number), pages=pages)
