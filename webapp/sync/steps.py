"""What a plan is made of: steps to carry out, and everything that is left for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from webapp.sdk.records import ContactRecord, CustomerRecord, Value
from webapp.sync.link import Data, Fields, Kind, Link, Record, Side
from webapp.sync.merge import FieldMerge


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """Names a pair in a plan; the id of a side where the record is yet to be made is ``None``."""

    kind: Kind
    our_id: str | None
    their_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A value that another one takes the place of without having been seen by who wrote that one.

    ``side`` is where the value ``lost`` stood. It belongs into the history, together with the write that
    takes its place. Of who is primary it names the contact that was, and yes becomes no.
    """

    ref: Ref
    field: str
    side: Side
    lost: Value
    kept: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make a record on ``side`` from ``source``, its twin on the other side.

    ``data.primary`` is true for a contact that shall be the primary one. ``replaces`` is the link to a
    twin that is gone. ``losses`` are the values on ``side`` that give way with it.
    """

    ref: Ref
    side: Side
    data: Data
    source: Record
    replaces: Link | None = None
    losses: tuple[Loss, ...] = ()
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Write ``changes`` on ``side``, whose record held ``before`` when this was planned.

    ``details`` say field by field what both sides hold, who wins and why; ``losses`` which values give way.
    ``origin`` is what the other side holds of those fields that are written as something else.
    """

    ref: Ref
    side: Side
    changes: Fields
    before: Fields
    details: tuple[FieldMerge, ...]
    origin: Fields = field(default_factory=dict)
    losses: tuple[Loss, ...] = ()
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete a record on ``side``: into the bin here, for good there. The links ``along`` end with it.

    ``contacts`` is what the contacts of a customer held on that side when this was planned, by id.
    """

    ref: Ref
    side: Side
    before: Fields
    link: Link
    contacts: Mapping[str, Fields] = field(default_factory=dict)
    along: tuple[Link, ...] = ()
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Take a record here out of the bin."""

    ref: Ref
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree:
    """Keep a link: both sides hold ``fields`` alike, nothing needs writing for them."""

    ref: Ref
    fields: Fields
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlink:
    """End a link whose records are gone on both sides, and those ``along``."""

    ref: Ref
    link: Link
    along: tuple[Link, ...] = ()
    reason: str


Step = Create | Update | Delete | Restore | Agree | Unlink


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A field changed on both sides to different values; both keep their own until someone decides."""

    ref: Ref
    field: str
    ours: Value
    theirs: Value
    agreed_ours: Value
    agreed_theirs: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A record that cannot be written as it is; nothing of it is, and ``reason`` says the remedy.

    ``passing``: it may be written later even if nothing about the record changes.
    """

    ref: Ref
    side: Side
    field: str
    reason: str
    passing: bool = False


Question = Literal["gone there", "merged there", "cannot be deleted there"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """Something only a person can decide. ``survivors`` are their ids that may have taken the record in."""

    ref: Ref
    question: Question
    reason: str
    survivors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The versions of a linked pair this plan looked at; until one of them moves it need not look again."""

    kind: Kind
    our_id: str
    their_id: str
    our_version: int
    their_version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What brings one customer and its contacts to agreement, in the order it is to be done.

    ``links`` holds the link each pair starts from. ``unconfirmed`` are their ids of linked contacts that
    were not seen: ask the directory for them, absence alone deletes nothing.
    """

    our_id: str | None
    their_id: str
    steps: tuple[Step, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    losses: tuple[Loss, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    links: Mapping[Ref, Link] = field(default_factory=dict)
    our_contacts: tuple[str, ...] = ()
    their_contacts: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to carry out."""
        return not self.steps and not self.refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class OurCustomer:
    """One customer of the portal, in full, with the links of one connection.

    ``deleted``: it is in the bin. ``deleted_contacts`` are those in the bin that are still linked.
    ``held`` are ids of contacts, ours and theirs, that wait for a person after an unclear create.
    """

    customer: CustomerRecord
    contacts: tuple[ContactRecord, ...] = ()
    link: Link | None = None
    contact_links: tuple[Link, ...] = ()
    deleted: bool = False
    deleted_contacts: tuple[ContactRecord, ...] = ()
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirCustomer:
    """One customer of the provider as last seen, with all its contacts.

    ``in_full``: it was read itself, not told by a list alone, which may leave something out. ``gone`` and
    ``gone_contacts``: the directory was asked for them and said so. ``survivors`` are ids of live customers
    there with the same name, or a person, e-mail or phone of the one that is gone.
    """

    customer: CustomerRecord | None
    contacts: tuple[ContactRecord, ...] = ()
    in_full: bool = True
    gone: bool = False
    gone_contacts: frozenset[str] = frozenset()
    survivors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The longest value each side takes, in characters, by kind and field."""

    ours: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    theirs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Who wins where an import meets two different values: ``preset``, unless a field says otherwise.

    ``contacts`` is by their id of the contact.
    """

    preset: Side = "theirs"
    customer: Mapping[str, Side] = field(default_factory=dict)
    contacts: Mapping[str, Mapping[str, Side]] = field(default_factory=dict)
