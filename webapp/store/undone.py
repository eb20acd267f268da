"""The undo of an import in the tables: what may be taken back, what is kept and why, and how far it is.

An undo is a run of its own, whose items are those of the import. What becomes of each is told by one
statement, for all at once before somebody confirms, and for one at its turn.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, select, text

from webapp.extensions import db
from webapp.store.connections import Connection
from webapp.store.customers import Contact
from webapp.store.run_data import AnyRun
from webapp.store.run_items import TAKEN_BACK
from webapp.store.runs import UNDER_WAY, Run, RunItem

USES: tuple[tuple[str, str], ...] = (
    (
        "project",
        "SELECT FROM project_customer p WHERE p.portal_id = c.portal_id AND p.customer_id = c.id "
        "AND p.run_id IS DISTINCT FROM i.run_id AND p.added_at > i.finished_at",
    ),
)
"""What a customer may be used for since, by the word for it: each finds the uses of a customer ``c``.

What was so before the import, or what the import itself did with it in the item ``i``, is no use of it.
"""

_ADDED = """
    SELECT FROM project_customer a
     WHERE a.portal_id = i.portal_id AND a.customer_id = i.our_id AND a.run_id = i.run_id
"""

_EDITED = """
    SELECT FROM history_entry h LEFT JOIN run r ON r.portal_id = h.portal_id AND r.id = h.run_id
     WHERE h.portal_id = i.portal_id AND h.customer_id = i.our_id AND h.at > i.finished_at
       AND (h.run_id IS NULL OR (r.kind <> 'sync' AND r.id <> i.run_id))
"""

_FATES = f"""
    SELECT i.position, CASE
        WHEN c.id IS NULL THEN 'purged'
        WHEN c.merged_into IS NOT NULL THEN 'merged'
        WHEN i.action = 'add' THEN CASE WHEN EXISTS ({_ADDED}) THEN '' ELSE 'taken off' END
        WHEN c.deleted_at IS NOT NULL THEN CASE WHEN k.our_id IS NULL THEN 'deleted' ELSE 'deleting' END
        WHEN k.our_id IS NULL THEN 'unlinked'
        WHEN k.their_id <> i.their_id OR k.run_id IS DISTINCT FROM i.run_id THEN 'linked anew'
        WHEN EXISTS (SELECT FROM link o WHERE o.portal_id = i.portal_id AND o.kind = 'customer'
                        AND o.our_id = i.our_id AND o.connection_id <> :connection
                        AND o.created_at > i.finished_at) THEN 'linked elsewhere'
        {" ".join(f"WHEN EXISTS ({found}) THEN '{word}'" for word, found in USES)}
        WHEN EXISTS ({_EDITED}) THEN 'edited'
        WHEN i.action = 'merge' AND i.before IS NULL THEN 'unknown'
        ELSE '' END AS kept
      FROM run_item i
      LEFT JOIN customer c ON c.portal_id = i.portal_id AND c.id = i.our_id
      LEFT JOIN link k ON k.portal_id = i.portal_id AND k.connection_id = :connection
           AND k.kind = 'customer' AND k.our_id = i.our_id
     WHERE i.portal_id = :portal AND i.run_id = :run AND i.state = 'done'
       AND i.action IN ('create', 'merge', 'clone', 'add')
       AND NOT EXISTS (SELECT FROM run u JOIN run_item d ON d.portal_id = u.portal_id AND d.run_id = u.id
                        WHERE u.portal_id = i.portal_id AND u.undoes = i.run_id
                          AND d.position = i.position AND d.state = 'done')
"""
_COUNTED = text(f"""
    SELECT f.kept, i.action, count(*) AS items, sum(i.contacts) AS contacts FROM ({_FATES}) AS f
      JOIN run_item i ON i.portal_id = :portal AND i.run_id = :run AND i.position = f.position
     GROUP BY f.kept, i.action
""")
_KEPT = text(f"""
    SELECT f.kept, i.position, i.name, i.our_id, c.id IS NOT NULL AND c.deleted_at IS NULL AS here
      FROM ({_FATES}) AS f
      JOIN run_item i ON i.portal_id = :portal AND i.run_id = :run AND i.position = f.position
      LEFT JOIN customer c ON c.portal_id = i.portal_id AND c.id = i.our_id
     WHERE f.kept <> '' ORDER BY i.position LIMIT :limit OFFSET :offset
""")
_FATE_OF = text(f"SELECT kept FROM ({_FATES} AND i.position = :position) AS f")
_MADE = text(f"""
    INSERT INTO run_item (portal_id, run_id, position, their_id, name, name_key, sort_key, action, answer,
                          state, our_id, seen_theirs, seen_ours, seen, namesakes, candidates, twins, contacts,
                          reason, basis, attempts, finished_at)
    SELECT i.portal_id, :undo, i.position, i.their_id, i.name, i.name_key, i.sort_key,
           CASE i.action WHEN 'merge' THEN 'put_back' WHEN 'add' THEN 'take_off' ELSE 'bin' END, '',
           CASE WHEN f.kept = '' THEN 'pending' ELSE 'kept' END, i.our_id, '', '', '{{}}', 0, 0, 0,
           i.contacts, coalesce(CAST(:words AS jsonb) ->> f.kept, ''), '', 0,
           CASE WHEN f.kept <> '' THEN clock_timestamp() END
      FROM ({_FATES}) AS f
      JOIN run_item i ON i.portal_id = :portal AND i.run_id = :run AND i.position = f.position
""")


_THERE = """
    SELECT id, action, field, old, new, kind, customer_id, record_id FROM history_entry
     WHERE portal_id = :portal AND run_id = :run AND action ~ '^(maybe_)?(created|changed|deleted)_there$'
    UNION ALL
    SELECT w.id, 'maybe_' || t.action, t.field, t.old, t.new, t.kind, t.customer_id, t.record_id
      FROM intent w CROSS JOIN jsonb_to_recordset(w.told) AS t(
           action text, field text, old text, new text, kind text, customer_id uuid, record_id uuid)
     WHERE w.portal_id = :portal AND w.run_id = :run AND w.state <> 'done'
"""
"""What a run wrote there, and the writes of which nobody knows whether they arrived."""

_THERE_COUNTED = text(f"SELECT count(*) FROM ({_THERE}) AS h")
_THERE_LISTED = text(f"""
    SELECT h.action, h.field, h.old, h.new, h.kind, h.customer_id, c.name AS customer,
           coalesce(nullif(concat_ws(' ', p.first_name, p.last_name), ''), p.email) AS person
      FROM ({_THERE}) AS h
      LEFT JOIN customer c ON c.portal_id = :portal AND c.id = h.customer_id
      LEFT JOIN contact p ON p.portal_id = :portal AND p.id = h.record_id
     ORDER BY h.id, h.field LIMIT :limit OFFSET :offset
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """How many items of an import have a fate; ``kept`` is the word for what speaks against undoing them."""

    kept: str
    action: str
    items: int
    contacts: int


def fates(run: Run) -> list[Fate]:
    """Count what an undo would do, by what speaks against it and what the import had done."""
    return [Fate(**row._mapping) for row in db.session.execute(_COUNTED, _ids(run))]


def kept_rows(run: Run, *, offset: int, limit: int) -> Sequence[Row[Any]]:
    """List what an undo would keep."""
    return db.session.execute(_KEPT, _ids(run) | {"offset": offset, "limit": limit}).all()


def what_speaks_against(run: AnyRun, undoes: uuid.UUID, position: int) -> str | None:
    """Say in a word what speaks against undoing an item now; blank for nothing, None if it is undone."""
    asked = _ids(run) | {"run": undoes, "position": position}
    return db.session.scalar(_FATE_OF, asked)


def make_items(undo: Run, run: Run, words: Mapping[str, str]) -> None:
    """Make the items of an undo: what is kept is closed from the beginning; ``words`` say why."""
    db.session.execute(_MADE, _ids(run) | {"undo": undo.id, "words": json.dumps(words)})


def before(run: AnyRun, undoes: uuid.UUID, position: int) -> dict[str, Any]:
    """Return what a merge had found here."""
    query = select(RunItem.before).where(
        RunItem.portal_id == run.portal_id, RunItem.run_id == undoes, RunItem.position == position
    )
    return db.session.scalar(query) or {}


def under_way(portal_id: uuid.UUID, undoes: uuid.UUID) -> Run | None:
    """Find an undo of an import that is not over."""
    query = select(Run).where(Run.portal_id == portal_id, Run.undoes == undoes, Run.state.in_(UNDER_WAY))
    return db.session.scalar(query.limit(1))


def newest(portal_id: uuid.UUID, undoes: uuid.UUID) -> Run | None:
    """Find the newest undo of an import."""
    query = select(Run).where(Run.portal_id == portal_id, Run.undoes == undoes)
    return db.session.scalar(query.order_by(Run.created_at.desc()).limit(1))


def to_carry_out(connection_id: uuid.UUID) -> list[uuid.UUID]:
    """List the undos of a connection's imports that are not over, the oldest first."""
    query = select(Run.id).where(Run.connection_id == connection_id, *_waits())
    return list(db.session.scalars(query.order_by(Run.created_at)))


def waits() -> ColumnElement[bool]:
    """Put the condition that an undo of a connection's import is not over."""
    return exists(select(Run.id).where(Run.connection_id == Connection.id, *_waits()).correlate(Connection))


def counts(run: AnyRun) -> dict[str, int]:
    """Count the items of an undo by what came of them."""
    found = defaultdict(int, dict.fromkeys((*TAKEN_BACK, "kept", "failed", "pending"), 0))
    query = select(RunItem.state, RunItem.action, func.count().label("items")).where(
        RunItem.portal_id == run.portal_id, RunItem.run_id == run.id
    )
    for row in db.session.execute(query.group_by(RunItem.state, RunItem.action)):
        found[row.action if row.state == "done" else row.state] += row.items
    return dict(found)


def written_there(run: AnyRun, *, offset: int, limit: int) -> tuple[Sequence[Row[Any]], int]:
    """List what an import had written at the provider, or may have, and how much that was."""
    where = _ids(run)
    total = db.session.scalar(_THERE_COUNTED, where) or 0
    return db.session.execute(_THERE_LISTED, where | {"offset": offset, "limit": limit}).all(), total


def people_by_id(portal_id: uuid.UUID, customer_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Contact]:
    """Read contacts of a customer, those in the bin too."""
    query = select(Contact).where(
        Contact.portal_id == portal_id, Contact.customer_id == customer_id, Contact.id.in_(ids)
    )
    return list(db.session.scalars(query))


def _waits() -> tuple[ColumnElement[bool], ...]:
    return Run.kind == "undo", Run.state.in_(UNDER_WAY)


def _ids(run: AnyRun) -> dict[str, Any]:
    return {"portal": run.portal_id, "run": run.id, "connection": run.connection_id}
