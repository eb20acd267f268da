"""Three states, field by field: what each side changed since both agreed, and who wins.

The table, for a field both have agreed on before:

==========  ============  ==============================================================
ours        theirs        then
==========  ============  ==============================================================
unchanged   changed       theirs travels here
changed     unchanged     ours travels there
changed     changed       alike: agreed; unlike: the rule decides, or it is a conflict
==========  ============  ==============================================================

A field never agreed on: equal stays, blank is filled from the other side, unlike is decided as above.
Unknown never counts as a change, nor does learning that a field is blank.

A field with a leader goes one way: the follower takes what the leader holds, whatever it held itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from webapp.sdk.records import Value
from webapp.sync.link import Fields, Side, is_blank

Rule = Literal["ask", "portal", "provider"]
"""What a connection does with a field changed on both sides."""

Winner = Literal["ours", "theirs", "both", "nobody"]
"""Whose value both sides hold afterwards; ``nobody``: each keeps its own for now."""

Reason = Literal[
    "unchanged",
    "alike",
    "blank here",
    "blank there",
    "changed here",
    "changed there",
    "one way",
    "chosen",
    "rule",
    "conflict",
]

NO_LEADERS: Mapping[str, Side] = {}

RULE_WINNER: Mapping[Rule, Side | None] = {"ask": None, "portal": "ours", "provider": "theirs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMerge:
    """What becomes of one field, and why. ``loser`` is the side whose value goes unseen, if any does."""

    field: str
    ours: Value
    theirs: Value
    winner: Winner
    reason: Reason
    loser: Side | None = None

    @property
    def writes(self) -> Side | None:
        """The side that has to be written."""
        if self.reason in ("unchanged", "alike", "conflict"):
            return None
        return "theirs" if self.winner == "ours" else "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What becomes of a pair."""

    fields: tuple[FieldMerge, ...]

    def to(self, side: Side) -> dict[str, Value]:
        """Return the values to write on one side."""
        return {
            merged.field: merged.theirs if side == "ours" else merged.ours
            for merged in self.fields
            if merged.writes == side
        }

    def details(self, side: Side) -> tuple[FieldMerge, ...]:
        """Return what is told of the writes on one side."""
        return tuple(merged for merged in self.fields if merged.writes == side)

    @property
    def alike(self) -> dict[str, Value]:
        """The fields both hold alike without having agreed on it before."""
        return {merged.field: merged.ours for merged in self.fields if merged.reason == "alike"}

    @property
    def conflicts(self) -> tuple[FieldMerge, ...]:
        """The fields that wait for a person."""
        return tuple(merged for merged in self.fields if merged.reason == "conflict")

    @property
    def losses(self) -> tuple[FieldMerge, ...]:
        """The fields in which a value goes that the winner had not seen."""
        return tuple(merged for merged in self.fields if merged.loser)


def merge(
    names: Iterable[str],
    *,
    ours: Fields,
    theirs: Fields,
    agreed_ours: Fields,
    agreed_theirs: Fields,
    winners: Mapping[str, Side | None],
    reason: Literal["chosen", "rule"],
    leaders: Mapping[str, Side] = NO_LEADERS,
) -> Merge:
    """Merge the named fields of a pair.

    ``winners`` says who wins each field that holds two different new values; ``None`` leaves it open.
    ``reason`` is what is told of such a win. ``leaders`` says which side leads a field that goes one way.
    """

    def merged(name: str) -> FieldMerge:
        values = ours.get(name), theirs.get(name)
        agreed = agreed_ours.get(name), agreed_theirs.get(name)
        if name in leaders:
            return _follow(name, values, agreed, leaders[name])
        return _merge_field(name, values, agreed, winners.get(name), reason)

    return Merge(fields=tuple(map(merged, names)))


def changed(value: Value, agreed: Value) -> bool:
    """Tell whether one side changed a field since it was agreed on."""
    if value is None or value == agreed:
        return False
    return agreed is not None or not is_blank(value)


def any_changed(values: Fields, agreed: Fields) -> bool:
    """Tell whether a record was edited since it was agreed on; who is primary is no edit of it."""
    return any(changed(value, agreed.get(name)) for name, value in values.items() if name != "primary")


def _merge_field(
    name: str,
    values: tuple[Value, Value],
    agreed: tuple[Value, Value],
    winner: Side | None,
    reason: Literal["chosen", "rule"],
) -> FieldMerge:
    ours, theirs = values
    here, there = changed(ours, agreed[0]), changed(theirs, agreed[1])
    first = agreed == (None, None)
    if ours == theirs:
        new = ours is not None and (here or there or first)
        return _settled(name, values, "both", "alike" if new else "unchanged")
    if first and is_blank(ours) != is_blank(theirs):
        return _settled(
            name, values, *(("theirs", "blank here") if is_blank(ours) else ("ours", "blank there"))
        )
    if here and there:
        return _contested(name, values, winner, reason)
    if here:
        return _settled(name, values, "ours", "changed here")
    if there:
        return _settled(name, values, "theirs", "changed there")
    return _settled(name, values, "nobody", "unchanged")


def _follow(name: str, values: tuple[Value, Value], agreed: tuple[Value, Value], leader: Side) -> FieldMerge:
    """Let the other side take what the leader holds; it never goes back, not even into a blank."""
    if values[0] == values[1]:
        return _merge_field(name, values, agreed, None, "rule")
    lead, other = (0, 1) if leader == "ours" else (1, 0)
    moved, strayed = (changed(values[side], agreed[side]) for side in (lead, other))
    if values[lead] is None or not (moved or strayed):
        return _settled(name, values, "nobody", "unchanged")
    if not strayed:
        return _settled(name, values, leader, "changed here" if leader == "ours" else "changed there")
    loser: Side = "theirs" if leader == "ours" else "ours"
    return FieldMerge(
        field=name, ours=values[0], theirs=values[1], winner=leader, reason="one way", loser=loser
    )


def _settled(name: str, values: tuple[Value, Value], winner: Winner, reason: Reason) -> FieldMerge:
    return FieldMerge(field=name, ours=values[0], theirs=values[1], winner=winner, reason=reason)


def _contested(
    name: str, values: tuple[Value, Value], winner: Side | None, reason: Literal["chosen", "rule"]
) -> FieldMerge:
    ours, theirs = values
    if winner is None:
        return _settled(name, values, "nobody", "conflict")
    return FieldMerge(
        field=name,
        ours=ours,
        theirs=theirs,
        winner=winner,
        reason=reason,
        loser="theirs" if winner == "ours" else "ours",
    )
