"""What a very long audit log costs: its pages, its filters, walking it, and taking a person's data along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import psycopg

from bench.crowd import copy_rows
from bench.figures import Measured
from bench.ground import Ground, Site, ground, site
from bench.memory import Work, grown_mb
from bench.timing import p95_ms, seconds_of
from bench.visitor import Visitor
from webapp.services import audit, personal
from webapp.services.audit import Head
from webapp.store.columns import new_id
from webapp.walls import inside

TENFOLD = 10
"""So many entries there are for each customer of the size."""

TURNS = 10
PEOPLE = 40
SUBJECTS = 5_000
ACTIONS = (
    "customer.deleted",
    "import.confirmed",
    "user.logged_in",
    "sync.paused",
    "provider.contact_created",
)
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=2)

_COLUMNS = "portal_id, number, at, actor, action, subject, details, content_digest, previous, digest"


def measure(size: int) -> Iterator[Measured]:
    """Look through the log of somebody who did a third of all, and take along all that is kept of them."""
    with ground() as place:
        with place.app.app_context():
            there = site()
        with place.fill() as filling:
            last = _fill(filling, place, there, size * TENFOLD)
        visitor = Visitor(place, there)
        for name, asked in _addresses(there, last).items():
            visitor.get(f"/audit/{asked}")
            visits = [visitor.get(f"/audit/{asked}") for _ in range(TURNS)]
            yield Measured(f"audit.{name}.p95", p95_ms([visit.seconds for visit in visits]))
            yield Measured(f"audit.{name}.queries", max(visit.queries for visit in visits))
        yield from _walked(place, there, last)
        yield from _taken_along(place, there)


def _addresses(there: Site, last: int) -> dict[str, str]:
    middle = (BEGAN + EVERY * (last // 2)).date()
    return {
        "newest": "",
        "middle": f"?before={last // 2}",
        "kind": "?kind=imports",
        "person": f"?who={there.user_id}&kind=finance",
        "record": "?subject=record-7",
        "days": f"?since={middle - timedelta(days=9)}&until={middle}&kind=clients",
        "search": "?q=paused",
        "nobody": "?q=nothing+of+this",
    }


def _walked(place: Ground, there: Site, last: int) -> Iterator[Measured]:
    def walk() -> None:
        with place.app.app_context(), inside(there.portal_id):
            chain = audit.walk(there.portal_id)
        assert (chain.broken_at, chain.head.number) == (None, last), chain

    yield Measured("audit.verify.seconds", round(seconds_of(walk), 1))
    yield Measured("audit.verify.memory", grown_mb(place, lambda: walk))


def _taken_along(place: Ground, there: Site) -> Iterator[Measured]:
    with place.app.app_context():
        first = seconds_of(lambda: next(personal.of_user(there.user_id, actor="command line")))
    yield Measured("person.first", round(first, 2))
    whole = _taking(place, there)
    yield Measured("person.seconds", round(seconds_of(whole), 1))
    yield Measured("person.memory", grown_mb(place, lambda: whole))


def _taking(place: Ground, there: Site) -> Work:
    def take() -> None:
        with place.app.app_context():
            for _ in personal.of_user(there.user_id, actor="command line"):
                pass

    return take


def _fill(filling: psycopg.Connection, place: Ground, there: Site, entries: int) -> int:
    """Write a chain as the service does, behind what it has already; return the number of its last entry."""
    with place.app.app_context(), inside(there.portal_id):
        head = audit.walk(there.portal_id).head
    copy_rows(filling, "audit_entry", _COLUMNS, _chain(there, head, entries))
    filling.execute("VACUUM (ANALYZE) audit_entry")
    return head.number + entries


def _chain(there: Site, head: Head, entries: int) -> Iterator[tuple[object, ...]]:
    people, previous = [str(new_id()) for _ in range(PEOPLE)], head.digest
    for number in range(head.number + 1, head.number + entries + 1):
        actor = people[number % PEOPLE] if number % 3 else str(there.user_id)
        at, action = BEGAN + EVERY * number, ACTIONS[number % len(ACTIONS)]
        subject, details = f"record-{number % SUBJECTS}", {"fields": ["name"], "customers": number}
        said = [at.timestamp(), actor, action, subject, details]
        content = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        digest = sha256(f"{previous}:{there.portal_id}:{number}:{content}".encode()).hexdigest()
        told = (action, subject, json.dumps(details), content, previous, digest)
        yield there.portal_id, number, at, actor, *told
        previous = digest
