"""The brake: when a pass would delete or blank too much in one direction, a person looks first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from webapp.sync.link import Kind, Side, is_blank
from webapp.sync.steps import Delete, Plan, Update

FREE_RECORDS = 10
FREE_SHARE = 0.05


class Hit(NamedTuple):
    """One linked record that would go, or lose values, on a side."""

    side: Side
    kind: Kind
    our_id: str


class Harm(NamedTuple):
    """What one linked record would lose on a side: the value of a field, or itself (no field)."""

    side: Side
    kind: Kind
    our_id: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """Why a pass is held: of ``live`` linked ones, ``records`` would go or be blanked on ``side``.

    ``lately`` as many more went a short while ago, too few to be held then.
    """

    side: Side
    kind: Kind
    records: int
    live: int
    lately: int = 0

    @property
    def reason(self) -> str:
        """Say it in words."""
        where = "here" if self.side == "ours" else "at the provider"
        lately = f", {self.lately} more went lately" if self.lately else ""
        return (
            f"{self.records} of {self.live} linked {self.kind}s would be deleted or blanked {where}{lately}."
        )

    def holds(self, plan: Plan) -> bool:
        """Tell whether a plan does any of what a person has to look at first."""
        return any((hit.side, hit.kind) == (self.side, self.kind) for hit in hits(plan))


def brakes(
    plans: Iterable[Plan],
    live: Mapping[Kind, int],
    *,
    earlier: Iterable[Hit] = (),
    spent: Iterable[Hit] = (),
    released: Collection[str] = (),
    free: int = FREE_RECORDS,
) -> tuple[Brake, ...]:
    """Return why a pass must wait for a person; empty when it may go on.

    ``live`` is how many links of each kind there are. ``earlier`` hits, which are still held, count along,
    and so do those ``spent``: carried out not long ago, so that nothing slips through little by little. What
    a person has ``released``, by our ids of the customers, does not count. Up to ``free`` records may go.
    """
    counts = set(earlier)
    for plan in plans:
        if plan.our_id not in released:
            counts |= hits(plan)
    records = Counter((hit.side, hit.kind) for hit in counts)
    lately = Counter((hit.side, hit.kind) for hit in set(spent) - counts)
    return tuple(
        Brake(side=side, kind=kind, records=count, live=live.get(kind, 0), lately=lately[side, kind])
        for (side, kind), count in sorted(records.items())
        if count + lately[side, kind] > max(free, FREE_SHARE * (live.get(kind, 0) + lately[side, kind]))
    )


def hits(plan: Plan) -> frozenset[Hit]:
    """Return the linked records a plan deletes or blanks."""
    return frozenset(Hit(harm.side, harm.kind, harm.our_id) for harm in harms(plan))


def harms(plan: Plan) -> frozenset[Harm]:
    """Return what a plan takes from linked records.

    One whose absence nobody has confirmed yet counts as if it were gone: that is what it comes to.
    """
    return frozenset((*_planned(plan), *_unconfirmed(plan)))


def _planned(plan: Plan) -> Iterator[Harm]:
    for step in plan.steps:
        if isinstance(step, Delete):
            for link in (step.link, *step.along):
                yield Harm(step.side, link.kind, link.our_id, "")
        elif isinstance(step, Update):
            for name in _blanked(step):
                yield Harm(step.side, step.ref.kind, step.ref.our_id or "", name)


def _unconfirmed(plan: Plan) -> Iterator[Harm]:
    whole = plan.their_id in plan.unconfirmed
    for link in plan.links.values():
        if whole or (link.kind == "contact" and link.their_id in plan.unconfirmed):
            yield Harm("ours", link.kind, link.our_id, "")


def _blanked(step: Update) -> Iterator[str]:
    for name, value in step.changes.items():
        if is_blank(value) and not is_blank(step.before.get(name)):
            yield name
