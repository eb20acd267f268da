"""Runs and their items as plain values, for work that commits often: a commit forgets what rows hold."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.store.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """What carrying out a run needs of it, untouched by commits."""

    portal_id: uuid.UUID
    id: uuid.UUID
    connection_id: uuid.UUID
    project_id: uuid.UUID | None
    started_by: uuid.UUID | None
    unattended: bool

    @classmethod
    def of(cls, run: Run) -> RunData:
        """Take it from a run."""
        return cls(
            portal_id=run.portal_id,
            id=run.id,
            connection_id=run.connection_id,
            project_id=run.project_id,
            started_by=run.started_by,
            unattended=run.unattended,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemData:
    """What carrying out an item needs of it, untouched by commits."""

    portal_id: uuid.UUID
    run_id: uuid.UUID
    position: int
    their_id: str
    name: str
    action: str
    our_id: uuid.UUID | None
    contacts: int
    choices: Mapping[str, Any]
    begun_at: datetime | None


AnyRun = Run | RunData
