"""Figures: collected as they come, printed beside their goals, kept, and written into the documentation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.goals import GOALS

RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parent.parent / "docs" / "figures.md"

_HEAD = """# Figures

Written by `python -m bench --write-docs` from what `make bench` kept: of each measure its last run. Times
are of one machine, whose calibrations in the last of these runs stand first. A goal that is missed says so.

| figure | value | goal | |
|---|---:|---:|---|
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure that was measured; ``goal`` is its own where the table's is for another size."""

    name: str
    value: float
    goal: float | None = None

    @property
    def kept(self) -> dict[str, Any]:
        """What is kept of it."""
        goal = GOALS[self.name]
        bound = goal.bound if self.goal is None else self.goal
        ok = goal.met(self.value) if self.goal is None else self.value <= self.goal
        return {"value": self.value, "unit": goal.unit, "goal": bound, "ok": ok}

    @property
    def line(self) -> str:
        """How it is printed."""
        kept, about = self.kept, GOALS[self.name].about
        verdict = "" if kept["goal"] is None else f"goal {kept['goal']:,}  {'ok' if kept['ok'] else 'MISSED'}"
        return f"{about:58} {self.value:>12,.10g} {kept['unit']:12}{verdict}"


def keep(measured: Iterable[Measured]) -> None:
    """Keep figures, beside those that an earlier run of the same size measured and this one did not."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept = {name: figure for name, figure in kept.items() if name in GOALS}
    new = {each.name: each.kept for each in measured}
    if kept.get("size") != new["size"]:
        kept = {}
    kept |= new
    ordered = {name: kept[name] for name in GOALS if name in kept}
    RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")


def write_page() -> Path:
    """Write the kept figures as a page of the documentation."""
    kept = json.loads(RESULTS.read_text())
    PAGE.write_text(_HEAD + "".join(_row(name, figure) for name, figure in kept.items() if name in GOALS))
    return PAGE


def _row(name: str, figure: dict[str, Any]) -> str:
    goal = GOALS[name]
    sign = "" if goal.bound is None else "≥ " if goal.most is None else "≤ " if goal.least is None else "= "
    bound = "" if figure["goal"] is None else f"{sign}{figure['goal']:,}"
    verdict = "" if figure["goal"] is None else "reached" if figure["ok"] else "**missed**"
    return f"| {goal.about} | {figure['value']:,} {figure['unit']} | {bound} | {verdict} |\n"
