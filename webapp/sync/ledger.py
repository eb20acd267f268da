"""What carrying out a plan asks of those who commit, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from webapp.sdk.directory import CustomerDetail, Directory
from webapp.sdk.errors import Skip
from webapp.sdk.records import ContactData
from webapp.sync.link import Link, Record, Side
from webapp.sync.steps import Create, Delete, OpenItem, Ref, Step, Update


class Portal(Directory, Protocol):
    """The portal's own directory: what is deleted in it lies in a bin.

    Its writes join the transaction the ledger commits. Its ids are UUIDs and its versions whole numbers,
    both as text.
    """

    def restore_customer(self, customer_id: str) -> Record:
        """Take a customer out of the bin, with the contacts that went in along with it."""
        ...

    def restore_contact(self, customer_id: str, contact_id: str) -> Record:
        """Take a contact out of the bin."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A contact about to be created at the provider; its customer has the ids ``existing`` there by now."""

    our_id: str
    their_customer_id: str
    data: ContactData
    existing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that was carried out, and the record as the directory answered; ``None`` when it is gone."""

    step: Step
    side: Side
    record: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One write at the provider: end ``unlinked``, keep ``links``, forget ``intent``, which is fulfilled."""

    done: Done
    links: tuple[Link, ...] = ()
    unlinked: tuple[Link, ...] = ()
    intent: Intent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """All written here for one customer: end ``unlinked``, keep ``links``, put ``done`` in the history."""

    our_id: str | None
    their_id: str
    done: tuple[Done, ...] = ()
    links: tuple[Link, ...] = ()
    unlinked: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A record that could not be written. ``error`` is ``None`` when the plan itself refused it.

    An ``intent`` is to be forgotten: the provider said that nothing was made. ``final``: no further try can
    go otherwise, until something about the record changes.
    """

    ref: Ref
    side: Side
    reason: str
    field: str = ""
    error: Skip | None = None
    intent: Intent | None = None
    final: bool = False


class Ledger(Protocol):
    """Keeps what ``apply`` does. Whatever it raises ends the work at once."""

    def allowed(self) -> None:
        """Raise unless this worker may still act; asked right before every call to the provider."""
        ...

    def intend(self, intent: Intent, step: Create) -> None:
        """Commit that a contact is about to be created at the provider, as a step of the plan."""
        ...

    def intend_change(self, step: Update | Delete, their_id: str) -> None:
        """Commit that a record is about to be updated or deleted there, where it has the id given."""
        ...

    def written(self, written: Written) -> None:
        """Commit one write at the provider, at once; what was intended of it is fulfilled."""
        ...

    def agreed(self, agreed: Agreed) -> None:
        """Commit the writes here of one customer, all together; also called when there were none."""
        ...

    def failed(self, failure: Failure) -> None:
        """Note a record that failed; the next ``written`` or ``agreed`` commits it, or else the caller."""
        ...


Status = Literal["done", "partly", "failed", "stale", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one plan.

    ``done``: all of it. ``partly``: some records failed. ``failed``: nothing could be done. ``stale``: a
    record moved since it was planned; plan again, with ``fresh`` if theirs was just read. ``gone``: the
    customer is not at the provider any more. Whatever the status, what was written there is kept.
    """

    status: Status
    our_id: str | None
    their_id: str
    done: tuple[Done, ...] = ()
    failures: tuple[Failure, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    fresh: CustomerDetail | None = None
