"""A table that tests play, as Markdown: what each row comes to at each call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.faults.ends import Never


class End(Protocol):
    """What a cell comes to: its name in the table, and what that means."""

    @property
    def words(self) -> str:
        """Its name."""

    @property
    def meaning(self) -> str:
        """What it means."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table of ``cells`` by row and call; ``head`` says what its rows are."""

    head: str
    cells: Mapping[str, Mapping[str, End | Never]]

    def rows(self, calls: Sequence[str], *, code: bool = False) -> str:
        """Write the columns of some calls; as ``code``, if their names are."""
        names = [f"`{call}`" if code else call for call in calls]
        lines = [f"| {self.head} | {' | '.join(names)} |", "|---" * (len(calls) + 1) + "|"]
        lines += [
            f"| {name} | {' | '.join(self._cell(row[call]) for call in calls)} |"
            for name, row in self.cells.items()
        ]
        return "\n".join(lines) + "\n"

    def never(self) -> str:
        """Write why some cells cannot happen."""
        lines = [f"- {mark}: {never.reason}" for never, mark in self._marks().items()]
        return "\n".join(["– means that it cannot happen, because\n", *lines]) + "\n"

    def _cell(self, cell: End | Never) -> str:
        return f"– {self._marks()[cell]}" if isinstance(cell, Never) else cell.words

    def _marks(self) -> dict[Never, str]:
        found = (cell for row in self.cells.values() for cell in row.values() if isinstance(cell, Never))
        return {never: chr(ord("a") + number) for number, never in enumerate(dict.fromkeys(found))}


def meanings(ends: Iterable[End]) -> str:
    """Write what each end means."""
    lines = [f"| {each.words} | {each.meaning} |" for each in ends]
    return "\n".join(["## The ends\n", "| end | means |", "|---|---|", *lines]) + "\n"
