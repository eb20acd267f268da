"""The brake: when a pass would delete or blank too much in one direction, a person looks first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from webapp.sync.link import Kind, Side, is_blank
from webapp.sync.steps import Delete, Plan, Update

FREE_RECORDS = 10
FREE_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """Why a pass is held: of ``live`` linked ones, ``records`` would go or be blanked on ``side``."""

    side: Side
    kind: Kind
    records: int
    live: int

    @property
    def reason(self) -> str:
        """Say it in words."""
        where = "here" if self.side == "ours" else "at the provider"
        return f"{self.records} of {self.live} linked {self.kind}s would be deleted or blanked {where}."


def brakes(plans: Iterable[Plan], live: Mapping[Kind, int]) -> tuple[Brake, ...]:
    """Return why a pass must wait for a person; empty when it may go on.

    ``live`` is how many links of each kind there are.
    """
    counts = Counter(hit for plan in plans for hit in set(_hits(plan)))
    records = Counter((side, kind) for side, kind, _ in counts)
    return tuple(
        Brake(side=side, kind=kind, records=count, live=live.get(kind, 0))
        for (side, kind), count in sorted(records.items())
        if count > FREE_RECORDS and count > FREE_SHARE * live.get(kind, 0)
    )


def _hits(plan: Plan) -> Iterator[tuple[Side, Kind, str]]:
    for step in plan.steps:
        if isinstance(step, Delete):
            for link in (step.link, *step.along):
                yield step.side, link.kind, link.our_id
        elif isinstance(step, Update) and _blanks(step):
            yield step.side, step.ref.kind, step.ref.our_id or ""


def _blanks(step: Update) -> bool:
    return any(
        is_blank(value) and not is_blank(step.before.get(name)) for name, value in step.changes.items()
    )
