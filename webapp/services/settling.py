"""Settling conflicts: decisions written as shadows that move, which the next pass carries out.

One side's value travels to the other, or a person writes another one here, which then travels as an edit.

named conflicts → customers and links held → both sides as they are now, against what was seen
→ shadows moved, the losing value into the history, conflicts gone → one commit → due
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from webapp.extensions import db
from webapp.sdk import ContactRecord, CustomerDetail, Value
from webapp.services import audit
from webapp.services.conflicts import ConflictRow, rows_of
from webapp.services.editing import write_field
from webapp.services.entries import text_of
from webapp.services.errors import Conflict, Invalid
from webapp.services.holding import Held, held
from webapp.services.signals import announce_due
from webapp.services.vetoed import of_decisions
from webapp.services.vetting import has_say, refuse_vetoed, vet_early
from webapp.store import conflict_list as store
from webapp.store import history, links, pairs
from webapp.store.conflict_list import Key, Wanted
from webapp.store.connections import known_connection
from webapp.store.customers import locked_customers
from webapp.store.history import EntryData
from webapp.sync.decided import settled_primary
from webapp.sync.link import Kind, Link, Side, fields_of, settled, to_json
from webapp.sync.steps import OurCustomer
from webapp.sync.terms import as_planned

AT_ONCE = 200

UNWRITTEN = ("active", "primary")
"""What has no other value than those of both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whose value a person wants in one field; ``seen`` is what the row they looked at said of its values.

    Without a ``winner`` it is another ``value`` than both.
    """

    key: Key
    winner: Side | None
    seen: str
    value: Value = None

    def kept(self, row: ConflictRow) -> Value:
        """Return the value that both sides are to hold, as people read it."""
        if self.winner is None:
            return self.value
        return row.ours if self.winner == "ours" else row.theirs


@dataclass(slots=True, kw_only=True)
class Settled:
    """What came of decisions: rows that are ``done``, and those that ``moved``: look at them again.

    ``vetoed`` are left because a plugin refuses what was chosen, each with its reason. ``gone`` were settled
    by somebody else, or came to agreement by themselves.
    """

    done: list[tuple[ConflictRow, Decision]] = field(default_factory=list)
    moved: list[Key] = field(default_factory=list)
    vetoed: list[tuple[ConflictRow, str]] = field(default_factory=list)
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides of the customers of one connection, held."""

    portal_id: uuid.UUID
    connection_id: uuid.UUID
    ours: Mapping[uuid.UUID, OurCustomer]
    theirs: Mapping[str, CustomerDetail]


def settle(portal_id: uuid.UUID, decisions: Sequence[Decision], user_id: uuid.UUID) -> Settled:
    """Settle conflicts, each as it was seen; those that moved since are left, and brought up to date."""
    result = Settled()
    by_connection: dict[uuid.UUID, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_connection[decision.key[0]].append(decision)
    for connection_id, mine in by_connection.items():
        connection = known_connection(portal_id, connection_id) if has_say() else None
        vet = vet_early(connection) if connection else as_planned
        for at in range(0, len(mine), AT_ONCE):
            wishes = {decision.key: decision for decision in mine[at : at + AT_ONCE]}
            for row, reason in of_decisions(portal_id, {key: wishes[key].winner for key in wishes}, vet):
                del wishes[row.key]
                result.vetoed.append((row, reason))
            _settle(portal_id, connection_id, wishes, user_id, result)
        announce_due(connection_id, interactive=True)
    return result


def settle_all(
    portal_id: uuid.UUID, wanted: Wanted, winner: Side, user_id: uuid.UUID, *, count: int
) -> Settled:
    """Settle all conflicts of a kind in favour of one side; raises Conflict unless there are ``count``."""
    found = store.counts(portal_id, wanted)
    there = found.get(wanted.field, 0) if wanted.field else sum(found.values())
    if there != count:
        db.session.rollback()
        raise Conflict(
            f"There are {there:,} of these by now, not {count:,}. Nothing was settled: look at them again."
        )
    named = store.keys(portal_id, wanted, limit=count)
    return settle(portal_id, [Decision(key=key, winner=winner, seen="") for key in named], user_id)


def write(portal_id: uuid.UUID, key: Key, value: Value, user_id: uuid.UUID, *, seen: str) -> Settled:
    """Settle a conflict with another value than both, checked as an edit is, which both sides get.

    Raises ``Invalid`` for what cannot be kept on either side or what plugins refuse, ``Binned`` and
    ``NotFound``.
    """
    result = Settled()
    decision = Decision(key=key, winner=None, seen=seen, value=value)
    for row in rows_of(portal_id, store.locked(portal_id, [key])):
        db.session.rollback()
        kind = cast(Kind, row.kind)
        refuse_vetoed(portal_id, row.customer_id, kind, {row.field: value}, {row.field: row.raw_theirs})
        with held(portal_id, row.customer_id, user_id) as record:
            _write(record, decision, result)
            reached = [each.Connection.id for each in record.linked]
        for connection_id in reached:
            announce_due(connection_id, interactive=True)
    result.gone = 1 - len(result.done) - len(result.moved)
    return result


def _write(record: Held, decision: Decision, result: Settled) -> None:
    """Write the value here unless one side has it: then that one travels."""
    portal_id, connection_id = record.portal_id, decision.key[0]
    sides = _hold(portal_id, connection_id, [decision.key])
    for row in rows_of(portal_id, store.locked(portal_id, [decision.key])):
        if row.field in UNWRITTEN:
            raise Invalid(row.field, "There is no other value: keep one of the two.")
        if _moved(sides, row) or decision.seen != row.seen:
            result.moved.append(row.key)
            continue
        if decision.value == row.raw_ours:
            decision = replace(decision, winner="ours")
        elif decision.value == row.raw_theirs:
            decision = replace(decision, winner="theirs")
        else:
            write_field(record, cast(Kind, row.kind), row.our_id, row.field, decision.value)
            record.directory.flush()
        _keep(sides, [(row, decision)], record.user_id)
        result.done.append((row, decision))


def _settle(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    wishes: Mapping[Key, Decision],
    user_id: uuid.UUID,
    result: Settled,
) -> None:
    """Settle some of one connection, set by set, in one commit."""
    sides = _hold(portal_id, connection_id, list(wishes))
    found = rows_of(portal_id, store.locked(portal_id, list(wishes)))
    done: list[tuple[ConflictRow, Decision]] = []
    for row in found:
        wish = wishes[row.key]
        if _moved(sides, row) or (wish.seen and wish.seen != row.seen):
            result.moved.append(row.key)
        else:
            done.append((row, wish))
    result.gone += len(wishes) - len(found)
    if done:
        _keep(sides, done, user_id)
    db.session.commit()
    result.done += done


def _hold(portal_id: uuid.UUID, connection_id: uuid.UUID, named: Sequence[Key]) -> _Sides:
    owners = sorted(customer_id for _, customer_id in store.owners(portal_id, named))
    locked_customers(portal_id, owners)
    ours = pairs.our_customers(portal_id, connection_id, owners, binned=True)
    links.locked(portal_id, connection_id, _records(ours.values()))
    # Read again behind the locks: a pass may have moved the links in between.
    ours = pairs.our_customers(portal_id, connection_id, owners, binned=True)
    their_ids = [each.link.their_id for each in ours.values() if each.link]
    return _Sides(portal_id, connection_id, ours, pairs.their_details(portal_id, connection_id, their_ids))


def _records(ours: Iterable[OurCustomer]) -> list[uuid.UUID]:
    people = [contact.id for each in ours for contact in (*each.contacts, *each.deleted_contacts)]
    return [uuid.UUID(each.customer.id) for each in ours] + [uuid.UUID(each) for each in people]


def _moved(sides: _Sides, row: ConflictRow) -> bool:
    """Tell whether a side holds another value by now than the conflict says; that is noted in it."""
    ours, theirs = _values_now(sides, row)
    if ours in (None, row.raw_ours) and theirs in (None, row.raw_theirs):
        return False
    row.stored.ours = to_json({"": ours}).get("") if ours is not None else row.stored.ours
    row.stored.theirs = to_json({"": theirs}).get("") if theirs is not None else row.stored.theirs
    links.let_be_due(sides.portal_id, sides.connection_id, [row.customer_id])
    return True


def _values_now(sides: _Sides, row: ConflictRow) -> tuple[Value, Value]:
    """Return what both sides hold in a field now; None where it is not known."""
    ours = sides.ours.get(row.customer_id)
    theirs = sides.theirs.get(ours.link.their_id) if ours and ours.link else None
    if row.field == "primary" and row.kind == "customer":
        return _primary(ours.contacts if ours else ()), _primary(theirs.contacts if theirs else ())
    return (
        _value(ours.customer if ours else None, ours.contacts if ours else (), str(row.our_id), row.field),
        _value(
            theirs.customer if theirs else None, theirs.contacts if theirs else (), row.their_id, row.field
        ),
    )


def _value(customer: Any, contacts: Iterable[ContactRecord], record_id: str, name: str) -> Value:
    every = [customer, *contacts] if customer else list(contacts)
    record = next((each for each in every if each.id == record_id), None)
    return fields_of(record.data).get(name) if record else None


def _primary(contacts: Iterable[ContactRecord]) -> str | None:
    return next((each.id for each in contacts if each.data.primary), None)


def _keep(sides: _Sides, done: Sequence[tuple[ConflictRow, Decision]], user_id: uuid.UUID) -> None:
    """Move the shadows, tell of each decision, and let the customers be due; the caller commits."""
    place = (sides.portal_id, sides.connection_id)
    links.keep(*place, _links(sides, done), None)
    told = [entry for row, wish in done for entry in _told(row, wish)]
    history.add(sides.portal_id, told, actor=str(user_id), run_id=None)
    store.forget(sides.portal_id, [row.key for row, _ in done])
    links.let_be_due(*place, sorted({row.customer_id for row, _ in done}))
    details = {
        "connection": str(sides.connection_id),
        "settled": [
            {
                "kind": row.kind,
                "record": str(row.our_id),
                "field": row.field,
                "winner": wish.winner or "neither",
            }
            for row, wish in done
        ],
    }
    subject = str(done[0][0].our_id) if len(done) == 1 else str(sides.connection_id)
    audit.record(sides.portal_id, str(user_id), "conflict.settled", subject, details)


def _links(sides: _Sides, done: Sequence[tuple[ConflictRow, Decision]]) -> list[Link]:
    moved: dict[str, Link] = {}
    for row, wish in done:
        ours = sides.ours.get(row.customer_id)
        if ours is None or ours.link is None:
            continue
        every = {link.our_id: moved.get(link.our_id, link) for link in (ours.link, *ours.contact_links)}
        if row.field == "primary" and row.kind == "customer" and wish.winner:
            people = [link for link in every.values() if link.kind == "contact"]
            found = settled_primary(people, wish.winner, ours=str(row.raw_ours), theirs=str(row.raw_theirs))
            moved |= {link.our_id: link for link in found}
        elif (link := every.get(str(row.our_id))) is not None:
            values = {"ours": row.raw_ours, "theirs": row.raw_theirs}
            moved[link.our_id] = settled(link, row.field, wish.winner, **values)
    return list(moved.values())


def _told(row: ConflictRow, wish: Decision) -> list[EntryData]:
    """Tell of each value that gave way."""
    losing = {"ours": [row.theirs], "theirs": [row.ours], None: [row.ours, row.theirs]}[wish.winner]
    return [
        EntryData(
            kind=row.kind,
            record_id=row.our_id,
            customer_id=row.customer_id,
            action="settled",
            field=row.field,
            old=text_of(each),
            new=text_of(wish.kept(row)),
            lost=True,
        )
        for each in losing
    ]
