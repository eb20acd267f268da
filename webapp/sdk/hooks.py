"""What hooks are told, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from webapp.sdk.records import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A record that a sync or an import is about to write.

    ``where`` says on which side, and ``provider`` names the one it is kept in step with. ``values`` are the
    fields to write, ``before`` is what the record holds there by now: nothing of one that is to be made.
    ``max_lengths`` holds the longest value each field takes there, in characters; parts of an address have
    names such as ``billing_address.street``.
    """

    kind: Literal["customer", "contact"]
    where: Literal["portal", "provider"]
    provider: str
    values: Mapping[str, Value]
    before: Mapping[str, Value] = field(default_factory=dict)
    max_lengths: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """Why a record is not to be written: a sentence for people, best with its remedy.

    ``field`` names the one of the values to write that is at fault, if one is.
    """

    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """A run that ended: an import, a sync, or the undo of an import; nobody's data is in it.

    ``id`` is the run's own, ``number`` what people call it. ``cause`` says what set a sync off, and is blank
    for others. ``counts`` says what came of it, by words that may become more.
    """

    id: str
    portal: str
    connection: str
    provider: str
    kind: Literal["import", "sync", "undo"]
    state: Literal["done", "cancelled", "failed"]
    number: int | None = None
    cause: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
