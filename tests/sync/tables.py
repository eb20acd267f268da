"""What a connection of the machine remembers: links, intents, the mirror, and what its history tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from tests.sync.provider import Versions
from webapp.sdk import ContactRecord, CustomerDetail, CustomerRecord
from webapp.sdk.testing import MemoryDirectory
from webapp.sync.brake import Hit
from webapp.sync.ledger import Agreed, Done, Failure, Intent, Written
from webapp.sync.link import Link, fields_of, known
from webapp.sync.steps import Conflict, Create, Delete, Loss, OpenItem, Update


class FenceLost(Exception):
    """Another engine has taken over."""


@dataclass(frozen=True)
class Mirrored:
    """A customer of the provider as last seen; ``contacts`` is ``None`` until they are read."""

    customer: CustomerRecord | None = None
    contacts: tuple[ContactRecord, ...] | None = None
    gone: bool = False
    listed: Versions | None = None

    @property
    def unread(self) -> bool:
        """Tell whether only a list has told of it."""
        return self.customer is not None and self.contacts is None

    @property
    def versions(self) -> Versions | None:
        """What tells one state of it from another."""
        if self.customer is None or self.contacts is None:
            return self.listed
        return {row.id: row.version for row in (self.customer, *self.contacts)}


@dataclass(frozen=True)
class Sent:
    """An update or a deletion that may have been sent to a record of a customer there."""

    customer_id: str
    their_id: str
    step: Update | Delete

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The values that give way if it arrived."""
        return self.step.losses if isinstance(self.step, Update) else ()


@dataclass
class Tables:
    """All that is committed. What a pass is doing in the portal is not, until the next commit."""

    portal: MemoryDirectory
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)
    sent: dict[tuple[str, str], Sent] = field(default_factory=dict)
    held: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mirror: dict[str, Mirrored] = field(default_factory=dict)
    mark: int = 0
    censuses: int = 0
    gone_at: dict[str, int] = field(default_factory=dict)
    looked: dict[str, object] = field(default_factory=dict)
    braked: dict[str, frozenset[Hit]] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    open_items: dict[str, tuple[OpenItem, ...]] = field(default_factory=dict)
    conflicts: dict[str, tuple[Conflict, ...]] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)
    fence: int = 0
    commits: int = 0
    tick: Callable[[str], None] = lambda moment: None

    def __post_init__(self) -> None:
        self.roll_back = self.portal.checkpoint()

    @contextmanager
    def committing(self, fence: int) -> Iterator[None]:
        """Commit what is done within, and what was done in the portal, for the engine that has the fence."""
        self.tick("commit")
        self.assert_fence(fence)
        yield
        self.roll_back = self.portal.checkpoint()
        self.commits += 1
        self.tick("committed")

    def commit_edit(self) -> None:
        """Keep what a person did in the portal."""
        self.roll_back = self.portal.checkpoint()

    def assert_fence(self, fence: int) -> None:
        """Raise unless no other engine has taken over."""
        if fence != self.fence:
            raise FenceLost

    def end(self, links: tuple[Link, ...]) -> None:
        """Forget links."""
        for link in links:
            self.links.pop((link.kind, link.our_id), None)

    def keep(self, links: tuple[Link, ...]) -> None:
        """Keep links, one to one."""
        for link in links:
            self.links[link.kind, link.our_id] = link
            twins = [row.our_id for row in self.links.values() if row.their_id == link.their_id]
            assert twins == [link.our_id], f"{link.their_id} is linked twice"

    def told(self) -> list[Loss]:
        """Return the losses told, and those to be told once it is known what arrived."""
        return self.losses + [loss for sent in self.sent.values() for loss in sent.losses]

    def customers(self) -> dict[str, str]:
        """Return the linked customers: our ids with theirs."""
        return {row.our_id: row.their_id for row in self.links.values() if row.kind == "customer"}


class MachineLedger:
    """The ledger of one engine for one customer, with the fence it holds."""

    def __init__(self, tables: Tables, fence: int, their_customer_id: str) -> None:
        self._tables = tables
        self._fence = fence
        self._customer_id = their_customer_id
        self._void: list[Intent] = []

    def allowed(self) -> None:
        self._tables.tick("allowed")
        self._tables.assert_fence(self._fence)

    def intend(self, intent: Intent, step: Create) -> None:
        with self._tables.committing(self._fence):
            self._tables.intents[intent.our_id] = intent

    def intend_change(self, step: Update | Delete, their_id: str) -> None:
        with self._tables.committing(self._fence):
            key = (step.ref.kind, step.ref.our_id or "")
            self._tables.sent[key] = Sent(self._customer_id, their_id, step)

    def written(self, written: Written) -> None:
        with self._tables.committing(self._fence):
            self._take((written.done,), written.links, written.unlinked)
            if written.intent:
                self._tables.intents.pop(written.intent.our_id, None)
            mirror_answer(self._tables, self._customer_id, written.done)
            self._forget_void()

    def agreed(self, agreed: Agreed) -> None:
        with self._tables.committing(self._fence):
            self._take(agreed.done, agreed.links, agreed.unlinked)
            self._forget_void()

    def failed(self, failure: Failure) -> None:
        if failure.intent:
            self._void.append(failure.intent)

    def close(self) -> None:
        """Commit that nothing is under way any more."""
        pending = [row for row in self._tables.sent.values() if row.customer_id == self._customer_id]
        if pending or self._void:
            with self._tables.committing(self._fence):
                self._forget_void()

    def _take(self, done: tuple[Done, ...], links: tuple[Link, ...], ended: tuple[Link, ...]) -> None:
        self._tables.end(ended)
        self._tables.keep(links)
        for each in done:
            if isinstance(each.step, Create | Update):
                self._tables.losses += each.step.losses
            elif isinstance(each.step, Delete) and each.side == "theirs":
                self._tables.deletions.append(each.step.link.their_id)

    def _forget_void(self) -> None:
        for key, row in list(self._tables.sent.items()):
            if row.customer_id == self._customer_id:
                del self._tables.sent[key]
        for intent in self._void:
            self._tables.intents.pop(intent.our_id, None)
        self._void.clear()


def mirror_reading(tables: Tables, their_id: str, reading: CustomerDetail | None) -> None:
    """Put into the mirror what the provider told of a customer; ``None``: that it is gone."""
    if reading is None:
        tables.gone_at.setdefault(their_id, tables.censuses)
        tables.mirror[their_id] = Mirrored(gone=True)
    else:
        tables.gone_at.pop(their_id, None)
        tables.mirror[their_id] = Mirrored(customer=reading.customer, contacts=reading.contacts)


def mirror_answer(tables: Tables, customer_id: str, done: Done) -> None:
    """Put into the mirror what the provider answered to a write."""
    row = tables.mirror.get(customer_id, Mirrored())
    step, answer = done.step, done.record
    if isinstance(step, Delete) and step.ref.kind == "customer":
        mirror_reading(tables, customer_id, None)
    elif isinstance(answer, CustomerRecord):
        tables.mirror[customer_id] = replace(row, customer=_told(row.customer, answer))
    elif row.contacts is not None:
        gone = step.link.their_id if isinstance(step, Delete) else ""
        others = [each for each in row.contacts if each.id not in (gone, answer.id if answer else "")]
        if isinstance(answer, ContactRecord):
            if answer.data.primary:
                others = [replace(each, data=replace(each.data, primary=False)) for each in others]
            others.append(answer)
        tables.mirror[customer_id] = replace(row, contacts=tuple(others))


def _told(before: CustomerRecord | None, answer: CustomerRecord) -> CustomerRecord:
    """Return an answer, with what it leaves out as it was before."""
    if before is None:
        return answer
    return replace(answer, data=replace(before.data, **known(fields_of(answer.data))))
