"""Suggestions: who here may be the same as somebody there, and what speaks for it. Only ever a hint."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from webapp.store import similar
from webapp.sync import alike
from webapp.sync.alike import COMMON, SOMEWHAT, Evidence, Traits

MOST = 3
"""So many are suggested for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A customer here that may be the same, and why in words."""

    our_id: uuid.UUID
    name: str
    why: str


def suggest(
    portal_id: uuid.UUID, connection_id: uuid.UUID, asked: Mapping[str, Traits]
) -> dict[str, tuple[Suggestion, ...]]:
    """Say for customers there who here may be the same, the likeliest first; by their id, in one query.

    Left out are those linked to this connection, and those somebody said are not the same.
    """
    if not asked:
        return {}
    weighed: dict[str, list[tuple[Evidence, Suggestion]]] = defaultdict(list)
    for row in similar.candidates(portal_id, connection_id, asked):
        traits = alike.traits((row.name, row.company_name), row.emails or (), row.phones or ())
        seen = alike.evidence(asked[row.their_id], traits)
        weighed[row.their_id].append((seen, Suggestion(our_id=row.id, name=row.name, why="")))
    return {their_id: told for their_id, found in weighed.items() if (told := _told(found))}


def _told(found: list[tuple[Evidence, Suggestion]]) -> tuple[Suggestion, ...]:
    """Leave out what too many have in common, and say why of the likeliest."""
    domains = Counter(seen.domain for seen, _ in found)
    phones = Counter(seen.phone for seen, _ in found)
    telling = [
        (
            Evidence(
                name=seen.name,
                domain=seen.domain if domains[seen.domain] <= COMMON else "",
                phone=seen.phone if phones[seen.phone] <= COMMON else "",
            ),
            each,
        )
        for seen, each in found
    ]
    enough = sorted(
        (pair for pair in telling if pair[0].enough),
        key=lambda pair: (-pair[0].strength, pair[1].name, str(pair[1].our_id)),
    )
    return tuple(
        Suggestion(our_id=each.our_id, name=each.name, why=_words(seen)) for seen, each in enough[:MOST]
    )


def _words(seen: Evidence) -> str:
    """Say what speaks for it: "names are nearly alike, both use arc.example"."""
    parts = []
    if seen.name >= 1:
        parts.append("the same name but for its spelling")
    elif seen.name >= alike.ENOUGH:
        parts.append("nearly the same name")
    elif seen.name >= SOMEWHAT:
        parts.append("a name somewhat like it")
    parts += [f"e-mail at {seen.domain}"] if seen.domain else []
    parts += ["the same phone"] if seen.phone else []
    words = ", ".join(parts)
    return words[:1].upper() + words[1:]
