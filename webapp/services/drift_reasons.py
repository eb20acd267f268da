"""Why something differs: it waits for its turn, or a person, or a retry; or nothing explains it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Row

from webapp.sdk import CONTACT_FIELDS, CUSTOM, CUSTOMER_FIELDS, ContactData, ContactRecord, Value
from webapp.services.accounts import provider_of
from webapp.store import unlike
from webapp.store.connections import Connection
from webapp.store.custom_fields import shared_fields
from webapp.store.unlike import OURS, THEIRS, Stretch
from webapp.sync.link import Fields, Kind, Side, from_json, is_blank
from webapp.sync.merge import NO_LEADERS, changed
from webapp.sync.pair import contact_name, pair_contacts
from webapp.sync.shared import leaders

REASONS = (
    "unexplained",
    "twins",
    "only here",
    "only there",
    "conflict",
    "decide",
    "failed",
    "held",
    "due",
    "inactive",
    "apart",
    "mapping",
)
"""Why something differs, what needs somebody first. ``mapping``: both are as agreed, and so in step."""

EXPLAINED = frozenset(REASONS[4:])
"""What is known to differ, and will be seen to by a pass or a person, or is meant to."""

MEANT = frozenset(("apart", "mapping"))
"""What stays as it is: a person left it so, or one side cannot hold it otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that differs: a field of a record, or with a blank ``field`` the record as a whole.

    ``record`` names the contact, and is blank for the customer itself. ``note`` says more of the ``reason``.
    """

    customer_id: uuid.UUID
    their_customer_id: str
    customer: str
    kind: str
    our_id: uuid.UUID | None
    their_id: str
    record: str
    field: str
    reason: str
    note: str
    ours: Value = None
    theirs: Value = None
    agreed_ours: Value = None
    agreed_theirs: Value = None


@dataclass(slots=True)
class _Known:
    """What is known of the customers of a stretch: their conflicts, and their problems by record.

    ``unclear`` has the problem of a contact that may have arrived there, by customer; ``strangers`` are the
    customers whose primary contact there belongs to another one here; ``apart`` the ids, on either side, of
    contacts that a person left apart, and of their customers: who is primary of them stays as it is, too.
    """

    conflicts: set[tuple[str, uuid.UUID, str]] = field(default_factory=set)
    problems: dict[tuple[str, object], Row[Any]] = field(default_factory=dict)
    unclear: dict[uuid.UUID, Row[Any]] = field(default_factory=dict)
    strangers: frozenset[uuid.UUID] = frozenset()
    apart: frozenset[uuid.UUID | str] = frozenset()

    def problem(self, row: Row[Any], kind: str, our_id: uuid.UUID | None, their_id: str) -> Row[Any] | None:
        """Find what is the matter with a record, or with its customer."""
        for key in ((kind, our_id), (kind, their_id), ("customer", row.customer_id)):
            if key[1] and key in self.problems:
                return self.problems[key]
        return None


class Explaining:
    """Explains the differences of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._inactive = provider_of(connection).capabilities.inactive
        self._shared = shared_fields(connection)

    def of(self, side: DatabaseConnection, among: Stretch) -> list[Difference]:
        """List what differs among some linked customers, in their order."""
        own = [name.removeprefix(CUSTOM) for name in self._shared]
        customers = unlike.customers(side, among, own)
        here, there = unlike.contacts(side, among), unlike.contacts_there(side, among)
        ids = list({row.customer_id for rows in (customers, here, there) for row in rows})
        known = _known(side, among, ids) if ids else _Known()
        found = [each for row in customers for each in self._customer(row, known)]
        found += [each for row in here if row.linked_id for each in self._contact(row, known)]
        found += _alone([row for row in here if not row.linked_id], there, known)
        return sorted(found, key=lambda each: (each.customer_id.int, each.kind != "customer"))

    def _customer(self, row: Row[Any], known: _Known) -> Iterator[Difference]:
        shared = _shared(row, "customer", row.customer_id, row.their_customer_id)
        missing = row.mirrored is None or row.gone_at is not None
        if row.deleted_at is not None or missing:
            note = "It is gone there." if missing else "It is in the bin here."
            yield _explained(Difference(**shared, **_NO_FIELD, note=note), row, known, ours=row.customer)
            return
        for difference in _fields(row, (*CUSTOMER_FIELDS, *self._shared), shared, leaders(self._shared)):
            if difference.field == "active" and not self._inactive:
                yield replace(difference, reason="inactive", note="The provider does not know inactive ones.")
            else:
                yield _explained(difference, row, known)

    def _contact(self, row: Row[Any], known: _Known) -> Iterator[Difference]:
        person = _person(row, OURS, row.our_id)
        shared = _shared(row, "contact", row.our_id, row.linked_id, _called(person))
        if row.deleted_at is not None or row.mirrored is None:
            note = "It is gone there." if row.mirrored is None else "It is in the bin here."
            yield _explained(Difference(**shared, **_NO_FIELD, note=note), row, known, ours=_called(person))
            return
        for difference in _fields(row, CONTACT_FIELDS, shared):
            # Who is primary differs once: where one is here, and is not there.
            if difference.field != "primary" or difference.ours is True:
                yield _explained(difference, row, known)


_STRANGER = "Who is primary there belongs to another customer here: decide first what becomes of that one."
_NO_FIELD: dict[str, Any] = {"field": "", "reason": ""}


def _alone(here: Sequence[Row[Any]], there: Sequence[Row[Any]], known: _Known) -> Iterator[Difference]:
    """Tell of contacts that are on one side alone, and of such as look like the same person on both."""
    ours, theirs = _by_customer(here), _by_customer(there)
    for customer_id in {**ours, **theirs}:
        mine = {str(row.our_id): row for row in ours.get(customer_id, ())}
        its = {row.mirrored: row for row in theirs.get(customer_id, ())}
        people = [_person(row, OURS, key) for key, row in mine.items()]
        others = [_person(row, THEIRS, key) for key, row in its.items()]
        for pair in pair_contacts(people, others).pairs:
            its.pop(pair.theirs.id)
            yield _one(mine.pop(pair.ours.id), known, "twins", pair.ours, pair.theirs)
        for key, row in mine.items():
            yield _one(row, known, "only here", _person(row, OURS, key), None)
        for key, row in its.items():
            yield _one(row, known, "only there", None, _person(row, THEIRS, key))


def _one(
    row: Row[Any], known: _Known, reason: str, ours: ContactRecord | None, theirs: ContactRecord | None
) -> Difference:
    our_id = uuid.UUID(ours.id) if ours else None
    names = _called(ours) if ours else "", _called(theirs) if theirs else ""
    shared = _shared(row, "contact", our_id, theirs.id if theirs else "", names[0] or names[1])
    said: dict[str, Any] = {"reason": reason, "note": _NOTES[reason]}
    alone = Difference(**shared, **said, field="", ours=names[0] or None, theirs=names[1] or None)
    if row.unread and reason == "only here":
        return replace(alone, reason="due", note="The contacts there are still to be read.")
    return _explained(alone, row, known)


_AS_AGREED = "Both are as agreed: one side cannot hold it as the other does."
_NOTES = {
    "twins": "They look like one person and are not linked.",
    "only here": "It is not there.",
    "only there": "It is not here.",
}


def _fields(
    row: Row[Any], names: Iterable[str], shared: dict[str, Any], led: Mapping[str, Side] = NO_LEADERS
) -> Iterator[Difference]:
    """Compare a pair field by field, as a merge does: unknown is nothing, and two blanks are alike."""
    ours, theirs = _values(row, OURS, names), _values(row, THEIRS, names)
    agreed = from_json(row.agreed_ours), from_json(row.agreed_theirs)
    for name in names:
        mine, its = ours.get(name), theirs.get(name)
        if mine == its or (is_blank(mine) and is_blank(its)):
            continue
        moved = _moved(name, mine, agreed[0].get(name)) or _moved(name, its, agreed[1].get(name))
        if led.get(name) == "ours" and mine is None:
            continue
        if not moved and (mine is None or its is None):
            continue
        yield Difference(
            **shared,
            field=name,
            reason="" if moved else "mapping",
            note="" if moved else _AS_AGREED,
            ours=mine,
            theirs=its,
            agreed_ours=agreed[0].get(name),
            agreed_theirs=agreed[1].get(name),
        )


def _moved(name: str, value: Value, agreed: Value) -> bool:
    """Tell whether a side moved; of who is primary a side with nobody says nothing, which is a no as well."""
    return bool(value) != bool(agreed) if name == "primary" else changed(value, agreed)


def _explained(
    difference: Difference, row: Row[Any], known: _Known, *, ours: str | None = None
) -> Difference:
    """Say why something differs that is not as agreed."""
    if ours is not None:
        difference = replace(difference, ours=ours)
    if difference.reason == "mapping":
        return difference
    whole = difference.field == "primary"
    about = {difference.our_id, difference.their_id, row.customer_id if whole else None}
    if difference.kind == "contact" and known.apart & about:
        return replace(difference, reason="apart", note="A person left them apart: it stays as it is.")
    key = ("customer", row.customer_id) if whole else (difference.kind, difference.our_id)
    if (*key, difference.field) in known.conflicts:
        return replace(difference, reason="conflict", note="Both sides changed it.")
    problem = known.problem(row, difference.kind, difference.our_id, difference.their_id)
    if problem is None and whole:
        if row.customer_id in known.strangers:
            return replace(difference, reason="decide", note=_STRANGER)
        problem = known.unclear.get(row.customer_id)
    if problem is not None:
        failed = problem.question in ("failed", "held")
        return replace(difference, reason="failed" if failed else "decide", note=problem.reason)
    if row.brake == "held":
        return replace(difference, reason="held", note="The brake holds it until somebody has looked.")
    if row.due_at is not None:
        return replace(difference, reason="due")
    return difference if difference.reason else replace(difference, reason="unexplained")


def _known(side: DatabaseConnection, among: Stretch, customer_ids: Sequence[uuid.UUID]) -> _Known:
    known = _Known()
    for row in unlike.conflicts(side, among, customer_ids):
        known.conflicts.add((row.kind, row.our_id, row.field))
    for row in unlike.problems(side, among, customer_ids):
        known.problems[row.kind, row.our_id or row.their_id] = row
        if row.question == "held":
            known.unclear[row.customer_id] = row
    known.strangers = frozenset(unlike.led_by_strangers(side, among, customer_ids))
    left = unlike.apart(side, among, customer_ids)
    known.apart = frozenset(each for row in left for each in (row.our_id, row.customer_id, *row.found))
    return known


def _shared(
    row: Row[Any], kind: Kind, our_id: uuid.UUID | None, their_id: str, record: str = ""
) -> dict[str, Any]:
    return {
        "customer_id": row.customer_id,
        "their_customer_id": row.their_customer_id,
        "customer": row.customer,
        "kind": kind,
        "our_id": our_id,
        "their_id": their_id,
        "record": record,
    }


def _values(row: Row[Any], which: str, names: Iterable[str]) -> Fields:
    plain = {name: getattr(row, which + name) for name in names if not name.startswith(CUSTOM)}
    own = {name for name in names if name.startswith(CUSTOM)}
    held = getattr(row, f"{which}custom_fields") if own else {}
    return from_json(plain | {name: held.get(name.removeprefix(CUSTOM)) for name in own})


def _person(row: Row[Any], which: str, contact_id: object) -> ContactRecord:
    values: Mapping[str, Any] = {name: getattr(row, which + name) for name in CONTACT_FIELDS}
    return ContactRecord(id=str(contact_id), customer_id="", data=ContactData(**values))


def _called(person: ContactRecord) -> str:
    return contact_name(person.data) or person.data.email or "Without a name"


def _by_customer(rows: Sequence[Row[Any]]) -> Mapping[uuid.UUID, list[Row[Any]]]:
    grouped: defaultdict[uuid.UUID, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.customer_id].append(row)
    return grouped
