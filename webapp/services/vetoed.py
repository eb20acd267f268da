"""What plugins refuse of what a person is about to do to many records, or to two: asked beforehand.

Nothing is held meanwhile, for they may take their time. What they would only adjust is left to the sync.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from webapp.extensions import db
from webapp.services.conflicts import ConflictRow, rows_of
from webapp.services.labels import holds_inactive
from webapp.services.merge_choices import FieldChoice, MergePlan
from webapp.services.merge_outcomes import person_name
from webapp.services.vetting import Write, has_say, travelling, vet_early, vetoes
from webapp.store import bulk, conflict_list
from webapp.store.conflict_list import Key
from webapp.store.connections import Connection, known_connection
from webapp.store.customers import Customer
from webapp.store.directory_pages import customer_record
from webapp.sync.link import Fields, Kind, Side, fields_of, is_blank
from webapp.sync.terms import Vet, as_planned


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBack:
    """A customer that plugins would keep from being written, and why."""

    customer_id: uuid.UUID
    name: str
    reason: str


def of_marks(portal_id: uuid.UUID, ids: Collection[uuid.UUID], *, active: bool) -> tuple[KeptBack, ...]:
    """Return those of some customers that plugins keep from being marked active or inactive, by name."""
    if not has_say():
        return ()
    changing = {row.id: row for row in bulk.customers(portal_id, ids) if row.active is not active}
    found: dict[uuid.UUID, KeptBack] = {}
    for connection_id, linked in bulk.links_of(portal_id, changing.keys()).items():
        connection = known_connection(portal_id, connection_id)
        if connection is None or not holds_inactive(connection.provider):
            continue
        marks = ((changing[our_id], _mark(changing[our_id], active=active)) for our_id in linked)
        for row, veto in vetoes(vet_early(connection), marks):
            found.setdefault(row.id, KeptBack(customer_id=row.id, name=row.name, reason=veto.reason))
    return tuple(sorted(found.values(), key=lambda each: (each.name, each.customer_id)))


def of_decisions(
    portal_id: uuid.UUID, winners: Mapping[Key, Side | None], vet: Vet
) -> list[tuple[ConflictRow, str]]:
    """Return the conflicts of whose records plugins refuse the values they are decided for, and why."""
    if vet is as_planned:
        return []
    rows = rows_of(portal_id, conflict_list.locked(portal_id, list(winners)))
    db.session.rollback()
    wishes: dict[tuple[str, uuid.UUID, Side], list[ConflictRow]] = defaultdict(list)
    for row in rows:
        if (winner := winners[row.key]) and row.field != "primary":
            wishes[row.kind, row.our_id, winner].append(row)
    writes = ((rows, _decided(rows, winner)) for (_, _, winner), rows in wishes.items())
    return [(row, veto.reason) for refused, veto in vetoes(vet, writes) for row in refused]


def of_merge(portal_id: uuid.UUID, plan: MergePlan) -> str:
    """Say why plugins refuse what a merge of two customers would send to their providers; blank if not."""
    for connection_id in {**plan.one.linked, **plan.other.linked} if has_say() else ():
        connection = known_connection(portal_id, connection_id)
        if connection is not None:
            for name, veto in vetoes(vet_early(connection), _merged(connection, plan)):
                return f"{name}: {veto.reason}"
    return ""


def _mark(row: Customer, *, active: bool) -> Write:
    return "customer", "theirs", {"active": active}, fields_of(customer_record(row).data)


def _decided(rows: Sequence[ConflictRow], winner: Side) -> Write:
    """Return what the losing side gets."""
    ours, theirs = ({row.field: getattr(row, side) for row in rows} for side in ("raw_ours", "raw_theirs"))
    kind: Kind = "contact" if rows[0].kind == "contact" else "customer"
    return (kind, "theirs", ours, theirs) if winner == "ours" else (kind, "ours", theirs, ours)


def _merged(connection: Connection, plan: MergePlan) -> Iterator[tuple[str, Write]]:
    """Return what a merge sends to a connection, by name: what the one that is linked did not hold."""
    stays = connection.id in plan.one.linked
    name = plan.one.record.data.name
    values, before = _changed(plan.fields, stays=stays)
    yield name, ("customer", "theirs", travelling(connection, "customer", values), before)
    for person in plan.people:
        yield person.name or name, ("contact", "theirs", *_changed(person.fields, stays=stays))
    for each in plan.moved if stays else plan.lone:
        told = {key: value for key, value in fields_of(each.data).items() if not is_blank(value)}
        told.pop("primary", None)
        yield person_name(each.data) or name, ("contact", "theirs", told, {})


def _changed(fields: Iterable[FieldChoice], *, stays: bool) -> tuple[Fields, Fields]:
    """Return the values that are other than those of the side that is linked, and what that side holds."""
    before = {each.field: each.one if stays else each.other for each in fields}
    return {each.field: each.kept for each in fields if each.kept != before[each.field]}, before
