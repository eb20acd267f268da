"""A portal with real tables linked to the sandbox over HTTP, as the machine plays it, and what must be true.

Everybody has a tag, the department, which nobody edits, and whatever is typed was never typed before: so
both sides can be read from outside, and what a pass did away with is told from what people did.
"""

from __future__ import annotations

import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text, update

from sandbox.hand_edits import carry_out
from sandbox.records import Contact as ZohoContact
from sandbox.sample.filling import Sample
from sandbox.server import SandboxServer
from tests.mirror_world import Place, set_connection, until_done
from tests.sync.provider import essence
from webapp.extensions import db
from webapp.services import brakes, context, drift, imports
from webapp.services.look import look
from webapp.store import brake_list
from webapp.store.columns import now
from webapp.store.conflicts import Conflict
from webapp.store.customers import Contact, Customer
from webapp.store.history import HistoryEntry
from webapp.store.intents import Intent
from webapp.store.links import Link
from webapp.store.problems import Problem
from webapp.store.runs import Selection
from webapp.sync.brake import FREE_RECORDS
from webapp.walls import inside

Record = tuple[str, str]
"""A record: the name or id of its customer, and its tag."""

Snapshot = dict[Record, dict[str, str]]

CUSTOMER = "customer"
CUSTOMER_FIELDS = ("name", "website", "company_name", "active")
CONTACT_FIELDS = ("first_name", "last_name", "email", "mobile", "designation")
WAITS = {"conflict", "decide", "failed", "held", "mapping"}
"""Why both sides may differ at rest."""

KEPT = (
    "customer",
    "contact",
    "link",
    "mirror_customer",
    "mirror_contact",
    "conflict",
    "problem",
    "intent",
    "run",
    "history_entry",
)


class RealHouse:
    """One portal with one connection to a sandbox that has nobody else."""

    def __init__(self, server: SandboxServer, seed: int) -> None:
        server.state.reset(Sample(customers=0))
        context.valkey().flushdb()
        self.server = server
        self.chance = random.Random(seed)
        self.place = Place.new()
        self.connection_id = self.place.connect_sandbox(server)
        self.dropped: set[str] = set()
        self.tags: set[str] = set()
        self._count = 0
        self._before: tuple[Snapshot, Snapshot] = ({}, {})
        self._released = False
        with inside(self.place.portal_id):
            self.work()
            for _ in range(4):
                self.bring(4)

    def bring(self, people: int) -> None:
        """Make a customer at the provider and import it."""
        name = self.new()
        persons = [self.person() for _ in range(people)]
        fields = {"contact_name": name, "website": f"{name}.example", "contact_persons": persons}
        made = self.order("create_contact", fields=fields)["contact"]
        self.census()
        ids = frozenset({made["contact_id"]})
        place = self.place.portal_id, self.connection_id, self.place.user_id
        imports.start(*place, Selection(ids=ids), duplicates="clone")
        self.work()
        self.work()

    def person(self) -> dict[str, str]:
        """Return a new person as the sandbox takes it; the department is its tag."""
        tag = self.new()
        self.tags.add(tag)
        return {"first_name": tag, "email": f"{tag}@x.example", "department": tag}

    def new(self) -> str:
        """Return a text nobody wrote before."""
        self._count += 1
        return f"v{self._count}"

    def order(self, action: str, **order: Any) -> dict[str, Any]:
        """Let somebody at the provider do something."""
        return carry_out(self.server.state, {"action": action, **order})

    def customers_there(self) -> list[ZohoContact]:
        """List the customers at the provider."""
        state = self.server.state
        return list(state.registers[state.default_organization.id].contacts.values())

    def customers(self) -> list[Customer]:
        """List the living customers here that are linked."""
        db.session.rollback()
        own = Customer.portal_id == self.place.portal_id, Customer.id.in_(self.pairs())
        return list(db.session.scalars(select(Customer).where(*own, Customer.deleted_at.is_(None))))

    def people(self, *, binned: bool = False) -> list[Contact]:
        """List the contacts of linked customers here that live, or lie in the bin."""
        db.session.rollback()
        lies = Contact.deleted_at.is_not(None) if binned else Contact.deleted_at.is_(None)
        own = Contact.portal_id == self.place.portal_id, Contact.customer_id.in_(self.pairs())
        query = select(Contact).where(*own, lies).order_by(Contact.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))

    def pairs(self) -> dict[uuid.UUID, str]:
        """Return the linked customers: our ids with theirs."""
        own = Link.connection_id == self.connection_id, Link.kind == CUSTOMER
        query = select(Link.our_id, Link.their_id).where(*own).order_by(Link.our_id)
        return {row.our_id: row.their_id for row in db.session.execute(query)}

    def poll(self) -> None:
        """Let the next poll be due, and work until nothing is."""
        set_connection(self.connection_id, refreshed_at=now() - HOUR, next_look_at=now())
        self.work()

    def census(self) -> None:
        """Let the next census be due, and work until nothing is."""
        set_connection(self.connection_id, census_started_at=now() - DAY, next_look_at=now())
        self.work()

    def work(self) -> None:
        """Look as workers do whose bells ring again and again."""
        until_done(lambda: look(self.connection_id, interactive=True, seconds=600))
        until_done(lambda: look(self.connection_id, interactive=False, seconds=600))
        db.session.rollback()

    def wake(self) -> None:
        """Let time pass until nothing is paused, and what failed is tried again."""
        context.valkey().flushdb()
        set_connection(self.connection_id, paused_until=None, bulk_paused_until=None, calls={})
        mine = self.connection_id
        failed = update(Problem).where(Problem.connection_id == mine, Problem.next_try_at.is_not(None))
        db.session.execute(failed.values(next_try_at=now()))
        due = update(Link).where(Link.connection_id == mine, Link.due_at.is_not(None))
        db.session.execute(due.values(due_at=now()))
        db.session.commit()
        self.server.state.advance(2)

    def release(self, *, keep: bool = False) -> None:
        """Let somebody look at what the brake holds, and let it go on, or keep it."""
        place = self.place.portal_id, self.connection_id
        if count := brake_list.count(*place):
            self._released = True
            decide = brakes.keep if keep else brakes.let_go_on
            decide(*place, self.place.user_id, count=count)
        db.session.rollback()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch what happens, which no person does."""
        self.begin()
        yield
        self.check()

    def begin(self) -> None:
        """Take down both sides before a pass, or after a person came in between."""
        self._before = self.here(), self.there()

    def check(self) -> None:
        """Check what passes did since: nobody went unasked, and whatever gave way is told."""
        for side, after in enumerate((self.here(), self.there())):
            before = self._before[side]
            self._check_people(before, after)
            self._check_values(side, before, after)

    def here(self) -> Snapshot:
        """Return what the portal holds, linked or not."""
        db.session.rollback()
        mine = Customer.portal_id == self.place.portal_id, Customer.deleted_at.is_(None)
        customers = db.session.scalars(select(Customer).where(*mine)).all()
        found = {(str(row.id), CUSTOMER): _values(row, CUSTOMER_FIELDS) for row in customers}
        theirs = Contact.portal_id == self.place.portal_id, Contact.deleted_at.is_(None)
        for row in db.session.scalars(select(Contact).where(*theirs)):
            record = str(row.customer_id), row.department or ""
            assert record not in found, f"{record} is here twice"
            found[record] = _values(row, CONTACT_FIELDS)
        db.session.rollback()
        return found

    def there(self) -> Snapshot:
        """Return what the provider holds."""
        found: Snapshot = {}
        for contact in self.customers_there():
            found[contact.id, CUSTOMER] = {
                "name": contact.name,
                "website": contact.website,
                "company_name": contact.company_name,
                "active": str(contact.status == "active"),
            }
            for person in contact.persons:
                record = contact.id, person.department
                assert record not in found, f"{record} is there twice"
                found[record] = _values(person, CONTACT_FIELDS)
        return found

    def settle(self) -> None:
        """Let it come to rest, and check what must be true then."""
        self.server.state.faults.clear()
        for _ in range(4):
            self.wake()
            with self.watched():
                self.census()
            self.release()
            with self.watched():
                self.poll()
        self._check_sides()
        self._check_drift()
        self._check_quiet()

    def _check_people(self, before: Snapshot, after: Snapshot) -> None:
        went = {tag for _, tag in before} - {tag for _, tag in after} - self.dropped - {CUSTOMER}
        assert not went, f"{went} went though nobody deleted them"
        living = {owner for owner, _ in after}
        gone = [record for record in before.keys() - after.keys() if record[0] in living]
        assert self._released or len(gone) <= FREE_RECORDS, f"{len(gone)} went unasked"

    def _check_values(self, side: int, before: Snapshot, after: Snapshot) -> None:
        gave_way = {
            (name, token)
            for record, values in before.items()
            if record in after
            for name, value in values.items()
            for token in TOKEN.findall(value)
            if token not in TOKEN.findall(after[record][name])
        }
        untold = gave_way - self._told(old_only=side == 0) if gave_way else set()
        assert not untold, f"{untold} gave way {('here', 'there')[side]} and nobody is told"

    def _told(self, *, old_only: bool) -> set[tuple[str, str]]:
        """Return the values of which the history tells, or will once it is known what arrived."""
        db.session.rollback()
        entries = select(HistoryEntry.field, HistoryEntry.old, HistoryEntry.new).where(
            HistoryEntry.portal_id == self.place.portal_id
        )
        found = set()
        for name, old, new in db.session.execute(entries):
            texts = f"{old} {'' if old_only else new}"
            found |= {(name, token) for token in TOKEN.findall(texts)}
        sent = select(Intent.sent, Intent.told).where(Intent.connection_id == self.connection_id)
        tokens = {token for row in db.session.execute(sent) for token in TOKEN.findall(str(tuple(row)))}
        return found | {(name, token) for name in CUSTOMER_FIELDS + CONTACT_FIELDS for token in tokens}

    def _check_sides(self) -> None:
        here, there, pairs = self.here(), self.there(), self.pairs()
        contested, waiting = self._contested(), self._waiting()
        alive = {tag for _, tag in (*here, *there)}
        assert self.tags - alive <= self.dropped, "somebody is lost"
        for our_id, their_id in pairs.items():
            if our_id in waiting:
                continue
            ours, theirs = _of(here, str(our_id)), _of(there, their_id)
            assert ours.keys() == theirs.keys(), f"different people: {ours.keys() ^ theirs.keys()}"
            for tag, values in ours.items():
                for name, value in values.items():
                    same = essence(value) == essence(theirs[tag][name])
                    assert same or (our_id, name) in contested, f"{name} of {tag}: {value}, {theirs[tag]}"
        linked = Counter(link.our_id for link in self._links("contact"))
        living = {row.id for row in self.people() if row.customer_id not in waiting}
        assert living <= linked.keys(), "somebody is not linked"

    def _contested(self) -> set[tuple[uuid.UUID, str]]:
        mine = Conflict.connection_id == self.connection_id
        return {(row.customer_id, row.field) for row in db.session.scalars(select(Conflict).where(mine))}

    def _waiting(self) -> set[uuid.UUID | None]:
        mine = Problem.connection_id == self.connection_id
        return set(db.session.scalars(select(Problem.customer_id).where(mine)))

    def _links(self, kind: str) -> list[Link]:
        own = Link.connection_id == self.connection_id, Link.kind == kind
        return list(db.session.scalars(select(Link).where(*own)))

    def _check_drift(self) -> None:
        found = list(drift.differences(self.place.portal_id, self.connection_id))
        odd = [each for each in found if each.reason not in WAITS]
        assert not odd, odd[:3]

    def _check_quiet(self) -> None:
        mine = Link.connection_id == self.connection_id, Link.due_at <= now()
        assert not db.session.scalars(select(Link.our_id).where(*mine)).all(), "something is due for ever"
        before = self._rows()
        self.server.state.calls.clear()
        self.poll()
        calls = [call["path"] for call in self.server.state.calls.since() if "/v3/" in call["path"]]
        assert len(calls) == 1, calls
        assert self._rows() == before, "a quiet pass writes"

    def _rows(self) -> dict[str, Any]:
        """Return what tells whether any row was written."""
        found = {}
        for table in KEPT:
            query = f"SELECT count(*), sum(xmin::text::bigint) FROM {table} WHERE portal_id = :portal"
            found[table] = tuple(db.session.execute(text(query), {"portal": self.place.portal_id}).one())
        db.session.rollback()
        return found


TOKEN = re.compile(r"v\d+")
HOUR, DAY = timedelta(hours=1), timedelta(days=2)


def _values(row: object, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: getattr(row, name) for name in names}
    return {name: "" if value is None else str(value) for name, value in found.items()}


def _of(found: Snapshot, owner: str) -> dict[str, dict[str, str]]:
    return {tag: values for (each, tag), values in found.items() if each == owner}
