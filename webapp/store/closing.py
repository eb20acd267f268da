"""Closing an item of a run: what is written, and whether it may be committed, in one statement."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from webapp.extensions import db
from webapp.store.columns import now
from webapp.store.run_data import ItemData, RunData
from webapp.store.run_items import FINISH, TYPES

_CLOSE = text(f"""
    -- The connection's row is locked before those of its runs.
    WITH fence AS (
        SELECT 1 FROM connection WHERE portal_id = :portal AND id = :connection AND fence = :fence FOR SHARE
    ),
    closed AS ({FINISH} AND (SELECT count(*) FROM fence) >= 0 RETURNING 1),
    namesake AS (
        SELECT 1 FROM customer WHERE portal_id = :portal AND name_key = :name AND deleted_at IS NULL
        AND id <> :our_id AND :name <> '' LIMIT 1
    )
    SELECT EXISTS (SELECT FROM closed) AS open, EXISTS (SELECT FROM fence) AS held,
        EXISTS (SELECT FROM namesake) AS named
""").bindparams(*TYPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How closing an item went; unless it was ``open`` and the fence ``held`` it must not be committed.

    ``named`` says that another customer here has the name that was to be new.
    """

    open: bool
    held: bool
    named: bool


def close(
    run: RunData,
    item: ItemData,
    fence: int,
    *,
    reason: str,
    our_id: uuid.UUID | None,
    contacts: int | None,
    begun: bool,
    new_name: str = "",
    before: Mapping[str, Any] | None = None,
) -> Closing:
    """Write that an item is done, and ask whether that stands: commit right after, or roll back.

    The fence is asserted as by ``leases.fence_stands``. One that was cancelled is not open, unless it was
    ``begun`` at the provider by then. ``before`` is what a merge found here.
    """
    values = {
        "portal": item.portal_id,
        "run": item.run_id,
        "position": item.position,
        "open": ["pending", "cancelled"] if begun else ["pending"],
        "state": "done",
        "reason": reason,
        "at": now(),
        "our_id": our_id,
        "contacts": contacts,
        "before": before,
        "connection": run.connection_id,
        "fence": fence,
        "name": new_name,
    }
    return Closing(**db.session.connection().execute(_CLOSE, values).one()._mapping)
