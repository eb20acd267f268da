"""Connections: found, ended, paused, and marked when they need a person."""

from __future__ import annotations

import random
import uuid
from contextvars import copy_context
from datetime import timedelta
from functools import partial

import structlog
from flask import current_app

from webapp.bounded import Overran, within
from webapp.budget import BudgetSpent
from webapp.extensions import db
from webapp.outside import OVERRUN_REST, GuardedProvider, OutsideAccount, PluginFault
from webapp.sdk import Provider, ProviderError, RateLimited, RetryLater
from webapp.services import audit, context, notices
from webapp.services.accounts import open_account, provider_of
from webapp.services.credentials import HeldCredentials, KeptCredentials
from webapp.services.errors import NotFound
from webapp.services.labels import name_of
from webapp.services.leases import Lease
from webapp.services.witness import OLDER
from webapp.store import connections as store
from webapp.store import due
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.walls import inside

SHORTEST_PAUSE = 15.0
LONGEST_PAUSE = 1800.0
"""Seconds between which pauses grow while a provider does not say how long to wait."""

WORTH_TELLING = 30.0
"""Seconds from which on a pause is shown to people."""

REVOKE_SECONDS = 30.0
NEVER_REVOKED = "The plugin did not come back in time."

ENDED = "The connection was ended. This goes on when it is connected again."
LOST = "The connection needs attention. This goes on once it is reconnected."

log = structlog.get_logger(__name__)


def find(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Connection:
    """Return one connection of a portal; raise NotFound."""
    connection = store.connection_by_id(connection_id, portal_id=portal_id)
    if connection is None:
        raise NotFound("There is no such connection.")
    return connection


def known(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Connection:
    """Return one connection of a portal, as far as this transaction knows it by now; raise NotFound."""
    connection = store.known_connection(portal_id, connection_id)
    if connection is None:
        raise NotFound("There is no such connection.")
    return connection


def why_work_waits(portal_id: uuid.UUID, connection_id: uuid.UUID) -> str:
    """Say, for people, why nothing is done with a connection now; blank when nothing is in the way."""
    connection = find(portal_id, connection_id)
    if connection.state in ("disconnected", "attention"):
        return ENDED if connection.state == "disconnected" else LOST
    if connection.held.get("why") == due.RESTORED:
        return OLDER
    return connection.pause_reason


def disconnect(portal_id: uuid.UUID, connection_id: uuid.UUID, *, user_id: uuid.UUID | None) -> None:
    """End a connection: its credentials are wiped and given back, its customers and links stay.

    Runs wait for a reconnection. Raises NotFound; harmless on one that was ended.
    """
    find(portal_id, connection_id)
    connection = _locked(connection_id)
    if connection is None or connection.state == "disconnected":
        return db.session.rollback()
    last = _copy_of_credentials(connection)
    connection.state, connection.attention = "disconnected", ""
    connection.disconnected_at = now()
    if not connection.held:
        # Much may change on both sides until it is reconnected, and a person who ended it decides what then.
        connection.held = {"why": "reconnected", "at": now().isoformat()}
    connection.credentials = ""
    connection.credentials_version += 1
    # Whoever is at work with the connection must not go on.
    connection.fence += 1
    connection.lease_until, connection.lease_holder = None, ""
    store.forget_attempts(connection.id)
    due.pause_runs(connection.id, ENDED)
    details = {"provider": connection.provider, "organization": connection.organization_name}
    audit.record(portal_id, audit.actor_of(user_id), "connection.disconnected", str(connection.id), details)
    notices.connection_ended(connection)
    db.session.commit()
    if last is not None:
        _give_back(connection, last)


def needs_attention(
    connection_id: uuid.UUID, reason: str, *, keys: bool = False, lease: Lease | None = None
) -> None:
    """Mark that a connection cannot go on until a person has acted; its work waits and nothing is lost.

    `keys` when that is because its secrets cannot be opened. Whoever lost the `lease` under which that was
    found out changes nothing.
    """
    connection = _locked(connection_id)
    if connection is None or _is_lost(lease, connection):
        return db.session.rollback()
    if connection.state == "connected":
        connection.state, connection.attention = "attention", reason
        due.pause_runs(connection_id, LOST)
        subject, details = str(connection_id), {"reason": reason}
        audit.record(connection.portal_id, "portal", "connection.attention", subject, details)
        notices.tell_attention(connection, reason, keys=keys)
    db.session.commit()
    log.warning("connection.attention", connection=str(connection_id))


def pause(connection_id: uuid.UUID, refusal: RetryLater, *, lease: Lease | None = None) -> None:
    """Let a connection rest after a refusal, for as long as was asked or longer each time, and say why.

    When the portal's own budget is spent only bulk work rests: a part of it is kept for people. Whoever lost
    the ``lease`` under which it was refused changes nothing.
    """
    connection = store.connection_by_id(connection_id, lock=True)
    if connection is None or _is_lost(lease, connection):
        return db.session.rollback()
    own = isinstance(refusal, BudgetSpent)
    if not own:
        connection.failures += 1
    seconds = _seconds(connection, refusal)
    until = now() + timedelta(seconds=seconds)
    if own:
        connection.bulk_paused_until = until
    else:
        connection.paused_until = until
    if seconds >= WORTH_TELLING:
        connection.pause_reason = _reason(connection, refusal)
        due.pause_runs(connection_id, connection.pause_reason)
        notices.tell_pause(connection, connection.pause_reason, until, day=_ends_the_day(refusal))
    db.session.commit()
    log.info("connection.paused", connection=str(connection_id), seconds=round(seconds), own=own)


def broken_off(connection_id: uuid.UUID, what: str) -> None:
    """Let a connection rest whose plugin ended a look, or had to be ended with it; `what` says how."""
    portal_id = store.portal_of(connection_id)
    db.session.rollback()
    if portal_id is None:
        return
    with inside(portal_id):
        connection = store.connection_by_id(connection_id)
        if connection is not None:
            pause(connection_id, PluginFault(connection.provider, what, after=OVERRUN_REST))


def went_well(connection: Connection, *, interactive: bool = False) -> None:
    """Note, in the caller's transaction, that a look came to its end: what was said of a pause is over.

    An `interactive` one says nothing of calls for bulk work, which rests on.
    """
    resting = connection.bulk_paused_until
    if interactive and resting is not None and resting > now():
        connection.failures, connection.paused_until = 0, None
    elif connection.failures or connection.pause_reason:
        connection.failures, connection.pause_reason = 0, ""
        connection.paused_until = connection.bulk_paused_until = None
        due.pause_runs(connection.id, "")
        notices.goes_on(connection)


def _is_lost(lease: Lease | None, locked: Connection) -> bool:
    return lease is not None and lease.fence != locked.fence


def _ends_the_day(refusal: RetryLater) -> bool:
    return isinstance(refusal, RateLimited) and refusal.scope == "day"


def _seconds(connection: Connection, refusal: RetryLater) -> float:
    """Return how long to rest: as told, else until the budget's day begins anew, else longer each time."""
    if refusal.after is not None:
        return refusal.after
    if _ends_the_day(refusal):
        resumes_at = context.budget().state(connection.organization_key).paused_until
        if resumes_at is not None and resumes_at > now():
            return (resumes_at - now()).total_seconds()
    return _growing(connection.failures)


def _growing(failures: int) -> float:
    longest = min(SHORTEST_PAUSE * 2 ** min(failures, 12), LONGEST_PAUSE)
    return longest * random.uniform(0.75, 1)


def _reason(connection: Connection, refusal: RetryLater) -> str:
    if isinstance(refusal, BudgetSpent) and refusal.scope == "day":
        return "The calls that are left of today are kept for people; this goes on tomorrow."
    if _ends_the_day(refusal):
        return f"{name_of(connection)} takes no more calls today; this goes on tomorrow."
    if isinstance(refusal, RateLimited):
        return f"{name_of(connection)} asks for a pause."
    return str(refusal)


def _locked(connection_id: uuid.UUID) -> Connection | None:
    """Lock a connection's row, and before it the audit that is to tell of it."""
    known = store.connection_by_id(connection_id)
    if known is None:
        return None
    audit.hold(known.portal_id)
    return store.connection_by_id(connection_id, lock=True)


def _copy_of_credentials(connection: Connection) -> HeldCredentials | None:
    if not connection.credentials:
        return None
    try:
        return HeldCredentials(KeptCredentials(connection.portal_id, connection.id).load()[1])
    except ProviderError as error:
        log.warning("connection.not_revoked", connection=str(connection.id), reason=str(error))
        return None


def _give_back(connection: Connection, credentials: HeldCredentials) -> None:
    """Revoke the authorisation if the provider can be reached, as long as a page can wait."""
    try:
        account = open_account(connection, interactive=True, credentials=credentials)
        db.session.commit()
        within(REVOKE_SECONDS, partial(copy_context().run, _revoke, provider_of(connection), account))
    except Overran:
        log.warning("connection.not_revoked", connection=str(connection.id), reason=NEVER_REVOKED)
    except ProviderError as error:
        log.warning("connection.not_revoked", connection=str(connection.id), reason=str(error))


def _revoke(provider: Provider, account: OutsideAccount) -> None:
    # A session of its own: the thread may be left behind with it.
    with current_app.app_context():
        GuardedProvider(provider).revoke(account)
