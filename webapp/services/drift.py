"""Drift: what differs between both sides of a connection, and why, for all linked customers.

    tables and mirror, a stretch of links at a time → what is unlike → why → a report, a file, a command

Nothing is asked of the provider, and nothing is kept in memory but one stretch.
"""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import structlog

from webapp.extensions import db
from webapp.services.connections import find
from webapp.services.drift_reasons import EXPLAINED, MEANT, REASONS, Difference, Explaining
from webapp.store import drift as store
from webapp.store import statistics, unlike
from webapp.store.columns import now
from webapp.store.drift import DriftItem, DriftReport
from webapp.store.portals import User
from webapp.sync.link import from_json, to_json
from webapp.sync.normal import name_key
from webapp.walls import inside

__all__ = [
    "EXPLAINED",
    "MEANT",
    "REASONS",
    "Difference",
    "ItemPage",
    "Report",
    "differences",
    "items",
    "make",
    "report",
]

CUSTOMERS_AT_ONCE = 2_000
ITEMS_AT_ONCE = 1_000
PAGE_SIZE = 50
LAST_PAGE = 1_000_000
FIRST = uuid.UUID(int=0)

Looked = Callable[[int], None]
"""Told how many more customers were compared."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The newest report of a connection; ``counts`` are its items by reason, in the order of ``REASONS``."""

    made_at: datetime
    made_by: str
    customers: int
    counts: dict[str, int]

    @property
    def drift(self) -> int:
        """How many differences there are; what is meant to be so, or a mapping loses, is none."""
        return sum(count for reason, count in self.counts.items() if reason not in MEANT)

    @property
    def unexplained(self) -> int:
        """How many of them nothing explains."""
        return sum(count for reason, count in self.counts.items() if reason not in EXPLAINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """A page of a report's items."""

    items: tuple[Difference, ...]
    total: int
    number: int
    pages: int


def differences(
    portal_id: uuid.UUID, connection_id: uuid.UUID, *, looked: Looked | None = None
) -> Iterator[Difference]:
    """Give what differs, customer by customer; raises NotFound.

    It is read beside the session: whoever takes it slowly holds no transaction.
    """
    explaining = Explaining(find(portal_id, connection_id))
    # Right after an import the database would compare each customer with all others.
    statistics.measure_grown()
    return _differences(portal_id, connection_id, explaining, looked)


def make(portal_id: uuid.UUID, connection_id: uuid.UUID, *, user_id: uuid.UUID | None) -> Report:
    """Compare everything and keep what was found in place of the last report."""
    counts: Counter[str] = Counter()
    customers = 0

    def looked(number: int) -> None:
        nonlocal customers
        customers += number

    found = differences(portal_id, connection_id, looked=looked)
    store.forget(portal_id, connection_id)
    numbered = enumerate(found, start=1)
    while batch := list(islice(numbered, ITEMS_AT_ONCE)):
        counts.update(each.reason for _, each in batch)
        store.add_items([_row(portal_id, connection_id, number, each) for number, each in batch])
    made = DriftReport(
        portal_id=portal_id,
        connection_id=connection_id,
        made_at=now(),
        made_by=user_id,
        customers=customers,
        counts=dict(counts),
    )
    db.session.add(made)
    db.session.commit()
    log.info("drift.reported", connection=str(connection_id), customers=customers, **_ordered(counts))
    return _report(made)


def report(portal_id: uuid.UUID, connection_id: uuid.UUID) -> Report | None:
    """Return the newest report of a connection, if one was made."""
    found = store.newest(portal_id, connection_id)
    return None if found is None else _report(found)


def items(
    portal_id: uuid.UUID, connection_id: uuid.UUID, *, reason: str = "", q: str = "", number: int = 1
) -> ItemPage:
    """Return a page of the newest report's items; a page beyond the end is the last."""
    number = max(1, min(number, LAST_PAGE))
    rows, total = store.page(
        portal_id,
        connection_id,
        reason=reason if reason in REASONS else "",
        q=name_key(q),
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )
    pages = max(1, math.ceil(total / PAGE_SIZE))
    if number > pages:
        return items(portal_id, connection_id, reason=reason, q=q, number=pages)
    return ItemPage(items=tuple(map(_difference, rows)), total=total, number=number, pages=pages)


def _differences(
    portal_id: uuid.UUID, connection_id: uuid.UUID, explaining: Explaining, looked: Looked | None
) -> Iterator[Difference]:
    after = FIRST
    while True:
        with inside(portal_id), db.engine.connect() as side:
            among = unlike.stretch(side, portal_id, connection_id, after=after, limit=CUSTOMERS_AT_ONCE)
            found = [] if among is None else explaining.of(side, among)
        if among is None:
            return
        if looked is not None:
            looked(among.customers)
        yield from found
        after = among.last


def _report(found: DriftReport) -> Report:
    person = db.session.get(User, found.made_by) if found.made_by else None
    return Report(
        made_at=found.made_at,
        made_by=(person.name or person.email) if person else "",
        customers=found.customers,
        counts=_ordered(found.counts),
    )


def _ordered(counts: dict[str, int]) -> dict[str, int]:
    return {reason: counts[reason] for reason in REASONS if counts.get(reason)}


_PLAIN = (
    "customer_id",
    "their_customer_id",
    "customer",
    "kind",
    "our_id",
    "their_id",
    "record",
    "field",
    "reason",
    "note",
)
_VALUES = ("ours", "theirs", "agreed_ours", "agreed_theirs")


def _row(portal_id: uuid.UUID, connection_id: uuid.UUID, position: int, each: Difference) -> dict[str, Any]:
    values = {name: getattr(each, name) for name in _VALUES}
    texts = [each.customer, each.record, *(value for value in values.values() if isinstance(value, str))]
    return {
        "portal_id": portal_id,
        "connection_id": connection_id,
        "position": position,
        **{name: getattr(each, name) for name in _PLAIN},
        **{name: to_json({name: value}).get(name) for name, value in values.items()},
        "search": "\n".join(name_key(text) for text in texts),
    }


def _difference(row: DriftItem) -> Difference:
    values: dict[str, Any] = from_json({name: getattr(row, name) for name in _VALUES})
    return Difference(**{name: getattr(row, name) for name in _PLAIN}, **values)
