"""Finding names among many, as the portal does it: by their keys, then by how alike they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tests.sync.company_variants import Written
from webapp.sync import alike

COMPARED = 8
LEVELS = (0.6, 0.7, 0.75, 0.8, 0.84, alike.ENOUGH, 0.88, 0.9, 0.92, 0.95)


@dataclass(frozen=True)
class Found:
    """A name that was looked for, how alike the best one found is, and whether it is the right one."""

    asked: Written
    score: float
    right: bool


def find(names: Sequence[str], asked: Sequence[Written]) -> list[Found]:
    """Look for each, and take the one that is most alike."""
    traits = [alike.traits([name], [], []) for name in names]
    index: dict[int, list[int]] = defaultdict(list)
    for number, each in enumerate(traits):
        for key in alike.keys(each):
            index[key].append(number)
    return [_best(each, traits, index) for each in asked]


def curve(found: Sequence[Found]) -> list[tuple[float, float, float]]:
    """Tell precision and recall for each level from which a name would be suggested."""
    known = sum(each.asked.of is not None for each in found)
    told = []
    for level in LEVELS:
        suggested = [each for each in found if each.score >= level]
        right = sum(each.right for each in suggested)
        told.append((level, right / len(suggested) if suggested else 1.0, right / known))
    return told


def _best(asked: Written, traits: Sequence[alike.Traits], index: dict[int, list[int]]) -> Found:
    of = alike.traits([asked.name], [], [])
    shared = Counter(number for key in alike.keys(of) for number in index.get(key, ()))
    scored = ((alike.evidence(of, traits[number]).name, number) for number, _ in shared.most_common(COMPARED))
    score, number = max(scored, default=(0.0, -1))
    return Found(asked, score, number == asked.of)
