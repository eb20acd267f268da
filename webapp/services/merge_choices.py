"""What merging two customers of the portal would do: side by side, field by field."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.extensions import db
from webapp.sdk import (
    CONTACT_FIELDS,
    CUSTOM,
    CUSTOMER_FIELDS,
    ContactRecord,
    CustomerData,
    CustomerRecord,
    Value,
)
from webapp.services.errors import NotFound, Refused
from webapp.services.labels import keeps_several, name_of, provider_label
from webapp.services.merge_outcomes import person_name
from webapp.store import merging as store
from webapp.store import ticks
from webapp.store.connections import known_connection
from webapp.store.customers import Customer, contacts_of
from webapp.store.directory_pages import contact_record, customer_record
from webapp.store.ticks import Ticks
from webapp.sync.link import Data, fields_of, is_blank
from webapp.sync.pair import pair_contacts

UNKNOWN = "There is no such customer in this portal. It may lie in the bin."
PEOPLE_FIELDS = tuple(name for name in CONTACT_FIELDS if name != "primary")
"""Who is the primary contact is the survivor's affair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChoice:
    """A field of both: ``kind`` is equal, filled (one is blank) or differs; ``keep`` is one or other.

    ``name`` is what the choice is called: ``customer.website``, or a contact's id and the field.
    """

    name: str
    field: str
    one: Value
    other: Value
    kind: str
    keep: str

    @property
    def kept(self) -> Value:
        """The value that stays."""
        return self.one if self.keep == "one" else self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChoice:
    """Two contacts that become one; ``why`` says by what they are the same."""

    one: ContactRecord
    other: ContactRecord
    name: str
    why: str
    fields: tuple[FieldChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSide:
    """One of the two: its record, its contacts, and by connection the customer there it is linked to."""

    record: CustomerRecord
    contacts: tuple[ContactRecord, ...]
    linked: Mapping[uuid.UUID, str]
    labels: tuple[str, ...]

    @property
    def id(self) -> uuid.UUID:
        """The customer."""
        return uuid.UUID(self.record.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge would do: ``one`` stays and takes in ``other``.

    ``moved`` contacts come over from the other, ``lone`` ones are the survivor's alone. ``refused`` says why
    it cannot be done and what helps. ``seen`` is what was shown, to be named when it is carried out.
    """

    one: MergeSide
    other: MergeSide
    fields: tuple[FieldChoice, ...]
    people: tuple[PersonChoice, ...]
    moved: tuple[ContactRecord, ...]
    lone: tuple[ContactRecord, ...]
    refused: str
    seen: str


def two_ticked(portal_id: uuid.UUID, ticked: Ticks) -> tuple[uuid.UUID, uuid.UUID]:
    """Return the two that are ticked, first the one that would stay: a linked one, else the elder."""
    ids = [row.id for row in ticks.names(portal_id, ticked, 3)]
    if len(ids) != 2:
        raise Refused("Two customers are merged at a time: select exactly two.")
    linked = {link.our_id for link in store.links_of(portal_id, ids)}
    one, other = sorted(ids, key=lambda each: (each not in linked, each))
    return one, other


def plan(
    portal_id: uuid.UUID, one: uuid.UUID, other: uuid.UUID, choices: Mapping[str, str] | None = None
) -> MergePlan:
    """Say what merging ``other`` into ``one`` would do; raises ``NotFound``, and ``Refused`` for the same."""
    if one == other:
        raise Refused("A customer cannot be merged with itself: choose two.")
    return _plan(portal_id, _side(portal_id, one), _side(portal_id, other), choices or {})


def _side(portal_id: uuid.UUID, customer_id: uuid.UUID) -> MergeSide:
    row = db.session.get(Customer, (portal_id, customer_id), populate_existing=True)
    if row is None or row.deleted_at is not None:
        raise NotFound(UNKNOWN)
    links = store.links_of(portal_id, [customer_id])
    return MergeSide(
        record=customer_record(row),
        contacts=tuple(contact_record(each) for each in contacts_of(portal_id, [customer_id])),
        linked={link.connection_id: link.their_id for link in links},
        labels=tuple(provider_label(portal_id, link.connection_id) for link in links),
    )


def _plan(portal_id: uuid.UUID, one: MergeSide, other: MergeSide, choices: Mapping[str, str]) -> MergePlan:
    pairing = pair_contacts(one.contacts, other.contacts)
    people = tuple(
        PersonChoice(
            one=pair.ours,
            other=pair.theirs,
            name=person_name(pair.ours.data),
            why=pair.why,
            fields=_fields(pair.ours.id, PEOPLE_FIELDS, pair.ours.data, pair.theirs.data, choices),
        )
        for pair in pairing.pairs
    )
    together = len(people) + len(pairing.ours_alone) + len(pairing.theirs_alone)
    return MergePlan(
        one=one,
        other=other,
        fields=_fields(
            "customer",
            _customer_fields(one.record.data, other.record.data),
            one.record.data,
            other.record.data,
            choices,
        ),
        people=people,
        moved=pairing.theirs_alone,
        lone=pairing.ours_alone,
        refused=_refused(portal_id, one, other) or _overfull(portal_id, one, other, together),
        seen=_seen(one, other),
    )


def _fields(
    of: str, names: Sequence[str], one: Data, other: Data, choices: Mapping[str, str]
) -> tuple[FieldChoice, ...]:
    mine, its = fields_of(one), fields_of(other)
    return tuple(_field(f"{of}.{name}", name, mine.get(name), its.get(name), choices) for name in names)


def _customer_fields(one: CustomerData, other: CustomerData) -> tuple[str, ...]:
    """Name the fields of both: what each of their providers keeps besides comes last."""
    own = {CUSTOM + key for data in (one, other) for key in data.custom_fields}
    return (*CUSTOMER_FIELDS, *sorted(own))


def _field(key: str, name: str, one: Value, other: Value, choices: Mapping[str, str]) -> FieldChoice:
    if one == other or (is_blank(one) and is_blank(other)):
        kind, keep = "equal", "one"
    elif is_blank(one) != is_blank(other):
        kind, keep = "filled", "other" if is_blank(one) else "one"
    else:
        kind, keep = "differs", "other" if choices.get(key) == "other" else "one"
    return FieldChoice(name=key, field=name, one=one, other=other, kind=kind, keep=keep)


def _refused(portal_id: uuid.UUID, one: MergeSide, other: MergeSide) -> str:
    both = [provider_label(portal_id, each) for each in one.linked if each in other.linked]
    if both:
        there = both[0]
        return (
            f"Both are linked to customers in {there}, and one customer here cannot be two there. "
            f"Merge them in {there} first: Tandem notices, and offers to link to the one that is left. "
            "Or unlink one of them here."
        )
    people = [uuid.UUID(each.id) for side in (one, other) for each in side.contacts]
    ids = [one.id, other.id, *people]
    their_ids = [their_id for side in (one, other) for their_id in side.linked.values()]
    if store.unclear(portal_id, ids, their_ids):
        return (
            "Something of the two was sent just now, and whether it arrived is not known yet. "
            "Try again in a moment; if it stays so, settle it among the problems first."
        )
    return ""


def _overfull(portal_id: uuid.UUID, one: MergeSide, other: MergeSide, together: int) -> str:
    """Say why a provider cannot keep the contacts of both; blank where it can, or has as many already."""
    for side in (one, other):
        for connection_id in side.linked:
            connection = known_connection(portal_id, connection_id)
            if connection is None or keeps_several(connection.provider) or together <= len(side.contacts):
                continue
            label = name_of(connection)
            return (
                f"{label} keeps one contact of a customer, and these two have {together} together. "
                f"Delete the others first, or unlink the customer from {label}."
            )
    return ""


def _seen(one: MergeSide, other: MergeSide) -> str:
    """Sum up what is shown of both, so that a merge is of what somebody looked at."""
    told = [
        (side.record.id, side.record.version, sorted((each.id, each.version) for each in side.contacts))
        for side in (one, other)
    ]
    links = [sorted(map(str, side.linked)) for side in (one, other)]
    return hashlib.sha256(repr((told, links)).encode()).hexdigest()[:32]
