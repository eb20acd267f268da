"""One record here and its twin there, with the fields each side held when both last agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from webapp.sdk.records import (
    CONTACT_FIELDS,
    CUSTOM,
    CUSTOMER_FIELDS,
    Address,
    ContactData,
    ContactRecord,
    CustomerData,
    CustomerRecord,
    Value,
)

Kind = Literal["customer", "contact"]
Side = Literal["ours", "theirs"]
Fields = Mapping[str, Value]
Data = CustomerData | ContactData
Record = CustomerRecord | ContactRecord

SYNCED: Mapping[Kind, tuple[str, ...]] = {"customer": CUSTOMER_FIELDS, "contact": CONTACT_FIELDS}
"""The fields a sync keeps equal, by kind."""

ADDRESS_PARTS = tuple(part.name for part in fields(Address))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One pair of twins. A field missing from a shadow, or ``None`` in it, was never agreed on.

    There are two shadows because a mapping can lose something on the way: ours is compared with
    ``agreed_ours`` and theirs with ``agreed_theirs``, never ours with theirs.
    """

    kind: Kind
    our_id: str
    their_id: str
    agreed_ours: Fields = field(default_factory=dict)
    agreed_theirs: Fields = field(default_factory=dict)
    agreed_their_version: str | None = None


def parts_of(address: Address) -> dict[str, str]:
    """Return the parts of an address by name."""
    return {name: getattr(address, name) for name in ADDRESS_PARTS}


def fields_of(data: Data) -> dict[str, Value]:
    """Return the synced fields of a record's data, custom ones among them; currency is not."""
    if isinstance(data, ContactData):
        return {name: getattr(data, name) for name in CONTACT_FIELDS}
    own = {CUSTOM + key: value for key, value in data.custom_fields.items()}
    return {name: getattr(data, name) for name in CUSTOMER_FIELDS} | own


def kind_of(record: Record) -> Kind:
    """Say what a record is."""
    return "customer" if isinstance(record, CustomerRecord) else "contact"


def known(values: Fields) -> dict[str, Value]:
    """Leave out what is unknown."""
    return {name: value for name, value in values.items() if value is not None}


def is_blank(value: Value) -> bool:
    """Tell whether a value holds nothing: unknown, empty text or an empty address."""
    return value is None or value == "" or value == Address()


def new_link(ours: Record, theirs: Record) -> Link:
    """Link two records that have agreed on nothing yet."""
    return Link(kind=kind_of(ours), our_id=ours.id, their_id=theirs.id, agreed_their_version=theirs.version)


def agreeing(link: Link, *, ours: Fields, theirs: Fields) -> Link:
    """Move the shadows for the named fields to what each side holds now."""
    return replace(
        link, agreed_ours={**link.agreed_ours, **ours}, agreed_theirs={**link.agreed_theirs, **theirs}
    )


def since_moved(after: Link, before: Link, now: Link) -> Link:
    """Apply what moved a link from ``before`` to ``after`` to what somebody else made of it by ``now``."""
    ours = {name: value for name, value in after.agreed_ours.items() if before.agreed_ours.get(name) != value}
    theirs = {
        name: value for name, value in after.agreed_theirs.items() if before.agreed_theirs.get(name) != value
    }
    return replace(agreeing(now, ours=ours, theirs=theirs), agreed_their_version=after.agreed_their_version)


def with_primary(link: Link, *, primary: bool) -> Link:
    """Let a contact be agreed on as the primary one, or not to be it where one side had it for that."""
    agreed = (link.agreed_ours.get("primary"), link.agreed_theirs.get("primary"))
    if link.kind != "contact" or not (primary or True in agreed):
        return link
    return agreeing(link, ours={"primary": primary}, theirs={"primary": primary})


def settled(link: Link, name: str, winner: Side | None, *, ours: Value, theirs: Value) -> Link:
    """Record a person's decision on a conflict: the losing value counts as seen, so the other one travels.

    Without a winner both do: another value was written here in their place.
    """
    return agreeing(
        link,
        ours={} if winner == "ours" else {name: ours},
        theirs={} if winner == "theirs" else {name: theirs},
    )


def to_json(values: Fields) -> dict[str, Any]:
    """Turn fields into what JSON can hold; unknown fields are left out."""
    return {
        name: parts_of(value) if isinstance(value, Address) else value
        for name, value in known(values).items()
    }


def from_json(stored: Mapping[str, Any]) -> dict[str, Value]:
    """Turn what ``to_json`` made back into fields."""
    return {name: _value(value) for name, value in stored.items()}


def _value(stored: Any) -> Value:
    if isinstance(stored, Mapping):
        return Address(**{part: text for part, text in stored.items() if part in ADDRESS_PARTS})
    if stored is None or isinstance(stored, str | bool):
        return stored
    raise TypeError(f"A field holds text, yes or no, or an address; not {type(stored).__name__}.")
