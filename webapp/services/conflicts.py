"""Conflicts as people see them: by record, both values, both times, who, and what both last agreed on."""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from webapp.sdk import Value
from webapp.store import conflict_list as store
from webapp.store.conflict_list import Key, Wanted
from webapp.store.conflicts import Conflict
from webapp.store.customers import called
from webapp.sync.link import from_json

PAGE_SIZE = 25
UNKNOWN_PERSON = "a contact that is gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    """One field with both values; ``before_ours`` and ``before_theirs`` are what both last agreed on.

    ``raw_ours`` and ``raw_theirs`` are what the sides hold: of who is primary ids, where the others are
    names. ``who`` changed it here, as far as it is known. ``seen`` names the two values, to notice when one
    moved.
    """

    key: Key
    kind: str
    our_id: uuid.UUID
    their_id: str
    field: str
    customer_id: uuid.UUID
    customer: str
    record: str
    ours: Value
    theirs: Value
    before_ours: Value
    before_theirs: Value
    raw_ours: Value
    raw_theirs: Value
    ours_at: datetime | None
    who: str
    theirs_at: datetime | None
    found_at: datetime
    seen: str
    stored: Conflict

    @property
    def connection_id(self) -> uuid.UUID:
        """The connection it is about."""
        return self.key[0]

    @property
    def name(self) -> str:
        """What names it in a form."""
        connection_id, kind, our_id, field = self.key
        return f"{connection_id}:{kind}:{our_id}:{field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record with its conflicts: a customer, or a contact of one."""

    connection_id: uuid.UUID
    kind: str
    our_id: uuid.UUID
    name: str
    customer_id: uuid.UUID
    customer: str
    since: datetime
    fields: tuple[ConflictRow, ...]

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.connection_id}:{self.kind}:{self.our_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictPage:
    """A page of records; ``counts`` of conflicts by field under the present search, whichever field it is."""

    rows: tuple[RecordRow, ...]
    counts: Mapping[str, int]
    total: int
    number: int
    pages: int
    wanted: Wanted

    @property
    def waiting(self) -> int:
        """How many conflicts there are under the present search, of all fields."""
        return sum(self.counts.values())

    @property
    def listed(self) -> int:
        """How many conflicts the list is about, on all its pages."""
        return self.counts.get(self.wanted.field, 0) if self.wanted.field else self.waiting


def page(portal_id: uuid.UUID, wanted: Wanted, *, number: int = 1) -> ConflictPage:
    """List conflicts by record, those found last first; a page beyond the end is the last."""
    counts = store.counts(portal_id, wanted)
    total = store.count_records(portal_id, wanted) if counts else 0
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = max(1, min(number, pages))
    found = (
        store.page_rows(portal_id, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE) if total else []
    )
    return ConflictPage(
        rows=tuple(_records(rows_of(portal_id, found))),
        counts=counts,
        total=total,
        number=number,
        pages=pages,
        wanted=wanted,
    )


def rows_of(portal_id: uuid.UUID, found: Sequence[Row[Any]]) -> list[ConflictRow]:
    """Return conflicts as values, the people they name by their names."""
    names = _names(portal_id, [row.Conflict for row in found])
    return [_row(row, names) for row in found]


def key_of(text: str) -> Key | None:
    """Read what names a conflict in a form; None for what names none."""
    parts = text.split(":")
    try:
        connection_id, kind, our_id, field = parts
        return uuid.UUID(connection_id), kind, uuid.UUID(our_id), field
    except ValueError:
        return None


def _records(rows: Iterable[ConflictRow]) -> list[RecordRow]:
    found = []
    for _, group in groupby(rows, key=lambda row: row.key[:3]):
        fields = tuple(group)
        first = fields[0]
        found.append(
            RecordRow(
                connection_id=first.connection_id,
                kind=first.kind,
                our_id=first.our_id,
                name=first.record,
                customer_id=first.customer_id,
                customer=first.customer,
                since=min(each.found_at for each in fields),
                fields=fields,
            )
        )
    return found


def _row(row: Row[Any], names: Mapping[tuple[uuid.UUID, str], str]) -> ConflictRow:
    stored, contact = row.Conflict, row.Contact
    raw = {name: from_json({"": getattr(stored, name)})[""] for name in VALUES}
    shown = {name: _shown(stored, value, names) for name, value in raw.items()}
    return ConflictRow(
        key=(stored.connection_id, stored.kind, stored.our_id, stored.field),
        kind=stored.kind,
        our_id=stored.our_id,
        their_id=stored.their_id,
        field=stored.field,
        customer_id=stored.customer_id,
        customer=row.Customer.name,
        record=(contact.name or UNKNOWN_PERSON) if contact else row.Customer.name,
        ours=shown["ours"],
        theirs=shown["theirs"],
        before_ours=shown["agreed_ours"],
        before_theirs=shown["agreed_theirs"],
        raw_ours=raw["ours"],
        raw_theirs=raw["theirs"],
        ours_at=stored.ours_at,
        who=row.who or "",
        theirs_at=stored.theirs_at,
        found_at=stored.found_at,
        seen=_digest(stored),
        stored=stored,
    )


VALUES = ("ours", "theirs", "agreed_ours", "agreed_theirs")


def _shown(stored: Conflict, value: Value, names: Mapping[tuple[uuid.UUID, str], str]) -> Value:
    if _is_about_people(stored) and isinstance(value, str):
        return names.get((stored.connection_id, value), UNKNOWN_PERSON)
    return value


def _is_about_people(stored: Conflict) -> bool:
    return stored.kind == "customer" and stored.field == "primary"


def _names(portal_id: uuid.UUID, stored: Sequence[Conflict]) -> dict[tuple[uuid.UUID, str], str]:
    """Name the people whom conflicts about the primary contact name, by connection and id of either side."""
    about = [each for each in stored if _is_about_people(each)]
    ours = {uuid.UUID(text) for each in about for text in (each.ours, each.agreed_ours) if text}
    theirs = {
        (each.connection_id, text) for each in about for text in (each.theirs, each.agreed_theirs) if text
    }
    here = store.our_people(portal_id, ours)
    there = store.their_people(portal_id, theirs)
    names = {key: called(row.first_name, row.last_name, row.email) for key, row in there.items()}
    for each in about:
        for text in (each.ours, each.agreed_ours):
            if text and uuid.UUID(text) in here:
                names[(each.connection_id, text)] = here[uuid.UUID(text)].name
    return names


def _digest(stored: Conflict) -> str:
    said = json.dumps([stored.ours, stored.theirs], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
