"""The brake of a pass: what deletes or blanks waits until all due was counted, then goes on or is held.

planned, with hits → set aside → nothing else due → counted with what is held and what went lately
    → held, or carried out
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.extensions import db
from webapp.services import audit, notices
from webapp.services.leases import LeaseLost
from webapp.services.sync_closing import PassWork
from webapp.services.sync_customers import bring
from webapp.services.sync_plans import Planned, stream
from webapp.store import connections as store
from webapp.store import dirty, small_losses, survivors
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.dirty import COUNTED, HELD, Looked
from webapp.sync.brake import Brake, Hit, brakes, hits
from webapp.sync.steps import Plan

PAGE = 1000
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Risky:
    """A customer whose plan deletes or blanks, without the weight of the plan."""

    planned: Planned
    hits: frozenset[Hit]


def decide(work: PassWork, until: Stop) -> bool:
    """Carry out or hold what waits to be counted; tell whether there was anything to decide.

    Nothing that goes here, because it is gone there, is decided while the provider is still being read: so
    that the losses of one census are seen together.
    """
    waiting = _braked(work.connection, COUNTED, due_by=now())
    counted = [_light(each) for each in stream(work.connection, waiting)]
    if not counted:
        return False
    calm = [each.planned.our_id for each in counted if not each.hits]
    if calm:
        dirty.unbrake(work.connection, calm)
        work.commit()
    reading = _is_reading(work.connection)
    ready = [each for each in counted if each.hits and _is_ready(work, each, reading=reading)]
    if not ready:
        return bool(calm)
    found = _brakes(work, counted)
    held = [each for each in ready if _is_held(each.hits, found)]
    if held:
        _hold(work, held, found)
    _note_losses(work, [each for each in ready if each not in held])
    for each in ready:
        if each not in held:
            if until():
                return True
            bring(work, each.planned, _as_counted(each, found))
    return True


def look_at_held(work: PassWork) -> bool:
    """Let go of held customers that no longer delete or blank anything; tell whether any had changed."""
    touched = dirty.held_and_touched(work.connection, PAGE)
    if not touched:
        return False
    looks = list(stream(work.connection, touched))
    calm = [each.our_id for each in looks if not each.hits]
    dirty.looked(work.connection, [_as_held(each) for each in looks if each.hits])
    dirty.unbrake(work.connection, calm)
    work.commit()
    if calm:
        _count_again(work)
    return True


def _is_ready(work: PassWork, risky: _Risky, *, reading: bool) -> bool:
    if work.interactive and not risky.planned.dirty.edited_here:
        return False
    return not (reading and any(hit.side == "ours" for hit in risky.hits))


def _is_reading(connection: Connection) -> bool:
    reading = survivors.reading_under_way(connection.portal_id, connection.id)
    db.session.rollback()
    return reading or bool(connection.census.get("step"))


def _brakes(work: PassWork, counted: Sequence[_Risky]) -> tuple[Brake, ...]:
    earlier = {hit for each in counted for hit in each.hits} | _held_hits(work)
    spent = small_losses.recent(work.connection, now())
    live = dirty.live_links(work.connection)
    db.session.rollback()
    return brakes((), live, earlier=earlier, spent=spent)


def _note_losses(work: PassWork, going: Sequence[_Risky]) -> None:
    """Count what is about to be lost here along with what follows, before it is: a crash may come between."""
    lost = {hit for each in going for hit in each.hits if hit.side == "ours"}
    if lost:
        small_losses.add(work.connection, lost, now())
        work.commit()


def _held_hits(work: PassWork) -> set[Hit]:
    return {hit for each in stream(work.connection, _braked(work.connection, HELD)) for hit in each.hits}


def _is_held(found: frozenset[Hit], why: Sequence[Brake]) -> bool:
    return any((hit.side, hit.kind) == (brake.side, brake.kind) for hit in found for brake in why)


def _as_counted(risky: _Risky, why: Sequence[Brake]) -> Callable[[Plan], bool]:
    """Permit what was counted, and no more."""

    def may(plan: Plan) -> bool:
        return hits(plan) <= risky.hits and not any(brake.holds(plan) for brake in why)

    return may


def _hold(work: PassWork, held: Sequence[_Risky], why: Sequence[Brake]) -> None:
    """Hold customers until a person has looked, and tell of it first: a hold nobody knows of is for ever."""
    told = _told(work.connection, why)
    details = {"brakes": [{name: each[name] for name in ("side", "kind", "records")} for each in told]}
    audit.record(work.connection.portal_id, "portal", "sync.braked", str(work.connection.id), details)
    _keep_brakes(work, told)
    notices.tell_brake(work.connection, told)
    work.commit()
    for at in range(0, len(held), PAGE):
        dirty.looked(work.connection, [_as_held(each.planned) for each in held[at : at + PAGE]])
        work.commit()


def _count_again(work: PassWork) -> None:
    """Say anew what is held, after some were let go."""
    found = _held_hits(work)
    live = dirty.live_links(work.connection)
    counts = {(each["side"], each["kind"]): each for each in work.connection.brakes}
    left = []
    for (side, kind), before in counts.items():
        records = sum((hit.side, hit.kind) == (side, kind) for hit in found)
        if records:
            left.append({**before, "records": records, "live": live.get(kind, 0)})
    _keep_brakes(work, left)
    if not left:
        notices.brake_is_off(work.connection)
    work.commit()


def _told(connection: Connection, why: Sequence[Brake]) -> list[dict[str, Any]]:
    since = {(each["side"], each["kind"]): each["at"] for each in connection.brakes}
    fresh = {
        (brake.side, brake.kind): {
            "side": brake.side,
            "kind": brake.kind,
            "records": brake.records,
            "live": brake.live,
            "lately": brake.lately,
            "at": since.get((brake.side, brake.kind), now().isoformat()),
        }
        for brake in why
    }
    earlier = {(each["side"], each["kind"]): each for each in connection.brakes}
    return list({**earlier, **fresh}.values())


def _keep_brakes(work: PassWork, told: list[dict[str, Any]]) -> None:
    if not store.update_fenced(work.connection.id, work.lease.fence, {"brakes": told}):
        db.session.rollback()
        raise LeaseLost(work.connection.id)
    work.connection.brakes = told
    # Runs are locked before notices.
    work.run.keep()


def _braked(connection: Connection, brake: str, due_by: datetime | None = None) -> Iterator[uuid.UUID]:
    last: uuid.UUID | None = None
    while page := dirty.braked(connection, brake, after=last, limit=PAGE, due_by=due_by):
        db.session.rollback()
        yield from page
        last = page[-1]


def _as_held(planned: Planned) -> Looked:
    return Looked(known=planned.dirty, brake=HELD)


def _light(planned: Planned) -> _Risky:
    light = Planned(dirty=planned.dirty, ours=None, theirs=None, plan=None, unsettled=planned.unsettled)
    return _Risky(light, planned.hits)
