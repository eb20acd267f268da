"""What the doctor sees of each connection, and what it hears from its provider if it is to ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from webapp.budget import BudgetState
from webapp.extensions import db
from webapp.outside import GuardedProvider
from webapp.providers import SANDBOX
from webapp.sdk import Fatal, Provider, ProviderError
from webapp.services.accounts import open_account, provider_of
from webapp.services.census import census_of, next_census_at
from webapp.services.credentials import KeptCredentials
from webapp.services.doctor.findings import Area, Finding, duration
from webapp.services.refresh import LATE, poll_interval
from webapp.store import figures as store
from webapp.store.columns import now
from webapp.store.connections import Connection

AREA = Area("connections")
LAG_FAULT = timedelta(hours=1)
"""How much later than due a poll may be before people notice."""

PASS_LATE = timedelta(days=1)
LONG_AUTHORIZING = timedelta(minutes=15)
LONG_RUN = timedelta(hours=1)


def each(*, ask: bool) -> Iterator[Finding]:
    """Look at every connection in use; with `ask` also let each provider answer one call."""
    found = store.connections_in_use()
    if not found:
        yield AREA.ok("all", "There is none yet.")
    for connection, portal in found:
        name = f"{portal}: {connection.organization_name or connection.provider}"
        yield from _of(connection, name, ask=ask)


def _of(connection: Connection, name: str, *, ask: bool) -> Iterator[Finding]:
    try:
        provider = provider_of(connection)
    except Fatal as error:
        yield AREA.fault(name, f"It cannot go on. {error}", "Install the plugin again, or disconnect.")
        return
    if connection.state != "connected":
        yield _unconnected(connection, name)
        return
    moment = now()
    findings = [
        _credentials(connection, name),
        _pause(connection, name, moment),
        _lag(connection, name, moment),
        _full_pass(connection, name, moment),
        _calls(connection, name),
        _problems(connection, name, moment),
        _answer(connection, name, provider) if ask else None,
    ]
    bad = [finding for finding in findings if finding is not None]
    yield from bad
    if not bad:
        yield AREA.ok(name, _well(connection, moment, asked=ask))


def _unconnected(connection: Connection, name: str) -> Finding:
    if connection.state == "attention":
        return AREA.fault(
            name,
            f"It needs a person: {connection.attention or 'the authorisation is gone'}",
            f"Somebody with the permission to connect has to press Reconnect: connection {connection.id}.",
        )
    if connection.state == "authorizing" and now() - connection.created_at > LONG_AUTHORIZING:
        return AREA.warning(
            name, "Signing in has not come to its end.", "See that a worker serves push, or connect again."
        )
    says = (
        "An organization has to be picked on its page." if connection.state == "choosing" else "Signing in."
    )
    return AREA.ok(name, says)


def _credentials(connection: Connection, name: str) -> Finding | None:
    try:
        KeptCredentials(connection.portal_id, connection.id).load()
    except Fatal as error:
        return AREA.fault(name, f"Its credentials cannot be read. {error}", "tandem keys list")
    return None


def _pause(connection: Connection, name: str, moment: datetime) -> Finding | None:
    pauses = [(connection.paused_until, "Nothing"), (connection.bulk_paused_until, "No bulk work")]
    until, what = max(((at, what) for at, what in pauses if at and at > moment), default=(None, ""))
    if until is None:
        return None
    failed = f" after {connection.failures} failures in a row" if connection.failures else ""
    return AREA.warning(
        name,
        f"{what} is asked for another {duration((until - moment).total_seconds())}{failed}: "
        f"{connection.pause_reason or 'its provider did not answer as it should.'}",
        f"It goes on by itself. Else look for connection={connection.id} in the workers' logs.",
    )


def _lag(connection: Connection, name: str, moment: datetime) -> Finding | None:
    since = connection.refreshed_at or connection.connected_at or connection.created_at
    late = moment - since - poll_interval(connection) - LATE
    if late <= timedelta() or (connection.census_finished_at is None and late < LAG_FAULT):
        return None
    age = duration((moment - since).total_seconds())
    says = f"What changed there was last asked {age} ago."
    remedy = f"See that a worker serves bulk; look for connection={connection.id} in its logs."
    return AREA.fault(name, says, remedy) if late > LAG_FAULT else AREA.warning(name, says, remedy)


def _full_pass(connection: Connection, name: str, moment: datetime) -> Finding | None:
    if fault := census_of(connection).fault:
        return AREA.warning(name, fault, "Look at the provider whether the records are there.")
    due_at = next_census_at(connection)
    finished = connection.census_finished_at
    if finished is None or due_at is None or due_at + PASS_LATE > moment:
        return None
    age = duration((moment - finished).total_seconds())
    return AREA.warning(
        name,
        f"Everything was last read {age} ago: what was deleted there since is not known.",
        "See whether the calls of a day are enough, and that a worker serves bulk.",
    )


def _calls(connection: Connection, name: str) -> Finding | None:
    calls = BudgetState.from_mapping(connection.calls)
    if calls.bulk_resumes_at is None or calls.bulk_resumes_at <= now():
        return None
    return AREA.warning(
        name,
        f"{calls.calls_left_today} of {calls.day_limit} calls of the day are left, and kept for people.",
        f"Imports go on at {calls.bulk_resumes_at:%Y-%m-%d %H:%M} UTC; a larger plan there has more calls.",
    )


def _problems(connection: Connection, name: str, moment: datetime) -> Finding | None:
    parked, oldest = store.parked_customers(connection)
    if parked:
        age = f", the first {duration((moment - oldest).total_seconds())} ago" if oldest else ""
        return AREA.warning(
            name,
            f"{parked} customers could not be read again and again{age}.",
            "Look for mirror.not_read in the workers' logs; the next full pass tries them again.",
        )
    waiting = store.oldest_open_run_of(connection)
    if waiting is None or moment - waiting[1] < LONG_RUN:
        return None
    number, since = waiting
    return AREA.warning(
        name,
        f"Run {number} is not over {duration((moment - since).total_seconds())} after it was confirmed.",
        "Its page says what it waits for; large ones take as long as the permitted calls do.",
    )


def _answer(connection: Connection, name: str, provider: Provider) -> Finding | None:
    """Let the provider answer one call, with a renewed token where that is due."""
    try:
        account = open_account(connection, interactive=True)
        db.session.commit()
        found = GuardedProvider(provider).organizations(account)
    except ProviderError as error:
        return AREA.fault(name, f"{provider.label} was asked: {error}", "Reconnect it, or try again later.")
    if connection.organization_id not in {organization.id for organization in found}:
        return AREA.fault(
            name,
            f"{provider.label} no longer opens this organization to whoever connected it.",
            "Have somebody of that organization reconnect.",
        )
    return None


def _well(connection: Connection, moment: datetime, *, asked: bool) -> str:
    words = ["Practice data." if connection.region == SANDBOX else ""]
    if connection.refreshed_at:
        words.append(f"Read {duration((moment - connection.refreshed_at).total_seconds())} ago.")
    if connection.census_finished_at:
        words.append(f"Full pass {duration((moment - connection.census_finished_at).total_seconds())} ago.")
    else:
        words.append("The first full pass is under way.")
    calls = BudgetState.from_mapping(connection.calls)
    if calls.calls_left_today is not None:
        words.append(f"{calls.calls_left_today} calls left today.")
    words.append("Its provider answers." if asked else "")
    return " ".join(word for word in words if word)
