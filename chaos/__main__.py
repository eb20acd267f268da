"""`make chaos`: kills, wipes and restarts what it can while imports or passes run, and says what comes."""

from __future__ import annotations

import random
import secrets
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from chaos.ground import ground
from chaos.harm import HARMS, KILLS, PUSH_HARMS, PUSH_KILLS, plan
from chaos.passes import PassReport, Traffic, storm_over_passes
from chaos.storm import GOAL_SECONDS, Report, Size, storm

EDITORS = 2
"""How many people edit on each side in a storm over passes."""

EDIT_EVERY = 0.6


@click.command()
@click.option(
    "--passes", is_flag=True, help="Let people edit on both sides, and break what keeps them alike."
)
@click.option("--kills", default=50, show_default=True, type=click.IntRange(0), help="SIGKILLs in all.")
@click.option("--others", default=2, show_default=True, type=click.IntRange(0), help="Of each other harm.")
@click.option("--customers", default=2_000, show_default=True, type=click.IntRange(10), help="An import.")
@click.option("--merges", default=80, show_default=True, type=click.IntRange(0), help="Of these, merges.")
@click.option("--readers", default=3, show_default=True, type=click.IntRange(0), help="People at the pages.")
@click.option("--seed", default=None, type=int, help="Repeat the storm of this number.")
@click.option("--only", default="", help=f"Only these harms, with a comma between: {', '.join(PUSH_HARMS)}.")
def chaos(
    passes: bool,
    kills: int,
    others: int,
    customers: int,
    merges: int,
    readers: int,
    seed: int | None,
    only: str,
) -> None:
    """Break a running Tandem; the exit code is 1 when anything was twice, lost, or stood still too long."""
    seed = secrets.randbelow(10**6) if seed is None else seed
    known = PUSH_HARMS if passes else HARMS
    wanted = {name.strip() for name in only.split(",")} - {""} or set(known)
    if unknown := sorted(wanted - set(known)):
        raise click.BadParameter(f"There is no {', '.join(unknown)}: choose of {', '.join(known)}.")
    every = plan(kills, others, random.Random(seed), PUSH_KILLS if passes else KILLS)
    planned = [harm for harm in every if harm in wanted]
    click.echo(f"The storm of seed {seed}: {len(planned)} harms.")
    with TemporaryDirectory() as folder, ground(Path(folder)) as tandem:
        report: Report
        if passes:
            traffic = Traffic(customers=customers, editors=EDITORS, pause=EDIT_EVERY, readers=readers)
            report = storm_over_passes(tandem, planned, traffic, seed=seed, say=click.echo)
        else:
            size = Size(customers=customers, merges=min(merges, customers), readers=readers)
            report = storm(tandem, planned, size, seed=seed, say=click.echo)
    sys.exit(0 if summarise(report, seed) else 1)


def summarise(report: Report, seed: int) -> bool:
    """Print what a storm came to; return whether it passed."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for blow in report.blows:
        seconds[blow.harm].append(blow.seconds)
    click.echo(f"\n{'harm':16}{'times':>6}{'median':>9}{'worst':>9}  seconds until work went on")
    for harm, taken in sorted(seconds.items()):
        click.echo(f"{harm:16}{len(taken):>6}{median(taken):>9.1f}{max(taken):>9.1f}")
    kills = [blow for blow in report.blows if blow.is_kill]
    in_time = len(kills) - len(report.slow)
    click.echo(
        f"{in_time} of {len(kills)} kills made good within {GOAL_SECONDS:g} s; {report.customers} customers "
        f"in {report.rounds} rounds, {report.pages} pages read, {len(report.violations)} violations."
    )
    if isinstance(report, PassReport):
        click.echo(f"Edits: {_listed(report.edits)}. At rest after {report.rested:.0f} s.")
        click.echo(f"What differs then, and why: {_listed(report.listed)}.")
    click.echo("PASSED" if report.passed else f"FAILED: repeat it with --seed {seed}")
    return report.passed


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "nothing"


if __name__ == "__main__":
    chaos()
