"""How a connection is kept in step, as people want it: how often, who wins, paused, or let go on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from webapp.extensions import db
from webapp.services import audit, notices
from webapp.services.accounts import calls_per_day
from webapp.services.errors import Conflict, Invalid, NotFound, Refused
from webapp.services.refresh import DAY_SHARE
from webapp.services.signals import announce_due
from webapp.store import connections as store
from webapp.store import passes
from webapp.store.columns import now
from webapp.store.connections import Connection

RULES = ("ask", "portal", "provider")
SHORTEST, LONGEST = 1, 1440
"""Minutes between which polls may be apart."""

DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """What can be set; ``seen`` names the state a form was made of, to notice whoever was quicker.

    ``polls`` a day come of it, each at least a call; ``calls_per_day`` is what the plan allows (None: not
    known), of which polls may use ``most_polls``. ``waiting`` conflicts are settled by a new rule.
    """

    minutes: int
    rule: str
    seen: str
    polls: int
    most_polls: int | None
    calls_per_day: int | None
    waiting: int


def settings(portal_id: uuid.UUID, connection_id: uuid.UUID) -> SyncSettings:
    """Return what is set for a connection; raise NotFound."""
    connection = store.known_connection(portal_id, connection_id)
    if connection is None:
        raise NotFound("There is no such connection.")
    allowed = calls_per_day(connection)
    most = allowed // DAY_SHARE if allowed else None
    polls = DAY // max(connection.poll_seconds, 60)
    return SyncSettings(
        minutes=max(SHORTEST, round(connection.poll_seconds / 60)),
        rule=connection.rule,
        seen=_seen(connection),
        polls=polls if most is None else min(polls, most),
        most_polls=most,
        calls_per_day=allowed,
        waiting=passes.conflicts_waiting(portal_id, connection_id),
    )


def save(
    portal_id: uuid.UUID, connection_id: uuid.UUID, *, minutes: str, rule: str, seen: str, user_id: uuid.UUID
) -> int:
    """Set how often is looked and who wins; return how many conflicts a new rule settles.

    Raises Invalid, and Conflict when somebody changed them since the form was ``seen``.
    """
    apart = _minutes(minutes)
    if rule not in RULES:
        raise Invalid("rule", "Choose who wins: ask, Tandem or the provider.")
    settled = 0
    if rule not in (_seen_rule(seen), "ask"):
        # Links are locked before the audit and the connection; where it was not as seen that is taken back.
        settled = passes.look_at_conflicts_again(portal_id, connection_id)
    connection = _locked(portal_id, connection_id)
    if seen != _seen(connection):
        db.session.rollback()
        raise Conflict("Somebody else changed these settings meanwhile. Look at them again, then save yours.")
    before = {"poll_seconds": connection.poll_seconds, "rule": connection.rule}
    connection.poll_seconds, connection.rule = apart * 60, rule
    # An interval that became shorter counts at once.
    connection.next_look_at = now()
    _tell(connection, "connection.settings", user_id, before=before, poll_seconds=apart * 60, rule=rule)
    db.session.commit()
    announce_due(connection_id, interactive=bool(settled))
    return settled


def pause(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Stop writing on either side until somebody resumes; reading goes on. Harmless when it is paused."""
    connection = _locked(portal_id, connection_id)
    if connection.sync_paused_at is not None:
        return db.session.rollback()
    connection.sync_paused_at, connection.sync_paused_by = now(), user_id
    _tell(connection, "sync.paused", user_id)
    db.session.commit()


def resume(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Let a paused sync go on; harmless when it is not paused."""
    connection = _locked(portal_id, connection_id)
    if connection.sync_paused_at is None:
        return db.session.rollback()
    connection.sync_paused_at = connection.sync_paused_by = None
    _tell(connection, "sync.resumed", user_id)
    db.session.commit()
    announce_due(connection_id, interactive=True)


def go_on(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID, *, seen: str) -> None:
    """Let a held sync go on: a person has looked at what it would do.

    ``seen`` is since when it was held on the page that was looked at. Raises Conflict when it is held for
    something else by now. Harmless when it is not held.
    """
    connection = _locked(portal_id, connection_id)
    if not connection.held:
        return db.session.rollback()
    if connection.held.get("at") != seen:
        db.session.rollback()
        raise Conflict("Something else holds the sync by now: look at its page again.")
    why = connection.held["why"]
    connection.held = {}
    _tell(connection, "sync.let_go_on", user_id, why=why)
    notices.looked_at(connection)
    db.session.commit()
    announce_due(connection_id, interactive=True)


def read_everything(portal_id: uuid.UUID, connection_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Ask for a reading of everything there is at the provider, as soon as bulk work may.

    Raises Refused while the connection cannot read.
    """
    connection = _locked(portal_id, connection_id)
    if connection.state != "connected":
        db.session.rollback()
        raise Refused("This connection cannot read now: look at its page for what it needs.")
    connection.census_started_at, connection.next_look_at = None, now()
    _tell(connection, "connection.census_asked", user_id)
    db.session.commit()
    announce_due(connection_id)


def _locked(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Connection:
    """Lock a connection's row, and before it the audit that is to tell of it."""
    audit.hold(portal_id)
    connection = store.connection_by_id(connection_id, portal_id=portal_id, lock=True)
    if connection is None:
        db.session.rollback()
        raise NotFound("There is no such connection.")
    return connection


def _tell(connection: Connection, action: str, user_id: uuid.UUID, **details: object) -> None:
    audit.record(connection.portal_id, audit.actor_of(user_id), action, str(connection.id), details)


def _seen(connection: Connection) -> str:
    return f"{connection.poll_seconds} {connection.rule}"


def _seen_rule(seen: str) -> str:
    return seen.rpartition(" ")[2]


def _minutes(text: str) -> int:
    try:
        minutes = int(text.strip())
    except ValueError:
        raise Invalid("minutes", "Enter how many minutes, as a whole number such as 5.") from None
    if not SHORTEST <= minutes <= LONGEST:
        raise Invalid("minutes", f"Enter {SHORTEST} to {LONGEST:,} minutes: {LONGEST:,} are a day.")
    return minutes
