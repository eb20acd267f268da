"""The brake as people see it: what a pass would delete or blank, and what they decide about it."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.extensions import db
from webapp.services import audit, notices
from webapp.services.connections import known
from webapp.services.errors import Conflict
from webapp.services.merge_outcomes import person_name
from webapp.services.signals import announce_due
from webapp.services.sync_plans import Planned, plans
from webapp.services.sync_settings import read_everything
from webapp.store import brake_list as store
from webapp.store import connections
from webapp.store.columns import now
from webapp.sync.link import Side, is_blank
from webapp.sync.steps import Delete, Update

PAGE_SIZE = 50
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What one record would lose on a ``side``: itself (no ``fields``), or what those fields hold.

    ``along`` contacts would go with a customer; ``name`` is blank for the customer itself.
    """

    side: Side
    name: str
    fields: tuple[str, ...] = ()
    along: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A customer that is held, and all that it, or contacts of it, would lose."""

    our_id: uuid.UUID
    name: str
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrakePage:
    """A page of what is held: ``brakes`` say why, ``held`` how many customers, ``total`` of those found.

    ``left_to_keep`` are no longer held: somebody decided that they are kept, and a worker sees to it.
    """

    brakes: tuple[Mapping[str, Any], ...]
    since: datetime | None
    rows: tuple[HeldRow, ...]
    held: int
    left_to_keep: int
    total: int
    number: int
    pages: int
    q: str

    @property
    def sides(self) -> tuple[Side, ...]:
        """Where something would go: ours first."""
        found = {each["side"] for each in self.brakes}
        return tuple(side for side in SIDES if side in found)

    def records(self, side: Side, kind: str) -> int:
        """How many records of a kind would go, or lose something, on a side."""
        return sum(each["records"] for each in self.brakes if (each["side"], each["kind"]) == (side, kind))


SIDES: tuple[Side, Side] = ("ours", "theirs")


def page(portal_id: uuid.UUID, connection_id: uuid.UUID, *, q: str = "", number: int = 1) -> BrakePage:
    """List what the brake of a connection holds; raises NotFound. Ends the session's transaction."""
    connection = known(portal_id, connection_id)
    brakes = tuple(connection.brakes)
    held = store.count(portal_id, connection_id)
    total = store.count(portal_id, connection_id, q) if q else held
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = max(1, min(number, pages))
    ids = store.page(portal_id, connection_id, q, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return BrakePage(
        brakes=brakes,
        since=min((datetime.fromisoformat(each["at"]) for each in brakes), default=None),
        rows=tuple(_row(each) for each in plans(connection, ids)),
        held=held,
        left_to_keep=store.count_to_keep(portal_id, connection_id),
        total=total,
        number=number,
        pages=pages,
        q=q,
    )


def every_row(portal_id: uuid.UUID, connection_id: uuid.UUID, q: str = "") -> Iterator[HeldRow]:
    """List all that is held, for a file."""
    offset = 0
    while True:
        connection = known(portal_id, connection_id)
        ids = store.page(portal_id, connection_id, q, offset=offset, limit=AT_ONCE)
        if not ids:
            return
        yield from [_row(each) for each in plans(connection, ids)]
        offset += len(ids)


def let_go_on(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID, *, count: int) -> int:
    """Let a pass do what is held; raises Conflict unless just so many customers are held. Return how many."""
    known(portal_id, connection_id)
    _require(store.release(portal_id, connection_id), count)
    _end(portal_id, connection_id, user_id, "sync.brake_released", count)
    announce_due(connection_id, interactive=True)
    return count


def keep(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID, *, count: int) -> int:
    """Have a worker see to it that nothing is lost: all stays, on both sides. Return of how many customers.

    What is gone there stays here, unlinked; what was deleted here comes out of the bin; what was blanked on
    one side gets its value back from the other. Raises Conflict unless just so many customers are held.
    """
    known(portal_id, connection_id)
    _require(store.let_be_kept(portal_id, connection_id, user_id), count)
    _end(portal_id, connection_id, user_id, "sync.brake_kept", count)
    announce_due(connection_id)
    return count


def left_to_keep(portal_id: uuid.UUID, connection_id: uuid.UUID) -> int:
    """Count the customers that a worker is still to keep; raises NotFound."""
    known(portal_id, connection_id)
    return store.count_to_keep(portal_id, connection_id)


def look_again(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Have the provider asked anew for everything: it may have been at fault.

    What is there after all is held no longer. Raises Refused when it cannot be asked.
    """
    connection = known(portal_id, connection_id)
    connection.refresh_wanted_at = now()
    read_everything(portal_id, connection_id, user_id)


def _require(held: int, count: int) -> None:
    """Take back a decision about other customers than were seen; raises Conflict."""
    if held != count:
        db.session.rollback()
        raise Conflict(
            f"{held:,} customers are held by now, not {count:,}. Nothing was decided: look at them again."
        )


def _end(
    portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID, action: str, customers: int
) -> None:
    """Note a decision, take the brakes off unless something is held still, and commit."""
    audit.record(portal_id, str(user_id), action, str(connection_id), {"customers": customers})
    connection = connections.connection_by_id(connection_id, portal_id=portal_id, lock=True)
    if connection is not None and not store.count(portal_id, connection_id):
        connection.brakes = []
        notices.brake_is_off(connection)
    db.session.commit()


def _row(planned: Planned) -> HeldRow:
    names = _names(planned)
    return HeldRow(our_id=planned.our_id, name=planned.name, losses=tuple(_losses(planned, names)))


def _losses(planned: Planned, names: Mapping[str, str]) -> Iterator[Loss]:
    plan = planned.plan
    for step in plan.steps if plan else ():
        name = names.get(step.ref.our_id or "", "") if step.ref.kind == "contact" else ""
        if isinstance(step, Delete):
            yield Loss(side=step.side, name=name, along=len(step.along))
        elif isinstance(step, Update) and (blanked := blanked_by(step)):
            yield Loss(side=step.side, name=name, fields=blanked)
    if plan and plan.unconfirmed:
        yield from _absent(planned, plan.unconfirmed, names)


def _absent(planned: Planned, unconfirmed: Sequence[str], names: Mapping[str, str]) -> Iterator[Loss]:
    """What was not seen there counts as gone until the provider was asked."""
    ours = planned.ours
    if ours and ours.link and ours.link.their_id in unconfirmed:
        yield Loss(side="ours", name="", along=len(ours.contact_links))
        return
    for link in ours.contact_links if ours else ():
        if link.their_id in unconfirmed:
            yield Loss(side="ours", name=names.get(link.our_id, ""))


def blanked_by(step: Update) -> tuple[str, ...]:
    """Name the fields that an update empties."""
    return tuple(
        name
        for name, value in step.changes.items()
        if is_blank(value) and not is_blank(step.before.get(name))
    )


def _names(planned: Planned) -> dict[str, str]:
    ours = planned.ours
    people = (*ours.contacts, *ours.deleted_contacts) if ours else ()
    return {each.id: person_name(each.data) for each in people}
