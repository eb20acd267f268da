"""The witness: evidence outside the database of how far it had come, so that an older one is noticed.

    lease taken, fence raised → one command to Valkey: have you seen a higher one? → work, or hold

A database that was restored has forgotten writes and agreements, and a pass over it would take what it wrote
itself for changes of others. Two things tell: Valkey keeps each connection's highest fence, and the database
keeps which database it was when the last lease was taken (cluster, timeline, database and table). A higher
fence outside is proof. Another database, about which nothing outside says that it is the newest, is reason
enough to ask. An emptied Valkey alone is none, and neither is another database that Valkey knows well.

Not noticed: a copy of the whole disk brought back in place, when Valkey was emptied too or brought back with
it; and a connection that is younger than the copy, which is then not there at all.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from redis import RedisError

from webapp.extensions import db
from webapp.services import audit, context, notices
from webapp.store import connections as store
from webapp.store import due
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.leases import Taken

WITNESS = "tandem:witness"
"""Where Valkey keeps, by connection: the highest fence, who took it, and when."""

_ASK = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
local fence, nonce = string.match(known or '0 -', '^(%d+) (%S+)')
if tonumber(fence) > tonumber(ARGV[2]) or (fence == ARGV[2] and nonce ~= ARGV[3]) then
  return {known, 0}
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
return {known or '', 1}
"""
"""Raise the fence that is known of a connection, unless a higher one is, or the same of somebody else."""

OLDER = "This database was restored. This goes on once somebody has looked at what differs on both sides."
"""Why imports wait: what they did may have been forgotten, and would be done twice."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Testimony:
    """What Valkey said: the highest fence it knew before (0: none), since when, and whether ours is newer."""

    fence: int
    at: str
    newer: bool


def agrees(connection_id: uuid.UUID, taken: Taken) -> bool:
    """Tell whether work may go on with a lease that was just taken; else hold the sync, and commit that.

    Call it outside a transaction and before the lease is used: its fence stands no longer when this says no.
    """
    said = _ask(connection_id, taken.fence)
    if said is None:
        return True
    moved = taken.database != taken.here
    if not said.newer or (moved and taken.database and not said.fence):
        _hold(connection_id, taken, said)
        return False
    if moved:
        _settle(connection_id, taken)
    return True


def _settle(connection_id: uuid.UUID, taken: Taken) -> None:
    """Note in which database the connection is led from now on."""
    store.update_fenced(connection_id, taken.fence, {"database": taken.here})
    db.session.commit()


def _ask(connection_id: uuid.UUID, fence: int) -> _Testimony | None:
    """Tell Valkey of a fence and hear what it knew; None while it does not answer, when no call goes out."""
    ask = context.valkey().register_script(_ASK)
    try:
        known, newer = ask(
            keys=[WITNESS], args=[str(connection_id), fence, secrets.token_hex(8), now().isoformat()]
        )
    except RedisError as error:
        log.warning("witness.silent", connection=str(connection_id), error=type(error).__name__)
        return None
    said = known.decode().split(" ") if known else ["0", "", ""]
    return _Testimony(fence=int(said[0]), at=said[2], newer=bool(newer))


def _hold(connection_id: uuid.UUID, taken: Taken, said: _Testimony) -> None:
    """Have the sync wait for a person, unless another has taken the connection since and told of it itself.

    The fence goes above all that were seen, so that nobody of the lost time can write any more.
    """
    connection = _locked(connection_id)
    if connection is None or connection.fence != taken.fence:
        return db.session.rollback()
    connection.held = _held(connection, taken, said)
    connection.fence = max(connection.fence, said.fence) + 1
    connection.lease_until, connection.lease_holder = None, ""
    connection.database = taken.here
    # What is there now is to be known before anybody decides.
    connection.census_started_at, connection.next_look_at = None, now()
    subject, details = str(connection_id), dict(connection.held)
    audit.record(connection.portal_id, "portal", "connection.restored", subject, details)
    due.pause_runs(connection_id, OLDER)
    notices.tell_restored(connection)
    db.session.commit()
    log.error("witness.older_database", connection=subject, fence=taken.fence, known=said.fence)


def _held(connection: Connection, taken: Taken, said: _Testimony) -> dict[str, Any]:
    """Say why it is held: the last moment the database remembers, and the last of which others know."""
    remembers = connection.refreshed_at
    held: dict[str, Any] = {"why": due.RESTORED, "at": now().isoformat()}
    if remembers is not None:
        held["remembers"] = remembers.isoformat()
    if said.fence:
        held |= {"known": said.at, "leases": max(1, said.fence - taken.fence + 1)}
    return held


def lost_since(held: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return from when to when work was forgotten, as far as it is known, of what holds a sync."""
    remembers, known = held.get("remembers"), held.get("known")
    return (
        datetime.fromisoformat(remembers) if remembers else None,
        datetime.fromisoformat(known) if known else None,
    )


def _locked(connection_id: uuid.UUID) -> Connection | None:
    """Lock a connection's row, and before it the audit that is to tell of it."""
    connection = store.connection_by_id(connection_id)
    if connection is None:
        return None
    audit.hold(connection.portal_id)
    return store.connection_by_id(connection_id, lock=True)
