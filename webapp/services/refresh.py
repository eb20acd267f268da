"""The mirror, kept: how what the provider holds comes into our tables.

    custom fields → changed since the mark → the census, once a day → the contacts of who changed

Each page is one transaction with the mark that follows it and the fence asserted, so a crash at any point
repeats at most one page. Reading is done in slices; the tables alone say where to go on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, null

from webapp.extensions import db
from webapp.outside import GuardedProvider
from webapp.services import census, custom_fields
from webapp.services.accounts import calls_per_day, open_account, provider_of
from webapp.services.census import census_of, mirror_of
from webapp.services.errors import NotFound, Refused
from webapp.services.leases import Lease
from webapp.services.reading import Reading, refuse_endless, refuse_standstill
from webapp.services.signals import announce_due
from webapp.store import connections as store
from webapp.store import mirror as mirrors
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.mirror_pages import keep_customers

DAY_SHARE = 3
"""Polls may use one in so many of a day's calls."""

LATE = timedelta(seconds=30)
"""How much later than planned a poll may come before the mirror counts as stale."""

HINTS_APART = timedelta(seconds=30)
"""How long after a look a provider's hint lets another begin, at the earliest."""

Stop = Callable[[], bool]
"""Says that a slice is over."""


def request(portal_id: uuid.UUID, connection_id: uuid.UUID) -> None:
    """Ask, as a person does, that changes be read now; harmless while that is under way.

    Raises NotFound, and Refused when the connection cannot read.
    """
    connection = store.connection_by_id(connection_id, portal_id=portal_id, lock=True)
    if connection is None:
        raise NotFound("There is no such connection.")
    if connection.state != "connected":
        raise Refused("This connection cannot read now: look at its page for what it needs.")
    connection.refresh_wanted_at = now()
    db.session.commit()
    announce_due(connection_id, interactive=True)


def refresh_when_stale(portal_id: uuid.UUID, connection_id: uuid.UUID) -> bool:
    """Ask for a refresh in the background if the last one is too long ago; return whether it is."""
    connection = store.known_connection(portal_id, connection_id)
    if connection is None or connection.state != "connected" or not is_stale(connection, now()):
        return False
    if connection.refresh_wanted_at is None:
        request(portal_id, connection_id)
    return True


def is_stale(connection: Connection, moment: datetime) -> bool:
    """Tell whether the mirror is older than the polls of its connection allow."""
    return (
        connection.refreshed_at is None or connection.refreshed_at + poll_interval(connection) + LATE < moment
    )


def poll_interval(connection: Connection) -> timedelta:
    """Return how far apart polls are; a small plan's day of calls spaces them."""
    return max(timedelta(seconds=connection.poll_seconds), _closest(connection))


def hints_apart(connection: Connection) -> timedelta:
    """Return how long after a look a hint lets another begin; a small plan's day of calls spaces them."""
    return max(HINTS_APART, _closest(connection))


def refresh_slice(lease: Lease, *, until: Stop, bulk: bool) -> bool:
    """Do what is due of the mirror until `until()` says stop; return whether more is due at once.

    Without `bulk` only changes that a person or the provider asked for are read. A person's wish may use the
    calls kept for people; a provider's hint may not.
    """
    reading = Reading(lease, interactive=not bulk)
    while not until():
        connection = reading.connection()
        if not bulk and connection.refresh_wanted_at is None:
            if not _hinted(connection, now()):
                return False
            reading = Reading(lease, interactive=False)
        step = _next_step(connection, now())
        if step is not None:
            step(reading, connection)
        elif not _read_unread(reading, connection):
            reading.keep(next_look_at=_next_look(connection))
            return False
    return True


def ensure_contacts(lease: Lease, their_ids: Sequence[str], *, until: Stop) -> bool:
    """Read the contacts of these customers if they are unread, by whichever way costs fewer calls.

    Goes on until `until()` says stop and returns whether all are read by then. Customers that turn out to be
    gone, or fail again and again, count as read: their digest stays null. Call it outside a transaction.
    """
    reading = Reading(lease, interactive=False)
    while not until():
        connection = reading.connection()
        waiting = mirrors.unread(mirror_of(connection), limit=len(their_ids), among=their_ids)
        if not waiting:
            return True
        _read_contacts(reading, connection, waiting)
    return not mirrors.unread(mirror_of(reading.connection()), limit=1, among=their_ids)


def read_details(lease: Lease, their_ids: Sequence[str], *, until: Stop, interactive: bool = False) -> bool:
    """Read those of these customers in full whose newest version was not; return whether all are by then.

    Costs a call for each. Call it outside a transaction; what it stores is committed.
    """
    reading = Reading(lease, interactive=interactive)
    mirror = mirror_of(reading.connection())
    while waiting := mirrors.undetailed(mirror, limit=100, among=their_ids):
        for their_id in waiting:
            if until():
                return False
            reading.detail(reading.connection(), mirror, their_id)
    return True


def _next_step(connection: Connection, moment: datetime) -> Callable[[Reading, Connection], None] | None:
    if connection.probed_at is None:
        return _probe
    if step := custom_fields.next_step(connection, moment):
        return step
    polled = connection.refreshed_at
    asked = connection.refresh_wanted_at is not None or _hinted(connection, moment)
    if polled is None or asked or polled + poll_interval(connection) <= moment:
        return _poll
    if census_of(connection).step:
        return census.advance
    due_at = census.next_census_at(connection)
    return census.begin if due_at is None or due_at <= moment else None


def _next_look(connection: Connection) -> datetime:
    """Return when something will be due again, nothing being due now."""
    polled = connection.refreshed_at or now()
    return min(polled + poll_interval(connection), census.next_census_at(connection) or polled)


def _probe(reading: Reading, connection: Connection) -> None:
    """Find out what the account supports."""
    account = open_account(connection, interactive=reading.interactive, lease=reading.lease)
    features = GuardedProvider(provider_of(connection)).probe(account)
    reading.keep(features=dict(features), probed_at=func.now())


def _poll(reading: Reading, connection: Connection) -> None:
    """Read one page of what changed since the mark."""
    page = reading.directory(connection).changed(connection.cursor)
    pages = connection.poll.get("pages", 0) + 1
    if page.more:
        refuse_standstill(connection, connection.cursor, page.cursor)
        refuse_endless(connection, pages)
    mirror = mirror_of(connection)
    changed = keep_customers(mirror, page.customers)
    doubted = mirrors.doubt(mirror, page.deleted) if page.deleted else 0
    wish, hint = _asked_at_first(connection)
    under_way = {"wish": wish and wish.isoformat(), "hint": hint and hint.isoformat(), "pages": pages}
    stands: dict[str, Any] = {"poll": under_way}
    if not page.more:
        stands = {
            "poll": {},
            "refreshed_at": func.now(),
            "refresh_wanted_at": _wish_since(wish),
            "hint_due_at": _hint_since(hint, connection),
        }
    work = {"next_look_at": func.now()} if changed or doubted else {}
    reading.keep(cursor=page.cursor, **stands, **work)


def _closest(connection: Connection) -> timedelta:
    """Return how far apart polls have to be, so that they leave most of a day's calls to other work."""
    allowed = calls_per_day(connection)
    return timedelta(seconds=DAY_SHARE * 86_400 / allowed if allowed else 0)


def _hinted(connection: Connection, moment: datetime) -> bool:
    """Tell whether it is time to look because the provider said that something changed."""
    resting = connection.bulk_paused_until
    due_at = connection.hint_due_at
    return due_at is not None and due_at <= moment and (resting is None or resting <= moment)


def _asked_at_first(connection: Connection) -> tuple[datetime | None, datetime | None]:
    """Return the wish and the hint there were before the first page of the poll that is read or begins."""
    if not connection.poll:
        hint = connection.hint_due_at
        return connection.refresh_wanted_at, hint if hint is not None and hint <= now() else None
    wish, hint = connection.poll["wish"], connection.poll.get("hint")
    return wish and datetime.fromisoformat(wish), hint and datetime.fromisoformat(hint)


def _wish_since(answered: datetime | None) -> ColumnElement[datetime | None]:
    """Keep a wish that came after the first page was asked for: what it is about may be on none of them."""
    wanted = Connection.refresh_wanted_at
    return case((wanted.is_distinct_from(answered), wanted), else_=null())


def _hint_since(answered: datetime | None, connection: Connection) -> ColumnElement[datetime | None]:
    """Keep a hint that came after the first page was asked for, and put it off: this was a look."""
    hinted = Connection.hint_due_at
    later = func.greatest(hinted, func.now() + hints_apart(connection))
    return case((hinted.is_distinct_from(answered), case((hinted.is_not(None), later))), else_=null())


def _read_unread(reading: Reading, connection: Connection) -> bool:
    """Read the contacts of some who changed; return False when nobody is left."""
    limit = census.contact_calls(connection) + 2
    waiting = mirrors.unread(mirror_of(connection), limit=limit)
    if waiting:
        _read_contacts(reading, connection, waiting)
    return bool(waiting)


def _read_contacts(reading: Reading, connection: Connection, waiting: Sequence[str]) -> None:
    """Bring the contacts of those who wait one call closer, by whichever way costs fewer calls."""
    under_way, mirror = census_of(connection).step, mirror_of(connection)
    # A census that made no sense is not begun again for this: it would be the same at once.
    if not connection.features.get("contact_census", False) or census_of(connection).fault:
        return reading.detail(connection, mirror, waiting[0])
    if not under_way and (untold := mirrors.untold(mirror, limit=1, among=waiting)):
        return reading.detail(connection, mirror, untold[0])
    calls = census.contact_calls(connection)
    if under_way == "customers":
        calls += census.customer_calls(connection)
    if len(waiting) <= calls or under_way == "missing":
        reading.detail(connection, mirror, waiting[0])
    elif under_way:
        census.advance(reading, connection)
    else:
        # A census of contacts leaves out those of customers it does not know.
        census.begin(reading, connection, contacts_only=connection.census_finished_at is not None)
