"""Histories: people edit on both sides, passes run and crash, and a witness watches that nothing is lost.

The witness knows nothing of shadows. For each value that a pass overwrites it asks: had both sides held it
alike before, or does the plan tell of the loss? For each record that disappears: did a person delete it?

Nobody writes a value back to what it was when both sides last rested: after a crash between a write there
and its commit, comparing values cannot tell that from no edit at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.sync.world import World, person
from webapp.sdk import Address, CustomerDetail
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.link import fields_of
from webapp.sync.steps import Plan

Snapshot = dict[str, dict[str, object]]
"""What one side holds, by tag and field. The tag of a contact is its department, which nobody edits."""

CUSTOMER = "customer"


class Crash(Exception):
    """The process died here."""


@dataclass
class Witness:
    """What both sides once held alike, and what plans told of."""

    agreed: dict[tuple[str, str], object] = field(default_factory=dict)
    told: set[tuple[str, object]] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)

    def hear(self, plan: Plan) -> None:
        """Note what a plan tells of."""
        self.told |= {(loss.field, loss.lost) for loss in plan.losses}

    def watch(self, before: Snapshot, after: Snapshot, other: Snapshot) -> None:
        """Check what a pass made of one side."""
        for tag, was in before.items():
            if tag not in after:
                assert tag in self.dropped, f"{tag} disappeared though nobody deleted it"
                assert not self._edits(tag, was), f"{tag} disappeared with {self._edits(tag, was)}"
                continue
            for name, value in after[tag].items():
                if value != was[name]:
                    assert value == other[tag][name], f"{tag}.{name} is {value!r}, which nobody wrote"
                    assert not self._is_new(tag, name, was[name]), f"{tag}.{name} lost {was[name]!r}"

    def agree(self, here: Snapshot, there: Snapshot) -> None:
        """Note what both sides hold alike now."""
        self.shared |= here.keys() & there.keys()
        for tag in here.keys() & there.keys():
            for name, value in here[tag].items():
                if value == there[tag][name]:
                    self.agreed[tag, name] = value

    def _edits(self, tag: str, was: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in was.items() if self._is_new(tag, name, value)}

    def _is_new(self, tag: str, name: str, value: object) -> bool:
        agreed = self.agreed.get((tag, name))
        if value == agreed or (name, value) in self.told:
            return False
        return agreed is not None or value != ""


class History:
    """One linked customer with a past."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.witness = Witness()
        self.count = 0
        self.our_id, self.their_id = world.linked("Ada", self._person(), self._person(), website="x.example")
        self.witness.agree(self.here(), self.there())
        self.rested = self.here()

    def here(self) -> Snapshot:
        """Return what the portal holds."""
        return _snapshot(self.world.read_here(self.our_id))

    def there(self) -> Snapshot:
        """Return what the provider holds."""
        return _snapshot(self.world.read_there(self.their_id))

    def add(self, side: str) -> None:
        """Add a person on one side."""
        self._add(side, self._person())

    def add_both(self) -> None:
        """Add the same person on both sides, told by the e-mail."""
        both = self._person()
        self._add("ours", both)
        self._add("theirs", both)

    def edit(self, side: str, which: int, name: str, value: str) -> None:
        """Edit a field of one person."""
        if contacts := self._contacts(side):
            contact = contacts[which % len(contacts)]
            with self._behind(side) as directory:
                text = self._value(value, contact.data.department or "", name)
                directory.update_contact(contact.customer_id, contact.id, {name: text})

    def edit_customer(self, side: str, name: str, value: str) -> None:
        """Edit a field of the customer."""
        with self._behind(side) as directory:
            directory.update_customer(self._id(side), {name: self._value(value, CUSTOMER, name)})

    def rename(self, side: str) -> None:
        """Give the customer another name."""
        self.edit_customer(side, "name", "new")

    def drop(self, side: str, which: int) -> None:
        """Delete one person."""
        if contacts := self._contacts(side):
            contact = contacts[which % len(contacts)]
            self.witness.dropped.add(contact.data.department or "")
            with self._behind(side) as directory:
                directory.delete_contact(contact.customer_id, contact.id)

    def make_primary(self, side: str, which: int) -> None:
        """Let another person be the primary one."""
        if contacts := self._contacts(side):
            contact = contacts[which % len(contacts)]
            with self._behind(side) as directory:
                directory.update_contact(contact.customer_id, contact.id, {"primary": True})

    def sync(self) -> None:
        """Run one pass to its end."""
        with self._watched():
            self.world.recover()
            for _ in range(3):
                plan = self.world.plan_sync(self.our_id)
                self.witness.hear(plan)
                if self.world.carry_out(plan).status == "done":
                    self.rested = self.here()
                    return
            raise AssertionError("A pass does not come to an end.")

    def crash(self, ticks: int) -> None:
        """Run a pass that dies at some moment, unless it is through before."""
        with self._watched(), _dying(self.world, ticks):
            self.world.recover()
            plan = self.world.plan_sync(self.our_id)
            self.witness.hear(plan)
            self.world.carry_out(plan)

    def settle(self) -> None:
        """Let it come to rest, and check what must be true then."""
        for _ in range(3):
            self.sync()
        assert self.world.plan_sync(self.our_id).empty, "it does not come to rest"
        self.world.forget_calls()
        self.sync()
        assert self.world.theirs.calls == self.world.ours.calls == [], "a quiet pass does something"
        self._check_sides()

    def _check_sides(self) -> None:
        here, there = self.here(), self.there()
        held = self._held_tags()
        assert here.keys() - held == there.keys() - held, "the sides hold different people"
        conflicts = {(c.ref.our_id, c.field) for c in self.world.plan_sync(self.our_id).conflicts}
        contested = {name for _, name in conflicts}
        for tag in here.keys() - held:
            for name, value in here[tag].items():
                assert value == there[tag][name] or name in contested, f"{tag}.{name} differs"
        for detail in (self.world.read_here(self.our_id), self.world.read_there(self.their_id)):
            primaries = [row for row in detail.contacts if row.data.primary]
            assert len(primaries) == min(1, len(detail.contacts)), "there is not exactly one primary contact"
        if "primary" not in contested and not held:
            assert _primary(self.world.read_here(self.our_id)) == _primary(
                self.world.read_there(self.their_id)
            )

    def _held_tags(self) -> set[str]:
        contacts = self._contacts("ours") + self._contacts("theirs")
        return {row.data.department or "" for row in contacts if row.id in self.world.ledger.held}

    @contextmanager
    def _watched(self) -> Iterator[None]:
        here, there, binned = self.here(), self.there(), self._binned()
        yield
        now_here, now_there = self.here(), self.there()
        self.witness.watch(here, now_here, there)
        self.witness.watch(there, now_there, {**binned, **here})
        self.witness.agree(now_here, now_there)

    def _binned(self) -> Snapshot:
        contacts = self.world.ours.binned_contacts(self.our_id)
        return {row.data.department or "": _plain(fields_of(row.data)) for row in contacts}

    def _add(self, side: str, contact) -> None:
        with self._behind(side) as directory:
            directory.create_contact(self._id(side), contact)

    def _person(self):
        tag = self._new()
        return person(f"First {tag}", f"{tag}@x.example", department=tag)

    def _value(self, value: str, tag: str, name: str) -> str:
        if value == "blank" and self.rested.get(tag, {}).get(name):
            return ""
        return self._new()

    def _new(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def _contacts(self, side: str):
        detail = self.world.read_here(self.our_id) if side == "ours" else self.world.read_there(self.their_id)
        return detail.contacts

    def _id(self, side: str) -> str:
        return self.our_id if side == "ours" else self.their_id

    @contextmanager
    def _behind(self, side: str) -> Iterator[MemoryDirectory]:
        directory = self.world.ours if side == "ours" else self.world.theirs
        with directory.behind():
            yield directory
        self.world.ledger.commit()


@contextmanager
def _dying(world: World, ticks: int) -> Iterator[None]:
    left = ticks

    def tick(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Crash

    world.theirs.interrupt = world.ours.interrupt = tick
    world.ledger.before_commit = tick
    try:
        yield
    except Crash:
        world.ledger.crash()
    finally:
        world.theirs.interrupt = world.ours.interrupt = None
        world.ledger.before_commit = _nothing


def _nothing() -> None:
    """Nothing happens before a commit."""


def _snapshot(detail: CustomerDetail) -> Snapshot:
    """Return what a side holds; here unknown counts as blank."""
    found: Snapshot = {CUSTOMER: _plain(fields_of(detail.customer.data))}
    for contact in detail.contacts:
        tag = contact.data.department or ""
        assert tag not in found, f"{tag} is there twice"
        found[tag] = _plain(fields_of(contact.data))
    return found


def _plain(fields: dict[str, object]) -> dict[str, object]:
    return {
        name: "" if value in (None, Address()) else value
        for name, value in fields.items()
        if name != "primary"
    }


def _primary(detail: CustomerDetail) -> str | None:
    return next((row.data.department for row in detail.contacts if row.data.primary), None)
