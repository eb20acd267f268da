"""The census: a reading of everything a provider holds, step by step, kept in the connection between slices.

    customers → contacts (where the account can list them all) → settle → missing

It finds what changed unseen and what is gone. What a census did not tell of is never taken for gone: each
such customer is asked for.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func

from webapp.services.accounts import calls_per_day, provider_of
from webapp.services.reading import Reading, refuse_endless, refuse_standstill
from webapp.store import dirty, standing, tombstones
from webapp.store import mirror as mirrors
from webapp.store.columns import now
from webapp.store.connections import Connection
from webapp.store.mirror import Mirror
from webapp.store.mirror_pages import keep_contacts, keep_customers, settle_contacts

INTERVAL = timedelta(days=1)
AFTER_FAULT = timedelta(hours=1)
PAGE = 200
"""How many records a page is taken to hold where calls are estimated."""

SEARCHING = 3
"""Calls a census is taken to need until it has found its last page."""

DAY_SHARE = 0.4
"""The part of a day's calls that censuses may use."""

SETTLED_AT_ONCE = 1000
MEASURED_AFTER = (1, 8, 64, 512)
"""Pages of a step after which a mirror has grown so much that the database knows it no longer."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How far a connection's census has come; a blank step: none is under way.

    ``pages`` were read of ``total_pages`` (None until known) of this step, ``customers`` and ``contacts``
    told so far; ``known_customers`` and ``known_contacts`` are how many there were after the last one.
    ``full``: begun with the customers. ``fault`` says what made no sense about the last one.
    """

    number: int = 0
    step: str = ""
    full: bool = True
    cursor: str | None = None
    pages: int = 0
    total_pages: int | None = None
    customers: int = 0
    contacts: int = 0
    known_customers: int = 0
    known_contacts: int = 0
    fault: str = ""


def census_of(connection: Connection) -> Census:
    """Return how far a connection's census has come."""
    return Census(**connection.census)


def mirror_of(connection: Connection) -> Mirror:
    """Return the mirror of a connection."""
    return Mirror(connection.portal_id, connection.id, census_of(connection).number)


def next_census_at(connection: Connection) -> datetime | None:
    """Return when the next census is due, None for at once; large ones are spaced by the day's calls."""
    if connection.census_started_at is None:
        return None
    if census_of(connection).fault:
        return connection.census_started_at + AFTER_FAULT
    allowed = calls_per_day(connection)
    days = (customer_calls(connection) + contact_calls(connection)) / (allowed * DAY_SHARE) if allowed else 0
    return connection.census_started_at + INTERVAL * max(days, 1)


def customer_calls(connection: Connection) -> int:
    """Estimate how many calls the rest of a census of customers needs, or a new one."""
    census = census_of(connection)
    if census.step == "customers" and census.total_pages is not None:
        return max(census.total_pages - census.pages, 0)
    return census.known_customers // PAGE + SEARCHING


def contact_calls(connection: Connection) -> int:
    """Estimate how many calls reading all contacts needs from where matters stand."""
    census = census_of(connection)
    if census.step in ("settle", "missing"):
        return 0
    if census.step == "contacts" and census.total_pages is not None:
        return max(census.total_pages - census.pages, 0)
    expected = census.known_contacts or 2 * max(census.known_customers, census.customers)
    return expected // PAGE + SEARCHING


def begin(reading: Reading, connection: Connection, *, contacts_only: bool = False) -> None:
    """Begin a census, of everything or of the contacts alone."""
    before = census_of(connection)
    begun = Census(
        number=before.number + 1,
        step="contacts" if contacts_only else "customers",
        full=not contacts_only,
        known_customers=before.known_customers,
        known_contacts=before.known_contacts,
        fault=before.fault,
    )
    times: dict[str, Any] = {"contacts_started_at": func.now()}
    if not contacts_only:
        times["census_started_at"] = func.now()
        mirrors.forgive_failures(mirror_of(connection))
    reading.keep(census=asdict(begun), **times)


def advance(reading: Reading, connection: Connection) -> None:
    """Do the next piece of the census that is under way: one call, or one batch of rows."""
    census = census_of(connection)
    if census.pages in MEASURED_AFTER:
        mirrors.measure()
    _STEPS[census.step](reading, connection, census)


def _customers(reading: Reading, connection: Connection, census: Census) -> None:
    expected = census.known_customers or None
    page = reading.directory(connection).census(census.cursor, expected=expected)
    refuse_standstill(connection, census.cursor, page.cursor)
    refuse_endless(connection, census.pages)
    mirror = mirror_of(connection)
    keep_customers(mirror, page.customers, in_census=True)
    told = _with_page(census, page.cursor, page.total_pages)
    told = replace(told, customers=census.customers + len(page.customers))
    if page.cursor is not None:
        return reading.keep(census=asdict(told))
    known = mirrors.live_count(mirror)
    if told.customers == 0 and known > 0:
        return _stop(reading, connection, told, "customers", known)
    told = replace(told, known_customers=known)
    can_list = connection.features.get("contact_census", False)
    step = _step(told, "contacts" if can_list else "missing")
    reading.keep(census=asdict(step), contacts_started_at=func.now())


def _contacts(reading: Reading, connection: Connection, census: Census) -> None:
    page = reading.directory(connection).contact_census(census.cursor, expected=census.known_contacts or None)
    refuse_standstill(connection, census.cursor, page.cursor)
    refuse_endless(connection, census.pages)
    mirror = mirror_of(connection)
    keep_contacts(mirror, page.contacts)
    told = _with_page(census, page.cursor, page.total_pages)
    told = replace(told, contacts=census.contacts + len(page.contacts))
    if page.cursor is not None:
        return reading.keep(census=asdict(told))
    expected = mirrors.contacts_expected(mirror, told=census.full) if told.contacts == 0 else 0
    if expected > 0:
        return _stop(reading, connection, told, "contacts", expected)
    mirrors.doubt_unseen_contacts(mirror)
    told = replace(told, known_contacts=mirrors.contact_count(mirror))
    reading.keep(census=asdict(_step(told, "settle")))


def _settle(reading: Reading, connection: Connection, census: Census) -> None:
    mirror = mirror_of(connection)
    if census.pages == 0:
        mirrors.measure()
    since = connection.contacts_started_at
    told = mirrors.told_in_full(mirror, since=since, limit=SETTLED_AT_ONCE) if since else []
    settle_contacts(mirror, told)
    if len(told) == SETTLED_AT_ONCE:
        return reading.keep(census=asdict(replace(census, pages=census.pages + 1)))
    if census.full:
        return reading.keep(census=asdict(_step(census, "missing")))
    reading.keep(census=asdict(_step(census, "")))


def _missing(reading: Reading, connection: Connection, census: Census) -> None:
    mirror = mirror_of(connection)
    unseen = mirrors.missing(mirror, limit=1)
    if unseen:
        reading.detail(connection, mirror, unseen[0])
    else:
        standing.settle(connection.portal_id, connection.id)
        tombstones.forget_gone(mirror, now())
        dirty.find_changed(connection.portal_id, connection.id)
        done = replace(_step(census, ""), fault="")
        reading.keep(census=asdict(done), census_finished_at=func.now())
        log.info(
            "census.done", connection=str(connection.id), customers=census.customers, contacts=census.contacts
        )


def _stop(reading: Reading, connection: Connection, census: Census, what: str, known: int) -> None:
    """End a census that told of nobody where somebody is known: that is a fault there, never a deletion."""
    label = provider_of(connection).label
    fault = (
        f"{label} listed no {what}, though {known:,} are known. Nothing was removed; it is asked again later."
    )
    log.warning("census.empty", connection=str(connection.id), what=what, known=known)
    reading.keep(census=asdict(replace(_step(census, ""), fault=fault)))


def _with_page(census: Census, cursor: str | None, total_pages: int | None) -> Census:
    if total_pages is not None and census.total_pages is None:
        # What was read in search of the last page is read again on the way back.
        return replace(census, cursor=cursor, pages=1, total_pages=total_pages)
    total = total_pages if total_pages is not None else census.total_pages
    return replace(census, cursor=cursor, pages=census.pages + 1, total_pages=total)


def _step(census: Census, step: str) -> Census:
    return replace(census, step=step, cursor=None, pages=0, total_pages=None)


_STEPS = {"customers": _customers, "contacts": _contacts, "settle": _settle, "missing": _missing}
