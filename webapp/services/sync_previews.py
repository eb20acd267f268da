"""What a pass would do, as people see it before they let one: counts by kind of change, and who by whom."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from webapp.services import sync
from webapp.services.sync_plans import Planned
from webapp.sync.pair import contact_name
from webapp.sync.steps import Create, Delete, Plan, Ref, Restore, Step, Update

MOST_PLANNED = 1_000
"""So many customers are planned for a page; a pass has no such bound."""

MOST_SHOWN = 200

KINDS = (
    "deleted here",
    "deleted there",
    "changed here",
    "changed there",
    "added here",
    "added there",
    "back here",
    "conflict",
    "open",
    "refused",
    "read first",
)
"""What may become of a record, what takes something away first."""


class _About(Protocol):
    @property
    def ref(self) -> Ref: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewChange:
    """What would become of one record; ``record`` names the contact, and is blank for the customer itself."""

    kind: str
    record: str
    fields: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """What would become of one customer and its contacts."""

    customer_id: uuid.UUID
    name: str
    changes: tuple[PreviewChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A pass that was not carried out. ``quiet`` customers are in step; ``more``: not all were planned."""

    counts: dict[str, int]
    rows: tuple[PreviewRow, ...]
    customers: int
    quiet: int
    more: bool


def preview(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Preview:
    """Plan what is due of a connection; nothing is written and nobody called. Raises NotFound."""
    counts: Counter[str] = Counter()
    rows: list[PreviewRow] = []
    customers = planned = 0
    for each in sync.preview(portal_id, connection_id, limit=MOST_PLANNED):
        planned += 1
        changes = tuple(_changes(each))
        if not changes:
            continue
        customers += 1
        counts.update(change.kind for change in changes)
        if len(rows) < MOST_SHOWN:
            rows.append(PreviewRow(customer_id=each.our_id, name=each.name, changes=changes))
    return Preview(
        counts={kind: counts[kind] for kind in KINDS if counts[kind]},
        rows=tuple(rows),
        customers=customers,
        quiet=planned - customers,
        more=planned == MOST_PLANNED,
    )


def _changes(planned: Planned) -> Iterator[PreviewChange]:
    if planned.plan is None:
        yield PreviewChange(kind="read first", record="", fields=(), note="What changed there is read first.")
        return
    plan, names = planned.plan, _names(planned)
    for step in plan.steps:
        yield from _step(step, names)
    yield from _left(plan, names)


def _step(step: Step, names: dict[str, str]) -> Iterator[PreviewChange]:
    kinds = {Create: "added", Update: "changed", Delete: "deleted"}
    if isinstance(step, Restore):
        yield PreviewChange(kind="back here", record=_record(step, names), fields=(), note=step.reason)
    elif isinstance(step, Create | Update | Delete):
        kind = f"{kinds[type(step)]} {'here' if step.side == 'ours' else 'there'}"
        fields = tuple(step.changes) if isinstance(step, Update) else ()
        yield PreviewChange(kind=kind, record=_record(step, names), fields=fields, note="")


def _left(plan: Plan, names: dict[str, str]) -> Iterator[PreviewChange]:
    for conflict in plan.conflicts:
        yield PreviewChange(
            kind="conflict", record=_record(conflict, names), fields=(conflict.field,), note=""
        )
    for refusal in plan.refusals:
        yield PreviewChange(
            kind="refused", record=_record(refusal, names), fields=(refusal.field,), note=refusal.reason
        )
    for item in plan.open_items:
        yield PreviewChange(kind="open", record=_record(item, names), fields=(), note=item.reason)


def _names(planned: Planned) -> dict[str, str]:
    """Name the contacts of both sides, by their ids."""
    ours = (*planned.ours.contacts, *planned.ours.deleted_contacts) if planned.ours else ()
    theirs = planned.theirs.contacts if planned.theirs else ()
    return {each.id: contact_name(each.data) or each.data.email or "" for each in (*theirs, *ours)}


def _record(about: _About, names: dict[str, str]) -> str:
    ref = about.ref
    if ref.kind == "customer":
        return ""
    return names.get(ref.our_id or "") or names.get(ref.their_id or "") or "A contact"
