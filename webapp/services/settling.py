"""Settling conflicts: decisions written as shadows that move, which the next pass carries out.

named conflicts → customers and links held → both sides as they are now, against what was seen
→ shadows moved, the losing value into the history, conflicts gone → one commit → due
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.extensions import db
from webapp.sdk import ContactRecord, CustomerDetail, Value
from webapp.services import audit
from webapp.services.conflicts import ConflictRow, rows_of
from webapp.services.entries import text_of
from webapp.services.errors import Conflict
from webapp.services.signals import announce_due
from webapp.store import conflict_list as store
from webapp.store import history, links, pairs
from webapp.store.conflict_list import Key, Wanted
from webapp.store.customers import locked_customers
from webapp.store.history import EntryData
from webapp.sync.decided import settled_primary
from webapp.sync.link import Link, Side, fields_of, settled, to_json
from webapp.sync.steps import OurCustomer

AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whose value a person wants in one field; ``seen`` is what the row they looked at said of its values."""

    key: Key
    winner: Side
    seen: str


@dataclass(slots=True, kw_only=True)
class Settled:
    """What came of decisions: rows that are ``done``, and those that ``moved``: look at them again.

    ``gone`` were settled by somebody else, or came to agreement by themselves.
    """

    done: list[tuple[ConflictRow, Side]] = field(default_factory=list)
    moved: list[Key] = field(default_factory=list)
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
        for at in range(0, len(mine), AT_ONCE):
            _settle(portal_id, connection_id, mine[at : at + AT_ONCE], user_id, result)
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


def _settle(
    portal_id: uuid.UUID,
    connection_id: uuid.UUID,
    decisions: Sequence[Decision],
    user_id: uuid.UUID,
    result: Settled,
) -> None:
    """Settle some of one connection, set by set, in one commit."""
    wishes = {decision.key: decision for decision in decisions}
    sides = _hold(portal_id, connection_id, list(wishes))
    found = rows_of(portal_id, store.locked(portal_id, list(wishes)))
    done: list[tuple[ConflictRow, Side]] = []
    for row in found:
        wish = wishes[row.key]
        if _moved(sides, row) or (wish.seen and wish.seen != row.seen):
            result.moved.append(row.key)
        else:
            done.append((row, wish.winner))
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


def _keep(sides: _Sides, done: Sequence[tuple[ConflictRow, Side]], user_id: uuid.UUID) -> None:
    """Move the shadows, tell of each decision, and let the customers be due; the caller commits."""
    place = (sides.portal_id, sides.connection_id)
    links.keep(*place, _links(sides, done), None)
    told = [_told(row, winner) for row, winner in done]
    history.add(sides.portal_id, told, actor=str(user_id), run_id=None)
    store.forget(sides.portal_id, [row.key for row, _ in done])
    links.let_be_due(*place, sorted({row.customer_id for row, _ in done}))
    details = {
        "connection": str(sides.connection_id),
        "settled": [
            {"kind": row.kind, "record": str(row.our_id), "field": row.field, "winner": winner}
            for row, winner in done
        ],
    }
    subject = str(done[0][0].our_id) if len(done) == 1 else str(sides.connection_id)
    audit.record(sides.portal_id, str(user_id), "conflict.settled", subject, details)


def _links(sides: _Sides, done: Sequence[tuple[ConflictRow, Side]]) -> list[Link]:
    moved: dict[str, Link] = {}
    for row, winner in done:
        ours = sides.ours.get(row.customer_id)
        if ours is None or ours.link is None:
            continue
        every = {link.our_id: moved.get(link.our_id, link) for link in (ours.link, *ours.contact_links)}
        if row.field == "primary" and row.kind == "customer":
            people = [link for link in every.values() if link.kind == "contact"]
            found = settled_primary(people, winner, ours=str(row.raw_ours), theirs=str(row.raw_theirs))
            moved |= {link.our_id: link for link in found}
        elif (link := every.get(str(row.our_id))) is not None:
            moved[link.our_id] = settled(link, row.field, winner, ours=row.raw_ours, theirs=row.raw_theirs)
    return list(moved.values())


def _told(row: ConflictRow, winner: Side) -> EntryData:
    losing, kept = (row.theirs, row.ours) if winner == "ours" else (row.ours, row.theirs)
    return EntryData(
        kind=row.kind,
        record_id=row.our_id,
        customer_id=row.customer_id,
        action="settled",
        field=row.field,
        old=text_of(losing),
        new=text_of(kept),
        lost=True,
    )
