"""``python -m bench.scale``: what 1,000 to 100,000 connections need, with the real sweep and budget.

Prints what it finds, keeps it in bench/scale.json, and writes docs/scale.md with its curves from that.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from bench.costs import Costs, Counts, costs, counts
from bench.fleet import Crew, Load
from bench.ground import Ground, ground
from bench.outcomes import Outcome, Portion, crew_for, outcome, portion
from bench.population import Population
from bench.scale_page import write_page
from webapp.services.signals import due
from webapp.walls import across_portals
from webapp.worker import queue

RESULTS = Path(__file__).parent / "scale.json"
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
LOOKS = (1, 2, 5, 10, 20)
WARM_SECONDS = 330.0
SHARING_SECONDS = 600.0

ANSWER_SECONDS = 0.35
"""How long a provider takes to answer: assumed, since only its own servers could tell."""


@click.command()
@click.option("--sizes", default=",".join(map(str, SIZES)), show_default=True, help="How many connections.")
@click.option("--minutes", default=5.0, show_default=True, help="Minutes simulated once a fleet is warm.")
@click.option("--write-docs", is_flag=True, help="Write docs/scale.md from what was kept; simulate nothing.")
def scale(sizes: str, minutes: float, *, write_docs: bool) -> None:
    """Simulate fleets with all the workers they need and with half, and one budget that many share."""
    if not write_docs:
        for kept in _measured([int(size) for size in sizes.split(",")], minutes * 60):
            RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    if not RESULTS.exists():
        raise click.ClickException("Nothing was simulated yet: run it without --write-docs first.")
    click.echo(f"Written: {write_page(json.loads(RESULTS.read_text()))}")


def _measured(sizes: Sequence[int], seconds: float) -> Iterator[dict[str, Any]]:
    """Simulate one thing after the other; yield all that was found, each time there is more of it."""
    kept: dict[str, Any] = {"counts": [], "enough": [], "half": []}
    with _made(min(sizes)) as (place, population):
        found = costs(place, population)
        kept |= {"costs": _said("costs", found), "answer": ANSWER_SECONDS}
        kept["shared"] = [_said("shared", portion(looks, seconds=SHARING_SECONDS)) for looks in LOOKS]
    load = Load(look=found.look, call=ANSWER_SECONDS + found.poll)
    kept["load"] = asdict(load)
    for size in sizes:
        enough = crew_for(size, load)
        half = Crew(push=enough.push, bulk=max(1, enough.bulk // 2))
        with _made(size) as (place, population):
            with place.fill() as reading:
                counted = counts(reading, population, poll_seconds=load.poll)
            kept["counts"].append(_said("counts", counted))
            sweeping = replace(load, sweep=counted.sweep_seconds)
            for name, crew in (("enough", enough), ("half", half)):
                came = outcome(population, crew, sweeping, warm=WARM_SECONDS, seconds=seconds)
                kept[name].append(_said(name, came))
        yield kept


@contextmanager
def _made(size: int) -> Iterator[tuple[Ground, Population]]:
    """Make connections on servers of their own; what a sweep finds due rings for no real worker."""
    with ground() as place, place.app.app_context(), across_portals(), place.fill() as owner:
        due.disconnect(queue.on_due, sender=place.app)
        began = time.monotonic()
        yield place, Population(owner, size)
        click.echo(f"({size:,} connections: {time.monotonic() - began:.0f} s)", err=True)


def _said(name: str, found: Outcome | Portion | Costs | Counts) -> dict[str, Any]:
    """Print what was found, and return it as it is kept."""
    plain = asdict(found)
    click.echo(f"{name:8}" + "  ".join(f"{what} {value:,}" for what, value in plain.items()))
    return plain


if __name__ == "__main__":
    scale()
