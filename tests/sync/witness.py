"""The witness of a history: knows what people did and what both sides held, and nothing of shadows.

For each value that a pass overwrites it asks: had both sides held it before, or was the loss told? For each
record that disappears: did a person delete it? Records are known by a tag, the department of a contact,
which nobody edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.sync.provider import NOWHERE, essence
from tests.sync.tables import Tables
from webapp.sdk import CustomerDetail, Gone
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.link import Data, Side, fields_of
from webapp.sync.steps import Conflict

Record = tuple[str, str]
"""A record: our id of its customer, and its tag."""

Snapshot = dict[Record, dict[str, object]]

Held = tuple[Record, str, object]
"""A record, a field, and the essence of a value it once held."""

CUSTOMER = "customer"


@dataclass
class Witness:
    """What both sides once held alike, and what people did away with."""

    tables: Tables
    ours: MemoryDirectory
    theirs: MemoryDirectory
    agreed: dict[tuple[Record, str], tuple[object, object]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    swallowed: dict[str, set[str]] = field(default_factory=dict)
    told: set[tuple[str, object]] = field(default_factory=set)
    pairs: dict[str, str] = field(default_factory=dict)
    known: set[tuple[str, Data]] = field(default_factory=set)
    stood: set[tuple[str, str, object]] = field(default_factory=set)
    deleted: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    last_here: Snapshot = field(default_factory=dict)
    last_there: Snapshot = field(default_factory=dict)
    held: tuple[set[Held], set[Held]] = field(default_factory=lambda: (set(), set()))

    def begin(self) -> None:
        """Take down what both sides hold before something happens that people do not do."""
        self.pairs = self.tables.customers()
        self.before = self.here(), self.there()
        self.last_here |= {**self._binned(), **self.before[0]}
        self.last_there |= self.before[1]
        for side, last in enumerate((self.last_here, self.last_there)):
            self.held[side].update(
                (record, name, essence(value)) for record in last for name, value in last[record].items()
            )
        self.take_down()

    def check(self) -> None:
        """Check what became of both sides since; what they hold alike now was seen by both."""
        here, there = self.here(), self.there()
        told = self.told | {(loss.field, loss.lost) for loss in self.tables.told()}
        self._watch(0, here, self.last_there, told)
        self._watch(1, there, self.last_here, told)
        self._agree(here, there)
        self._check_shadows()
        self.pairs = {}

    def agree(self) -> None:
        """Note what both sides hold alike."""
        self.take_down()
        self._agree(self.here(), self.there())

    def check_deletions(self) -> None:
        """Check that what was deleted there, and nothing else, was told as ours, once, unless unlinked."""
        told = self.tables.deletions
        assert len(set(told)) == len(told), f"of {sorted(told)} one was told as deleted twice"
        untold = set(self.deleted) - {*told, *self.given_up}
        assert not untold, f"nobody knows who deleted {untold} there"
        there = {row.id for each in self.theirs.customers() for row in (each.customer, *each.contacts)}
        assert not there & set(told), f"{there & set(told)} were told as deleted there, and are not"

    def swallow(self, their_id: str, tags: set[str]) -> None:
        """Note that a customer there was taken in by another one, with these people whom both sides know."""
        self.swallowed[their_id] = tags

    def drop_customer(self, side: Side, detail: CustomerDetail) -> None:
        """Note that a customer was deleted with its people."""
        self.dropped |= {row.data.department or "" for row in detail.contacts}
        pairs = self.tables.customers().items()
        names = {our_id for our_id, their_id in pairs if detail.customer.id in (our_id, their_id)}
        self.dropped |= {f"{CUSTOMER} {our_id}" for our_id in names}

    def decided(self, conflict: Conflict) -> None:
        """Note that a person saw both values of a conflict and chose one."""
        self.told |= {(conflict.field, conflict.ours), (conflict.field, conflict.theirs)}

    def _agree(self, here: Snapshot, there: Snapshot) -> None:
        for record in here.keys() & there.keys():
            for name, value in here[record].items():
                if essence(value) == essence(there[record][name]):
                    self.agreed[record, name] = (value, there[record][name])

    def forget(self, our_id: str) -> None:
        """Forget what was agreed on of a customer, which has another twin from now on."""
        self.agreed = {key: values for key, values in self.agreed.items() if key[0][0] != our_id}

    def here(self) -> Snapshot:
        """Return what the portal holds of the linked customers."""
        return _snapshot(self.ours, {our_id: our_id for our_id in self._pairs()})

    def there(self) -> Snapshot:
        """Return what the provider holds of them."""
        return _snapshot(self.theirs, self._pairs())

    def take_down(self) -> None:
        """Take down every value that stands on either side."""
        for directory in (self.ours, self.theirs):
            for detail in directory.customers():
                for row in (detail.customer, *detail.contacts):
                    if (row.id, row.data) not in self.known:
                        self.known.add((row.id, row.data))
                        self.stood |= {(row.id, *each) for each in fields_of(row.data).items()}

    def _check_shadows(self) -> None:
        """Check that each side once held whatever a link says that it held."""
        self.take_down()
        for link in self.tables.links.values():
            for row, shadow in ((link.our_id, link.agreed_ours), (link.their_id, link.agreed_theirs)):
                untrue = {name for name, value in shadow.items() if (row, name, value) not in self.stood}
                assert untrue <= {"primary"}, f"{row} never held the {untrue} its link says"

    def _pairs(self) -> dict[str, str]:
        return self.pairs or self.tables.customers()

    def _binned(self) -> Snapshot:
        found: Snapshot = {}
        for our_id in self._pairs():
            for row in self.ours.binned_contacts(our_id):
                found[our_id, row.data.department or ""] = _plain(fields_of(row.data))
            if detail := self.ours.binned().get(our_id):
                found |= _records(our_id, detail)
        return found

    def _watch(self, side: int, after: Snapshot, other: Snapshot, told: set[tuple[str, object]]) -> None:
        where = ("here", "there")[side]
        for record, was in self.before[side].items():
            if record not in after:
                self._check_gone(side, record, was, told)
                continue
            for name, value in after[record].items():
                if value == was[name]:
                    continue
                label = f"{name} of {record} {where}"
                mapped = essence(value) == essence(was[name])
                assert mapped or self._came(side, record, name, value), f"{label}: nobody wrote {value!r}"
                assert not self._is_new(side, record, name, was[name], told), f"{label} lost {was[name]!r}"
                self._note(side, record, name, value, other.get(record, {}).get(name))
        for record in after.keys() & other.keys() - self.before[side].keys():
            for name, value in after[record].items():
                self._note(side, record, name, value, other[record][name])

    def _note(self, side: int, record: Record, name: str, value: object, wrote: object) -> None:
        """Note that a value came from the other side, even if that holds another one by now."""
        if self._came(side, record, name, value):
            self.agreed[record, name] = (wrote, value) if side else (value, wrote)

    def _came(self, side: int, record: Record, name: str, value: object) -> bool:
        """Tell whether the other side of a record once held a value that is new on this one."""
        return (record, name, essence(value)) in self.held[1 - side]

    def _check_gone(self, side: int, record: Record, was: dict[str, object], told: set) -> None:
        assert self._may_go(record), f"{record} went though nobody deleted it"
        lost = {name: was[name] for name in was if self._is_new(side, record, name, was[name], told)}
        assert not lost, f"{record} went with {lost}"

    def _may_go(self, record: Record) -> bool:
        """Tell whether a person deleted a record, or let another take in a customer that had nobody left."""
        our_id, tag = record
        people = self.swallowed.get(self.pairs.get(our_id, ""))
        nobody_left = people is not None and people <= self.dropped
        return bool({tag, f"{CUSTOMER} {our_id}"} & self.dropped) or nobody_left

    def _is_new(self, side: int, record: Record, name: str, value: object, told: set) -> bool:
        agreed = self.agreed.get((record, name))
        if (name, value) in told or (agreed is not None and value == agreed[side]):
            return False
        return agreed is not None or value != ""


def _snapshot(directory: MemoryDirectory, ids: dict[str, str]) -> Snapshot:
    found: Snapshot = {}
    with directory.behind():
        for our_id, record_id in ids.items():
            try:
                detail = directory.customer(record_id)
            except Gone:
                continue
            found |= _records(our_id, detail)
    return found


def _records(our_id: str, detail: CustomerDetail) -> Snapshot:
    found: Snapshot = {(our_id, CUSTOMER): _plain(fields_of(detail.customer.data))}
    for contact in detail.contacts:
        record = our_id, contact.data.department or ""
        assert record not in found, f"{record} is there twice"
        found[record] = _plain(fields_of(contact.data))
    return found


def _plain(fields: Mapping[str, object]) -> dict[str, object]:
    return {
        name: "" if value is None or value == NOWHERE else value
        for name, value in fields.items()
        if name != "primary"
    }
