"""The terms a plan is made under: who wins, which fields count, and what a side can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from webapp.sdk.records import Address, Value
from webapp.sync.link import SYNCED, Fields, Kind, Side, is_blank, parts_of
from webapp.sync.merge import RULE_WINNER, Rule
from webapp.sync.shared import SharedFields
from webapp.sync.steps import Choices, Limits, Ref, Refusal

Vet = Callable[[Ref, Side, Fields, Fields], Fields | Refusal]
"""Asked before a record is written on a side, with the values to write and what it holds there by now.

It returns what to write instead, of the same fields, or why nothing of the record is written on either side.
"""


def as_planned(ref: Ref, side: Side, values: Fields, before: Fields) -> Fields | Refusal:
    """Write everything as it is."""
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How two different values are decided: by a person's ``choices``, else by a connection's ``rule``.

    ``inactive``: both sides know active and inactive customers. ``vet`` is asked before each write.
    ``shared`` are the custom fields that count.
    """

    limits: Limits
    choices: Choices | None = None
    rule: Rule = "ask"
    inactive: bool = True
    vet: Vet = as_planned
    shared: SharedFields = field(default_factory=dict)

    def names(self, kind: Kind) -> tuple[str, ...]:
        """The fields merged pair by pair; who is primary is settled for a customer as a whole."""
        left_out = {"primary"} if self.inactive else {"primary", "active"}
        names = tuple(name for name in SYNCED[kind] if name not in left_out)
        return (*names, *self.shared) if kind == "customer" else names

    def winner(self, ref: Ref, name: str) -> Side | None:
        """Say who wins a field that holds two different new values; ``None`` leaves it open."""
        if self.choices is None:
            return RULE_WINNER[self.rule]
        chosen: Mapping[str, Side] = self.choices.customer
        if ref.kind == "contact":
            chosen = self.choices.contacts.get(ref.their_id or "", {})
        return chosen.get(name, self.choices.preset)

    def vetted(self, ref: Ref, side: Side, values: Fields, before: Fields) -> Fields | Refusal:
        """Return what is to be written on a side of these values, or why nothing of the record is."""
        verdict = self.vet(ref, side, values, before) if values else values
        if isinstance(verdict, Refusal):
            return verdict
        return self.refusal(ref, side, verdict) or verdict

    def refusal(self, ref: Ref, side: Side, values: Fields) -> Refusal | None:
        """Say why a side cannot hold some values; ``None`` when it can."""
        if ref.kind == "customer" and "name" in values and is_blank(values["name"]):
            return Refusal(ref=ref, side=side, field="name", reason="A customer needs a name: give it one.")
        for name in self.shared.keys() & values.keys():
            if reason := self.shared[name].why_not(side, values[name]):
                return Refusal(ref=ref, side=side, field=name, reason=reason)
        limits = (self.limits.ours if side == "ours" else self.limits.theirs).get(ref.kind, {})
        for name, part, text in _texts(values):
            limit = limits.get(part, limits.get(name))
            if limit is not None and len(text) > limit:
                return Refusal(ref=ref, side=side, field=name, reason=_too_long(part, text, limit, side))
        return None


def _texts(values: Fields) -> Iterator[tuple[str, str, str]]:
    for name, value in values.items():
        for part, text in _parts(name, value):
            yield name, part, text


def _parts(name: str, value: Value) -> Iterator[tuple[str, str]]:
    if isinstance(value, Address):
        for part, text in parts_of(value).items():
            yield f"{name}.{part}", text
    elif isinstance(value, str):
        yield name, value


def _too_long(part: str, text: str, limit: int, side: Side) -> str:
    words = part.replace("_", " ").replace(".", ", ")
    where = "the portal" if side == "ours" else "the provider"
    return f"The {words} has {len(text)} characters, {where} takes {limit}: shorten it."
