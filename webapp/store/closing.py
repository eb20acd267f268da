"""Closing items of a run: what is written, and whether it may be committed, in one statement."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.run_data import RunData

# Whose names are compared is looked up in the index one by one, whatever the database knows of its tables.
_CLOSE = text("""
    -- The connection's row is locked before those of its runs.
    WITH fence AS (
        SELECT 1 FROM connection WHERE portal_id = :portal AND id = :connection AND fence = :fence FOR SHARE
    ),
    given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:done AS jsonb)) AS done (
            position integer, our_id uuid, contacts integer, reason text, new_name text, before jsonb,
            at timestamptz
        )
    ),
    closed AS (
        UPDATE run_item SET state = 'done', reason = given.reason, finished_at = given.at,
            our_id = coalesce(given.our_id, run_item.our_id),
            contacts = coalesce(given.contacts, run_item.contacts),
            before = coalesce(given.before, run_item.before)
        FROM given
        WHERE run_item.portal_id = :portal AND run_item.run_id = :run
          AND run_item.position = ANY(:positions) AND run_item.position = given.position
          AND run_item.state = ANY(:open) AND (SELECT count(*) FROM fence) >= 0
        RETURNING 1
    ),
    namesake AS (
        SELECT 1 FROM given WHERE given.new_name <> '' AND EXISTS (
            SELECT FROM (SELECT id, deleted_at FROM customer
                          WHERE portal_id = :portal AND name_key = given.new_name OFFSET 0) AS same
             WHERE same.deleted_at IS NULL AND same.id <> given.our_id OFFSET 0)
        LIMIT 1
    )
    SELECT (SELECT count(*) FROM closed) = :many AS open, EXISTS (SELECT FROM fence) AS held,
        EXISTS (SELECT FROM namesake) AS named
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneItem:
    """What is to be written of an item that is done; what is None stays as it is.

    ``new_name`` is the name that must be new here, as names are compared. ``before`` is what a merge found.
    """

    position: int
    our_id: uuid.UUID | None
    contacts: int | None
    reason: str = ""
    new_name: str = ""
    before: Mapping[str, Any] | None = None
    at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How closing items went; unless all were ``open`` and the fence ``held`` it must not be committed.

    ``named`` says that another customer here has a name that was to be new.
    """

    open: bool
    held: bool
    named: bool


def close(run: RunData, done: Sequence[DoneItem], fence: int, *, begun: bool = False) -> Closing:
    """Write that items of a run are done, and ask whether that stands: commit right after, or roll back.

    The fence is asserted as by ``leases.fence_stands``. One that was cancelled is not open, unless it was
    ``begun`` at the provider by then.
    """
    values = {
        "portal": run.portal_id,
        "connection": run.connection_id,
        "fence": fence,
        "run": run.id,
        "done": orjson.dumps([asdict(each) for each in done]).decode(),
        "positions": [each.position for each in done],
        "open": ["pending", "cancelled"] if begun else ["pending"],
        "many": len(done),
    }
    return Closing(**db.session.connection().execute(_CLOSE, values).one()._mapping)
