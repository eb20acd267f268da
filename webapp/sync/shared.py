"""Custom fields in a plan: which of them both sides share, and which side leads where they go one way."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from webapp.sdk.custom_fields import CustomField
from webapp.sdk.records import CUSTOM, CustomerRecord, Value
from webapp.sync.link import Link, Side, is_blank


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A custom field that a connection keeps equal on both sides.

    What the ``leader`` holds goes to the other side and never back; without one it goes both ways.
    """

    field: CustomField
    leader: Side | None = None

    def why_not(self, side: Side, value: Value) -> str:
        """Say why a side cannot be given a value, with the remedy; blank when it can."""
        if side == "ours":
            return ""
        if self.field.required and is_blank(value):
            return f"The provider needs the field {self.field.label}: fill it in."
        if not self.field.fits(value):
            return f"The field {self.field.label} cannot hold “{value}” there: choose another value."
        longest = self.field.max_length
        if longest is not None and isinstance(value, str) and len(value) > longest:
            return (
                f"The field {self.field.label} has {len(value)} characters, the provider takes {longest}: "
                "shorten it."
            )
        return ""


SharedFields = Mapping[str, Shared]
"""The custom fields a connection shares, by their names in a plan."""


def leaders(shared: SharedFields) -> dict[str, Side]:
    """Return the side that leads each field that goes one way."""
    return {name: each.leader for name, each in shared.items() if each.leader}


def sharing(record: CustomerRecord, names: Container[str]) -> CustomerRecord:
    """Return a customer without the custom fields that are not among those named."""
    fields = record.data.custom_fields
    kept = {key: value for key, value in fields.items() if CUSTOM + key in names}
    return record if len(kept) == len(fields) else _holding(record, kept)


def told_no_more(theirs: CustomerRecord, link: Link, names: Container[str]) -> bool:
    """Tell whether a custom field of these, once agreed on, is told no more: cleared there, or left out."""
    told = theirs.data.custom_fields
    agreed = (name for name, value in link.agreed_theirs.items() if name in names and not is_blank(value))
    return any(name.removeprefix(CUSTOM) not in told for name in agreed)


def _holding(record: CustomerRecord, fields: Mapping[str, Value]) -> CustomerRecord:
    return replace(record, data=replace(record.data, custom_fields=fields))
