"""The items of a review, made and compared by statements over all of them: 100,000 cost a few seconds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, literal, not_, null, or_, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, distinct_on, insert
from sqlalchemy.types import Text

from webapp.extensions import db
from webapp.store import marks, project_items
from webapp.store.customers import Customer
from webapp.store.links import Link
from webapp.store.pick_scope import M, scope_of
from webapp.store.picks import picks, ticked
from webapp.store.run_data import AnyRun
from webapp.store.runs import Run, RunItem, Selection

SHOWN = (
    "name",
    "company_name",
    "website",
    "currency",
    "active",
    "primary_name",
    "primary_email",
    "primary_phone",
    "contacts_count",
)
"""What an item remembers of the customer there, to tell what changed since."""

heading: ColumnElement[str] = case(
    (RunItem.state == "changed", "changed"),
    (RunItem.action == "blocked", "blocked"),
    (RunItem.action == "add", "add"),
    (RunItem.basis == "before", "link"),
    (or_(RunItem.namesakes > 0, RunItem.twins > 0, RunItem.basis == "similar"), "same_name"),
    (RunItem.action == "skip", "skip"),
    else_="create",
)
"""Under which heading the review shows an item."""

OUR_FINGERPRINT = """
    SELECT c.id || ':' || c.version || ':' || md5(coalesce((
        SELECT string_agg(p.id || ':' || p.version, ',' ORDER BY p.id) FROM contact p
        WHERE p.portal_id = c.portal_id AND p.customer_id = c.id AND p.deleted_at IS NULL), ''))
    FROM customer c WHERE c.portal_id = i.portal_id AND c.id = i.our_id AND c.deleted_at IS NULL
"""

_MOVED = f"""
    SELECT i.position, CASE
        WHEN m.their_id IS NULL OR m.gone_at IS NOT NULL THEN 'gone'
        WHEN l.our_id IS NOT NULL THEN 'imported'
        WHEN i.action = 'create' AND EXISTS (
            SELECT FROM customer c WHERE c.portal_id = i.portal_id AND c.name_key = i.name_key
            AND c.deleted_at IS NULL) THEN 'named'
        WHEN m.version <> i.seen_theirs THEN 'theirs'
        WHEN m.contacts_digest <> i.seen_contacts THEN 'theirs'
        WHEN i.action = 'merge' AND i.seen_ours IS DISTINCT FROM ({OUR_FINGERPRINT}) THEN 'ours'
        WHEN i.action = 'merge' AND EXISTS (
            SELECT FROM link k WHERE k.portal_id = i.portal_id AND k.connection_id = :connection
            AND k.kind = 'customer' AND k.our_id = i.our_id) THEN 'ours'
        END AS moved
    FROM run_item i
    LEFT JOIN mirror_customer m
        ON m.portal_id = i.portal_id AND m.connection_id = :connection AND m.their_id = i.their_id
    LEFT JOIN link l ON l.portal_id = i.portal_id AND l.connection_id = :connection
        AND l.kind = 'customer' AND l.their_id = i.their_id
    WHERE i.portal_id = :portal AND i.run_id = :run AND i.state = 'pending'
        AND i.action IN ('create', 'merge', 'clone')
"""

_MARK_MOVED = text(f"""
    WITH moved AS ({_MOVED})
    UPDATE run_item i SET
        state = CASE WHEN moved.moved IN ('gone', 'imported') THEN 'pending' ELSE 'changed' END,
        action = CASE WHEN moved.moved IN ('gone', 'imported') THEN 'blocked' ELSE i.action END,
        reason = CAST(:words AS jsonb) ->> moved.moved
    FROM moved WHERE moved.moved IS NOT NULL
        AND i.portal_id = :portal AND i.run_id = :run AND i.position = moved.position
""")

_MOVED_AMONG = text(
    f"SELECT * FROM ({_MOVED} AND i.position = ANY(:positions)) AS found WHERE moved IS NOT NULL"
)

_MARK_TWINS = text("""
    UPDATE run_item i SET twins = alike.items - 1,
        action = CASE WHEN i.action = 'create' THEN 'ask' ELSE i.action END
    FROM (SELECT position, count(*) OVER (PARTITION BY name_key) AS items FROM run_item
          WHERE portal_id = :portal AND run_id = :run AND action NOT IN ('blocked', 'add')) AS alike
    WHERE i.portal_id = :portal AND i.run_id = :run AND i.position = alike.position AND alike.items > 1
""")

_PIN_OURS = text(f"""
    UPDATE run_item i SET
        seen_ours = coalesce(({OUR_FINGERPRINT}), ''),
        seen = i.seen || jsonb_build_object('ours', (
            SELECT jsonb_build_object('name', c.name, 'company_name', c.company_name, 'website', c.website,
                'active', c.active)
            FROM customer c WHERE c.portal_id = i.portal_id AND c.id = i.our_id))
    WHERE i.portal_id = :portal AND i.run_id = :run AND i.action = 'merge' AND i.state = 'pending'
        AND (CAST(:positions AS int[]) IS NULL OR i.position = ANY(:positions))
""")

_PIN_CONTACTS = text("""
    UPDATE run_item i SET seen_contacts = m.contacts_digest, contacts = m.contacts_count
    FROM mirror_customer m
    WHERE m.portal_id = i.portal_id AND m.connection_id = :connection AND m.their_id = i.their_id
        AND i.portal_id = :portal AND i.run_id = :run AND i.action = 'merge' AND i.state = 'pending'
        AND i.seen_contacts IS NULL AND m.contacts_digest IS NOT NULL AND m.version = i.seen_theirs
""")


def make_items(run: Run, selection: Selection, words: Mapping[str, str]) -> None:
    """Make the items of what is selected, anew where they are; ``words`` say why one is blocked."""
    picked = _picked(run, selection)
    names, former = _names(run, picked), _former(run, picked)
    before = (
        select(RunItem.their_id, RunItem.position)
        .where(RunItem.portal_id == run.portal_id, RunItem.run_id == run.id)
        .cte("before")
    )
    by_name = func.row_number().over(order_by=(picked.c.sort_key, picked.c.their_id))
    columns = {
        "portal_id": literal(run.portal_id),
        "run_id": literal(run.id),
        "position": func.coalesce(before.c.position, by_name),
        **_shown_there(picked),
        **_found_here(picked, names, former, words),
        "state": literal("pending"),
        "answer": literal(""),
        "attempts": literal(0),
        "choices": literal({}, JSONB),
        "before": null(),
    }
    joined = picked.outerjoin(names, names.c.name_key == picked.c.name_key)
    joined = joined.outerjoin(former, former.c.their_id == picked.c.their_id)
    joined = joined.outerjoin(before, before.c.their_id == picked.c.their_id)
    made = insert(RunItem).from_select(list(columns), select(*columns.values()).select_from(joined))
    fixed = ("portal_id", "run_id", "position", "their_id")
    anew = {name: made.excluded[name] for name in columns if name not in fixed}
    key = ["portal_id", "run_id", "their_id"]
    db.session.execute(made.on_conflict_do_update(index_elements=key, set_=anew))
    if run.project_id is not None:
        project_items.fit(run, words)
    # Of rows just written the planner knows nothing: it takes them for few and compares each with all.
    db.session.execute(text("SET LOCAL enable_nestloop = off"))
    db.session.execute(_MARK_TWINS, {"portal": run.portal_id, "run": run.id})
    db.session.execute(text("SET LOCAL enable_nestloop = on"))


def mark_moved(run: Run, words: dict[str, str]) -> int:
    """Mark the items whose world moved since they were looked at, and tell how many there are."""
    marked = db.session.execute(_MARK_MOVED, _ids(run) | {"words": json.dumps(words)})
    return marked.rowcount  # type: ignore[attr-defined]


def moved_among(run: AnyRun, positions: Collection[int]) -> dict[int, str]:
    """Tell which of some items moved, by position: gone, imported, theirs, named or ours."""
    found = db.session.execute(_MOVED_AMONG, _ids(run) | {"positions": list(positions)})
    return {row.position: row.moved for row in found}


def pin_ours(run: Run, positions: Collection[int] | None = None) -> None:
    """Take the fingerprint of the customers here that items are to be merged with."""
    chosen = None if positions is None else list(positions)
    db.session.execute(_PIN_OURS, {"portal": run.portal_id, "run": run.id, "positions": chosen})


def pin_contacts(run: Run) -> bool:
    """Take the fingerprint of contacts that were read since; tell whether there were any."""
    pinned = db.session.execute(_PIN_CONTACTS, _ids(run))
    return bool(pinned.rowcount)  # type: ignore[attr-defined]


def _shown_there(picked: CTE) -> dict[str, Any]:
    """The columns of an item that tell of the customer there, its fingerprint among them."""
    shown = (each for name in SHOWN for each in (literal(name, Text), picked.c[name]))
    return {
        "their_id": picked.c.their_id,
        "name": picked.c.name,
        "name_key": picked.c.name_key,
        "sort_key": picked.c.sort_key,
        "contacts": func.coalesce(picked.c.contacts_count, 0),
        "seen_theirs": picked.c.version,
        "seen_contacts": picked.c.contacts_digest,
        "seen": func.jsonb_build_object(*shown),
    }


def _found_here(picked: CTE, names: CTE, former: CTE, words: Mapping[str, str]) -> dict[str, Any]:
    """The columns of an item that follow from what is here: its twin of now or before, or its name."""
    linked, gone, never = (
        picked.c.linked_id.is_not(None),
        picked.c.gone_at.is_not(None),
        marks.never(picked.c),
    )
    blocked, again = or_(linked, gone, never), former.c.our_id.is_not(None)
    return {
        "action": case(
            (blocked, "blocked"), (again, "merge"), (names.c.namesakes > 0, "ask"), else_="create"
        ),
        "our_id": case(
            (blocked, picked.c.linked_id),
            (again, former.c.our_id),
            (names.c.candidates == 1, names.c.candidate),
        ),
        "basis": case((and_(not_(blocked), again), "before"), else_=""),
        "seen_ours": literal(""),
        "namesakes": case((blocked, 0), else_=func.coalesce(names.c.namesakes, 0)),
        "candidates": case((blocked, 0), else_=func.coalesce(names.c.candidates, 0)),
        "twins": literal(0),
        "reason": case((linked, words["imported"]), (gone, words["gone"]), (never, words["never"]), else_=""),
    }


def _picked(run: Run, selection: Selection) -> CTE:
    """The customers there that are selected, with those that were ticked and cannot come any more."""
    chosen: Any = picks(run, M.their_id).where(ticked(selection, scope_of(run)))
    if selection.ids:
        by_id = select(M.their_id).where(
            M.portal_id == run.portal_id,
            M.connection_id == run.connection_id,
            M.their_id == func.any(literal(sorted(selection.ids), ARRAY(Text))),
        )
        chosen = union(chosen, by_id)
    linked = and_(
        Link.portal_id == M.portal_id,
        Link.connection_id == M.connection_id,
        Link.kind == "customer",
        Link.their_id == M.their_id,
    )
    columns = (
        M.portal_id,
        M.connection_id,
        M.their_id,
        M.name_key,
        M.sort_key,
        M.version,
        M.contacts_digest,
        M.gone_at,
    )
    shown = (getattr(M, name) for name in SHOWN)
    return (
        select(*columns, *shown, Link.our_id.label("linked_id"))
        .outerjoin(Link, linked)
        .where(M.portal_id == run.portal_id, M.connection_id == run.connection_id, M.their_id.in_(chosen))
        .cte("picked")
    )


def _former(run: Run, picked: CTE) -> CTE:
    """Which customer here each was brought together with last, where that one is here and free."""
    linked = and_(
        Link.portal_id == Customer.portal_id,
        Link.connection_id == run.connection_id,
        Link.kind == "customer",
        Link.our_id == Customer.id,
    )
    of_run = and_(Run.portal_id == RunItem.portal_id, Run.id == RunItem.run_id)
    here = and_(Customer.portal_id == RunItem.portal_id, Customer.id == RunItem.our_id)
    return (
        select(RunItem.their_id, RunItem.our_id)
        .ext(distinct_on(RunItem.their_id))
        .join(Run, of_run)
        .join(Customer, here)
        .outerjoin(Link, linked)
        .where(RunItem.portal_id == run.portal_id, RunItem.their_id.in_(select(picked.c.their_id)))
        .where(Run.connection_id == run.connection_id, Run.kind == "import")
        .where(RunItem.state == "done", Customer.deleted_at.is_(None), Link.our_id.is_(None))
        .order_by(RunItem.their_id, RunItem.finished_at.desc())
        .cte("former")
    )


def _names(run: Run, picked: CTE) -> CTE:
    """How many customers here have each name, and which of them could be merged with."""
    linked = and_(
        Link.portal_id == Customer.portal_id,
        Link.connection_id == run.connection_id,
        Link.kind == "customer",
        Link.our_id == Customer.id,
    )
    free = Link.our_id.is_(None)
    eldest = func.array_agg(aggregate_order_by(Customer.id, Customer.id)).filter(free)
    return (
        select(
            Customer.name_key,
            func.count().label("namesakes"),
            func.count().filter(free).label("candidates"),
            func.coalesce(eldest[1]).label("candidate"),
        )
        .outerjoin(Link, linked)
        .where(Customer.portal_id == run.portal_id, Customer.deleted_at.is_(None))
        .where(Customer.name_key.in_(select(picked.c.name_key)))
        .group_by(Customer.name_key)
        .cte("names")
    )


def _ids(run: AnyRun) -> dict[str, uuid.UUID]:
    return {"portal": run.portal_id, "run": run.id, "connection": run.connection_id}
