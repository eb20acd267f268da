"""The picker: the provider's customers beside what the portal has, and what is ticked among them."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from webapp.extensions import db
from webapp.services import drafts, marking
from webapp.services.errors import Conflict, Refused
from webapp.services.pick_rows import PickRow, rows_of
from webapp.store import pick_pages, picks
from webapp.store.pick_pages import COUNTED, SORTS, Count
from webapp.store.picks import STATES
from webapp.store.runs import Query, Run, Selection, locked_run
from webapp.store.search import words

__all__ = ["SORTS", "STATES", "Count", "PickCounts", "PickPage", "PickRow", "PickSelection", "draft"]

PAGE_SIZE = 50
LAST_PAGE = 1_000_000
"""Beyond it no page is counted, though many more customers than 1,000 may be found."""

MOST_MARKED = 500

draft = drafts.draft


@dataclass(frozen=True, slots=True, kw_only=True)
class PickCounts:
    """How many rows each filter would show under the present search.

    ``all`` follows the ``inactive`` switch; ``inactive`` counts those the switch would add.
    """

    all: Count
    new: Count
    same_name: Count
    imported: Count
    inactive: Count
    never: Count
    in_project: Count
    other_currency: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class PickSelection:
    """What is ticked, over all pages and searches.

    ``contacts`` come along; those of ``contacts_unread`` customers are not counted in it yet. ``matching`` of
    the ticked are shown by the present search; ``selectable`` is what "select all" would tick under it.
    """

    customers: int
    contacts: int
    contacts_unread: int
    same_name: int
    matching: int
    selectable: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class PickPage:
    """One page of the picker. ``pages`` is None where the total is only known as "1,000+"."""

    rows: tuple[PickRow, ...]
    total: Count
    counts: PickCounts
    selection: PickSelection
    q: str
    state: str
    sort: str
    inactive: bool
    number: int
    pages: int | None
    has_next: bool


def page(
    run: Run, *, q: str = "", state: str = "", sort: str = "name", number: int = 1, inactive: bool = False
) -> PickPage:
    """Show one page. An unknown state or sort means the first; a page beyond the end is the last."""
    query = _query(q, state, inactive)
    sort = sort if sort in SORTS else SORTS[0]
    wanted = pick_pages.Page(sort=sort, offset=_offset(number), limit=PAGE_SIZE + 1)
    found = pick_pages.found(run, query, wanted)
    counts = _counts(found.counts, query, more=found.more)
    total = getattr(counts, query.state or "all")
    pages = None if total.more else max(1, math.ceil(total.value / PAGE_SIZE))
    shown = max(1, min(number, LAST_PAGE if pages is None else pages))
    if shown != number and found.ids is not None:
        return page(run, q=q, state=state, sort=sort, number=shown, inactive=inactive)
    selection = Selection.from_json(run.selection)
    counted = None if total.more else total.value
    wanted = replace(wanted, offset=_offset(shown), total=counted, ids=found.ids)
    rows = pick_pages.page_rows(run, query, selection, wanted)
    if not rows and shown > 1:
        return page(run, q=q, state=state, sort=sort, inactive=inactive)
    return PickPage(
        rows=rows_of(run, rows[:PAGE_SIZE]),
        total=total,
        counts=counts,
        selection=_summary(
            run, selection, query, _selectable(counts, query, into_project=run.project_id is not None)
        ),
        q=query.q,
        state=query.state,
        sort=sort,
        inactive=inactive,
        number=shown,
        pages=pages,
        has_next=len(rows) > PAGE_SIZE,
    )


def _offset(number: int) -> int:
    return (max(1, min(number, LAST_PAGE)) - 1) * PAGE_SIZE


def tick(run: Run, their_ids: Sequence[str]) -> int:
    """Tick rows and tell how many are; those that cannot be imported are passed over."""
    run = _locked_draft(run)
    selection = Selection.from_json(run.selection)
    able = picks.selectable_ids(run, _storable(their_ids))
    _keep(run, replace(selection, ids=selection.ids | able, exceptions=selection.exceptions - able))
    return len(able)


def untick(run: Run, their_ids: Sequence[str]) -> None:
    """Untick rows, also those that "select all" ticked."""
    run = _locked_draft(run)
    selection = Selection.from_json(run.selection)
    known = picks.selectable_ids(run, _storable(their_ids)) if selection.queries else set()
    left = selection.ids - set(their_ids)
    _keep(run, replace(selection, ids=left, exceptions=selection.exceptions | known))


def tick_all(run: Run, *, q: str = "", state: str = "", inactive: bool = False) -> None:
    """Tick everything the search and the filter find, on all pages, besides what is ticked already."""
    run = _locked_draft(run)
    selection = Selection.from_json(run.selection)
    query = _query(q, state, inactive)
    queries = tuple(each for each in selection.queries if each != query)
    found = picks.shown_ids(run, selection.exceptions, query)
    _keep(run, replace(selection, queries=(*queries, query), exceptions=selection.exceptions - found))


def never_import(run: Run, user_id: uuid.UUID) -> int:
    """Remember that nothing that is ticked is ever to be imported, and untick it; tell how many it is.

    Raises ``Refused`` for more at once than anybody means one by one.
    """
    locked = _locked_draft(run)
    their_ids = picks.ticked_ids(locked, Selection.from_json(locked.selection), MOST_MARKED + 1)
    db.session.rollback()
    if len(their_ids) > MOST_MARKED:
        raise Refused(f"Never importing is for single customers: tick at most {MOST_MARKED} of them.")
    marking.mark_never(run.portal_id, run.connection_id, their_ids, user_id)
    clear(run)
    return len(their_ids)


def clear(run: Run) -> None:
    """Untick everything."""
    _keep(_locked_draft(run), Selection())


def _storable(their_ids: Sequence[str]) -> list[str]:
    """Pass over what PostgreSQL cannot be asked about: no id holds NUL."""
    return [their_id for their_id in their_ids if "\0" not in their_id]


def _query(q: str, state: str, inactive: bool) -> Query:
    q = q.replace("\0", " ")
    return Query(
        q=" ".join(words(q)) and q.strip(), state=state if state in STATES else "", inactive=inactive
    )


def _locked_draft(run: Run) -> Run:
    locked = locked_run(run.portal_id, run.id)
    if locked is None or locked.state != "draft":
        db.session.rollback()
        raise Conflict("This selection went on to its review already. Go back to choosing to change it.")
    return locked


def _keep(run: Run, selection: Selection) -> None:
    run.selection = selection.to_json()
    db.session.commit()


def _counts(found: dict[str, int], query: Query, *, more: bool) -> PickCounts:
    visible = sum(rows for state, rows in found.items() if query.inactive or state != "inactive")
    return PickCounts(
        all=Count(min(visible, COUNTED) if more else visible, more),
        **{state: Count(found.get(state, 0), more) for state in STATES if state},
    )


def _selectable(counts: PickCounts, query: Query, *, into_project: bool) -> Count:
    able_to = ("new", "same_name", "inactive", *(("imported",) if into_project else ()))
    states = (
        [query.state] if query.state else [each for each in able_to if each != "inactive" or query.inactive]
    )
    able = [getattr(counts, state) for state in states if state in able_to]
    return Count(sum(count.value for count in able), counts.all.more)


def _summary(run: Run, selection: Selection, query: Query, selectable: Count) -> PickSelection:
    if not selection.ids and not selection.queries:
        return PickSelection(
            customers=0, contacts=0, contacts_unread=0, same_name=0, matching=0, selectable=selectable
        )
    counted = picks.selection_summary(run, selection, query)
    return PickSelection(**counted._mapping, selectable=selectable)
