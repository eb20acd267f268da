"""What passes cost where very many customers are linked, and what is done with many of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench import crowd
from bench.figures import Measured
from bench.ground import Ground, Site, connected_site, finish, ground, sandbox
from bench.memory import Work, grown_mb
from bench.timing import rows, seconds_of, statements
from bench.visitor import Visitor
from tests.system.practice import Practice
from webapp.extensions import db
from webapp.services import bulk, drift, editing, holding, imports, refresh
from webapp.services.ticks import Ticks
from webapp.services.typed import Form
from webapp.store import dirty
from webapp.store.runs import Query, Selection
from webapp.walls import inside

DIRTY = 3
AT_ONCE = 5_000

TABLES = ("customer", "contact", "link", "mirror_customer", "mirror_contact", "history_entry")


def measure(size: int) -> Iterator[Measured]:
    """Pass over a portal of the size: with nothing to do, with three edited, and again when both agree."""
    with sandbox(DIRTY, 1) as practice, ground(sandbox_url=practice.url) as place:
        with place.app.app_context():
            there = _imported(practice)
        with place.fill() as filling:
            crowd.fill_mirror(filling, there.portal_id, there.connection_id, size)
            crowd.fill_portal(filling, there.portal_id, there.connection_id, size)
            filling.execute("VACUUM (ANALYZE)")
        yield from _passes(place, there, practice)
        yield from _nightly(place, there)
        yield from _at_once(place, there, min(size // 2, AT_ONCE))
        yield Measured("export.memory", _exported(place, there))


def _imported(practice: Practice) -> Site:
    there = connected_site(practice)
    finish(there.connection_id)
    with inside(there.portal_id):
        everyone = Selection(queries=(Query(inactive=True),))
        imports.start(there.portal_id, there.connection_id, there.user_id, everyone, "clone")
    finish(there.connection_id)
    return there


def _passes(place: Ground, there: Site, practice: Practice) -> Iterator[Measured]:
    with _watched(place, practice) as idle:
        _pass(place, there)
    yield Measured("pass.idle.calls", idle.calls)
    yield Measured("pass.idle.database", round(idle.database * 1000, 1))
    for number, our_id in enumerate(_linked(place, there, practice)):
        _edit(place, there, our_id, f"https://edit-{number}.example")
    with _watched(place, practice) as edited:
        _pass(place, there)
    yield Measured("pass.dirty.written-there", edited.written_there)
    yield Measured("pass.dirty.calls", edited.calls)
    yield Measured("pass.dirty.rows-read", edited.read)
    yield Measured("pass.dirty.rows-written", edited.written)
    _pass(place, there)
    with _watched(place, practice) as again:
        _pass(place, there)
    yield Measured("pass.converged.written-here", again.written)
    yield Measured("pass.converged.written-there", again.written_there)


def _nightly(place: Ground, there: Site) -> Iterator[Measured]:
    ids = there.portal_id, there.connection_id
    found: list[int] = []
    with place.app.app_context(), inside(there.portal_id):
        yield Measured(
            "nightly.seconds", round(seconds_of(lambda: found.append(dirty.find_changed(*ids))), 2)
        )
        db.session.rollback()
        yield Measured("nightly.found", found[0])
        yield Measured("drift.seconds", round(seconds_of(lambda: drift.make(*ids, user_id=None)), 1))


def _at_once(place: Ground, there: Site, customers: int) -> Iterator[Measured]:
    with place.fill() as reading:
        query = "SELECT id FROM customer WHERE active AND deleted_at IS NULL ORDER BY id LIMIT %s"
        ticked = Ticks(ids=frozenset(row[0] for row in reading.execute(query, [customers])))
    with place.app.app_context(), inside(there.portal_id):
        asking = seconds_of(lambda: bulk.prospect(there.portal_id, ticked, "inactive"))
        yield Measured("bulk.prospect", round(asking, 2))
        doing = seconds_of(
            lambda: bulk.carry_out(there.portal_id, ticked, "inactive", customers, there.user_id)
        )
        yield Measured("bulk.carry-out", round(doing, 2))


def _exported(place: Ground, there: Site) -> int:
    """Tell by how much a process grows that makes an Excel file of everyone."""

    def prepare() -> Work:
        visitor = Visitor(place, there)
        visitor.get("/client-users/")
        return lambda: visitor.drain("/client-users/customers.csv?format=xlsx")

    return grown_mb(place, prepare)


@dataclass(slots=True)
class Watched:
    """What a pass cost: calls and writes there, rows read and written here, the database's time."""

    calls: int = 0
    written_there: int = 0
    read: int = 0
    written: int = 0
    database: float = 0.0


@contextmanager
def _watched(place: Ground, practice: Practice) -> Iterator[Watched]:
    seen = Watched()
    practice.clear_log()
    with place.app.app_context(), place.fill() as reading:
        before = rows(reading, *TABLES)
        with statements(db.engine) as asked:
            yield seen
        # Its connections report what they did when they close.
        db.engine.dispose()
        after = rows(reading, *TABLES)
    seen.database = asked.seconds
    seen.read, seen.written = after[0] - before[0], after[1] - before[1]
    seen.calls, seen.written_there = len(practice.calls()), len(practice.writes())


def _pass(place: Ground, there: Site) -> None:
    with place.app.app_context():
        with inside(there.portal_id):
            refresh.request(there.portal_id, there.connection_id)
        finish(there.connection_id)


def _linked(place: Ground, there: Site, practice: Practice) -> list[Any]:
    with place.fill() as reading:
        query = "SELECT our_id FROM link WHERE kind = 'customer' AND their_id = ANY(%s)"
        return [row[0] for row in reading.execute(query, [list(practice.customers())])]


def _edit(place: Ground, there: Site, our_id: Any, website: str) -> None:
    with place.app.app_context(), inside(there.portal_id):
        with holding.held(there.portal_id, our_id, there.user_id) as record:
            seen, version = {"website": record.fields["website"]}, record.row.version
        form = Form(version=version, seen=seen, typed={"website": website})
        editing.edit_customer(there.portal_id, our_id, there.user_id, form)
