"""A portal linked to a provider, as the machine plays it: its passes, and what must be true at rest.

What people do is in ``deeds``, what goes wrong in ``mishaps``, what people decide in ``decisions``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from tests.sync.engine import FREE_RECORDS, Engine, MachineSides
from tests.sync.provider import Provider, essence, keeps_here
from tests.sync.tables import FenceLost, MachineLedger, Tables
from tests.sync.witness import CUSTOMER, Record, Snapshot, Witness
from webapp.sdk import ContactData, ContactRecord, CustomerData, CustomerDetail, Gone, RetryLater
from webapp.sdk.memory import Call
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.apply import apply
from webapp.sync.link import Fields, Side
from webapp.sync.merge import Rule
from webapp.sync.plan import may_be_merged, plan_import


class Crash(Exception):
    """The process died here."""


class House:
    """One connection of a portal, which may have others; ``numbers`` name what is new in all of it."""

    def __init__(self, portal: MemoryDirectory | None = None, numbers: Iterator[int] | None = None) -> None:
        self.ours = portal or MemoryDirectory(prefix="our-", keeps=keeps_here, keeps_unknown=True)
        self.theirs = Provider()
        self.tables = Tables(self.ours)
        self.witness = Witness(self.tables, self.ours, self.theirs)
        self.rule: Rule = "ask"
        self._numbers = numbers or count(1)
        self._tick: Callable[[str], None] = _nothing
        self.tables.tick = lambda moment: self._tick(moment)
        self.theirs.interrupt = self._called
        self.bring(2)
        self.bring(2)

    def engine(self) -> Engine:
        """Return another engine, which has the fence from now on."""
        return Engine(self.tables, self.ours, self.theirs, self.rule)

    def bring(self, people: int) -> None:
        """Make a customer at the provider and import it."""
        with self.theirs.behind():
            their_id = self.theirs.create_customer(CustomerData(name=self.new(), website="x.example")).id
            for _ in range(people):
                self.theirs.create_contact(their_id, self.person())
            detail = self.theirs.customer(their_id)
            ledger = MachineLedger(self.tables, self.engine().fence, their_id)
            apply(plan_import(detail, None, "create"), self.ours, self.theirs, ledger)
        self.witness.agree()

    def person(self) -> ContactData:
        """Return a new person; its department is what the witness knows it by."""
        tag = self.new()
        return ContactData(first_name=f"First {tag}", email=f"{tag}@x.example", department=tag)

    def new(self) -> str:
        """Return a text nobody wrote before."""
        return f"v{next(self._numbers)}"

    def customers(self, side: Side) -> list[CustomerDetail]:
        """Return the living customers of a side; here only those that are linked."""
        if side == "theirs":
            return list(self.theirs.customers())
        linked = self.tables.customers()
        return [detail for detail in self.ours.customers() if detail.customer.id in linked]

    def customer(self, side: Side, which: int) -> CustomerDetail | None:
        """Return one of them."""
        found = self.customers(side)
        return found[which % len(found)] if found else None

    def contact(self, side: Side, which: int) -> ContactRecord | None:
        """Return one of their persons."""
        found = [row for detail in self.customers(side) for row in detail.contacts]
        return found[which % len(found)] if found else None

    def own_people(self, theirs: CustomerDetail) -> set[str]:
        """Return by their tags whom a customer there has in common with its twin, not with another one."""
        twins = {their_id: our_id for our_id, their_id in self.tables.customers().items()}
        our_id = twins.get(theirs.customer.id)
        linked = [self.tables.links.get(("contact", row.id)) for row in self._people(our_id or "")]
        ids = {link.their_id for link in linked if link}
        return {row.data.department or "" for row in theirs.contacts if row.id in ids}

    def agreed(self, side: Side, record_id: str) -> Fields:
        """Return what a record held when both sides last agreed."""
        for link in self.tables.links.values():
            if side == "ours" and link.our_id == record_id:
                return link.agreed_ours
            if side == "theirs" and link.their_id == record_id:
                return link.agreed_theirs
        return {}

    @contextmanager
    def behind(self, side: Side) -> Iterator[MemoryDirectory]:
        """Let a person work on one side."""
        self.witness.take_down()
        directory = self.ours if side == "ours" else self.theirs
        with directory.behind():
            yield directory
        if side == "ours":
            self.tables.commit_edit()

    def run(self) -> None:
        """A poll and a pass, as far as they come."""
        try:
            engine = self.engine()
            engine.poll()
            engine.run()
            gone = Counter((hit.side, hit.kind) for hit in engine.went)
            assert all(count <= FREE_RECORDS for count in gone.values()), f"a pass let {gone} go unasked"
        except (Crash, FenceLost, RetryLater):
            self.tables.roll_back()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Let the witness see what happens, which no person does."""
        self.witness.begin()
        yield
        self.witness.check()

    @contextmanager
    def at(self, count: int, moments: tuple[str, ...], happens: Callable[[], None]) -> Iterator[None]:
        """Let something happen once, when so many of the moments have passed; no moments are all of them."""
        left = count

        def tick(moment: str) -> None:
            nonlocal left
            if not moments or moment in moments:
                left -= 1
                if left < 0:
                    self._tick = _nothing
                    happens()

        self._tick = tick
        try:
            yield
        finally:
            self._tick = _nothing

    def state(self) -> object:
        """Return what tells whether anything happened in it."""
        calls = len(self.theirs.calls), self.theirs.polls, self.tables.commits
        return calls, self.ours.customers(), self.theirs.customers(), self.tables.links

    def release(self) -> None:
        """Let go what the brake holds."""
        for our_id in self.tables.braked:
            self.tables.released.add(our_id)
            self.tables.looked.pop(our_id, None)

    def settle(self) -> None:
        """Let it come to rest, and check what must be true then."""
        self.theirs.tick()
        self._come_to_rest()
        self._check_edits()
        for _ in range(2):
            self.read_and_rest()
        self.check_rest()
        self.witness.check_deletions()

    def read_and_rest(self) -> None:
        """Read everything there, and let it come to rest."""
        with self.watched():
            self.engine().census()
        self._come_to_rest()

    def check_rest(self) -> None:
        """Check what must be true at rest."""
        self._check_quiet()
        self._check_sides()

    def _called(self, call: Call, when: str) -> None:
        if when == "after" and call.name.startswith("delete"):
            self.witness.deleted.append(call.about)
        self._tick(f"{when} {_kind(call)}")

    def _come_to_rest(self) -> None:
        for _ in range(3):
            self.release()
            with self.watched():
                self.run()

    def _check_quiet(self) -> None:
        due = self.engine().due()
        assert not due, f"{due} are due for ever"
        before = self.tables.commits, self.theirs.polls, len(self.theirs.calls)
        self.run()
        after = self.tables.commits, self.theirs.polls, len(self.theirs.calls)
        assert after == (before[0], before[1] + 1, before[2]), "a quiet pass does something"
        for our_id in self.tables.customers():
            plan = self.engine().foresee(our_id)
            asked = self.tables.open_items.get(our_id)
            assert asked or (plan and plan.empty), f"{our_id} does not come to rest: {plan}"

    def _check_edits(self) -> None:
        """What was edited is on both sides as soon as the changes were read, without a census."""
        here, there = self.witness.here(), self.witness.there()
        undecided = {record for record in here if record[0] in self._awaiting_a_census()}
        self._check_values(here, there, here.keys() & there.keys() - self._waiting() - undecided)

    def _check_sides(self) -> None:
        here, there, waiting = self.witness.here(), self.witness.there(), self._waiting()
        assert here.keys() - waiting == there.keys() - waiting, "the sides hold different people"
        self._check_values(here, there, here.keys() - waiting)
        self._check_primary({our_id for our_id, _ in waiting})

    def _check_values(self, here: Snapshot, there: Snapshot, records: set[Record]) -> None:
        contested = self._contested()
        for record in records:
            for name, value in here[record].items():
                if (record, name) not in contested:
                    other = there[record][name]
                    assert essence(value) == essence(other), f"{name} of {record}: {value!r}, {other!r}"

    def _check_primary(self, but: set[str]) -> None:
        contested = {our_id for (our_id, _), name in self._contested() if name == "primary"}
        for our_id, their_id in self.tables.customers().items():
            if our_id in but or our_id in self.ours.binned():
                continue
            names = [_primaries(each) for each in (self.read("ours", our_id), self.read("theirs", their_id))]
            assert all(len(each) <= 1 for each in names), f"{our_id} has several primary contacts"
            assert names[0] == names[1] or our_id in contested, f"{our_id} has different primary contacts"

    def read(self, side: Side, customer_id: str) -> CustomerDetail | None:
        """Return a customer as it is; ``None`` if there is none."""
        directory = self.ours if side == "ours" else self.theirs
        with directory.behind():
            try:
                return directory.customer(customer_id)
            except Gone:
                return None

    def _contested(self) -> set[tuple[Record, str]]:
        tags = {row.id: row.data.department or "" for each in self.customers("ours") for row in each.contacts}
        return {
            ((our_id, tags.get(conflict.ref.our_id or "", CUSTOMER)), conflict.field)
            for our_id in self.tables.customers()
            for conflict in self.tables.conflicts.get(our_id, ())
        }

    def _awaiting_a_census(self) -> set[str]:
        """Return the customers of which only a census will tell whether they were merged there."""
        sides, found = MachineSides(self.engine()), set()
        for our_id in self.tables.customers():
            ours = sides.ours(our_id)
            theirs = sides.theirs(ours) if ours else None
            if ours and theirs and may_be_merged(ours, theirs) and sides.survivors(ours) is None:
                found.add(our_id)
        return found

    def _waiting(self) -> set[Record]:
        """Return the records that wait for a person."""
        asked = {our_id for our_id, items in self.tables.open_items.items() if items}
        pairs = self.tables.customers()
        theirs = {their_id: our_id for our_id, their_id in pairs.items()}
        moved = {row.their_id for row in self.tables.links.values() if row.kind == "contact"}
        moved -= {link.their_id for link in self._links_in_place()}
        held = moved | {row for our_id, found in self.tables.held.items() for row in (our_id, *found)}
        found = {record for each in (self.witness.here(), self.witness.there()) for record in each}
        waiting = {record for record in found if record[0] in asked}
        for side in ("ours", "theirs"):
            for detail in self.customers(side):
                our_id = detail.customer.id if side == "ours" else theirs.get(detail.customer.id, "")
                waiting |= {(our_id, row.data.department or "") for row in detail.contacts if row.id in held}
        return waiting

    def _links_in_place(self) -> list:
        """Return the links of contacts whose twin is a contact of the twin of their customer."""
        pairs = self.tables.customers()
        homes = {row.id: row.customer_id for each in self.theirs.customers() for row in each.contacts}
        people = [row for our_id in pairs for row in self._people(our_id)]
        linked = [(row, self.tables.links.get(("contact", row.id))) for row in people]
        return [link for row, link in linked if link and homes.get(link.their_id) == pairs[row.customer_id]]

    def _people(self, our_id: str) -> tuple[ContactRecord, ...]:
        detail = self.ours.binned().get(our_id) or self.read("ours", our_id)
        return (*(detail.contacts if detail else ()), *self.ours.binned_contacts(our_id))


def _primaries(detail: CustomerDetail | None) -> list[str | None]:
    return [row.data.department for row in (detail.contacts if detail else ()) if row.data.primary]


def _kind(call: Call) -> str:
    return "write" if call.writes else call.name


def _nothing(moment: str = "") -> None:
    """Nothing happens."""
