"""`make chaos`: kills, wipes and restarts what it can while imports run, and says what came of it."""

from __future__ import annotations

import random
import secrets
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from chaos.ground import ground
from chaos.harm import HARMS, plan
from chaos.storm import GOAL_SECONDS, Report, Size, storm


@click.command()
@click.option("--kills", default=50, show_default=True, type=click.IntRange(0), help="SIGKILLs in all.")
@click.option("--others", default=2, show_default=True, type=click.IntRange(0), help="Of each other harm.")
@click.option("--customers", default=2_000, show_default=True, type=click.IntRange(10), help="An import.")
@click.option("--merges", default=80, show_default=True, type=click.IntRange(0), help="Of these, merges.")
@click.option("--readers", default=3, show_default=True, type=click.IntRange(0), help="People at the pages.")
@click.option("--seed", default=None, type=int, help="Repeat the storm of this number.")
@click.option("--only", default="", help=f"Only these harms, with a comma between: {', '.join(HARMS)}.")
def chaos(
    kills: int, others: int, customers: int, merges: int, readers: int, seed: int | None, only: str
) -> None:
    """Break a running Tandem; the exit code is 1 when anything was twice, lost, or stood still too long."""
    seed = secrets.randbelow(10**6) if seed is None else seed
    wanted = {name.strip() for name in only.split(",")} - {""} or set(HARMS)
    if unknown := sorted(wanted - set(HARMS)):
        raise click.BadParameter(f"There is no {', '.join(unknown)}: choose of {', '.join(HARMS)}.")
    planned = [harm for harm in plan(kills, others, random.Random(seed)) if harm in wanted]
    click.echo(f"The storm of seed {seed}: {len(planned)} harms.")
    with TemporaryDirectory() as folder, ground(Path(folder)) as tandem:
        size = Size(customers=customers, merges=min(merges, customers), readers=readers)
        report = storm(tandem, planned, size, seed=seed, say=click.echo)
    sys.exit(0 if summarise(report, seed) else 1)


def summarise(report: Report, seed: int) -> bool:
    """Print what a storm came to; return whether it passed."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for blow in report.blows:
        seconds[blow.harm].append(blow.seconds)
    click.echo(f"\n{'harm':16}{'times':>6}{'median':>9}{'worst':>9}  seconds until the import went on")
    for harm, taken in sorted(seconds.items()):
        click.echo(f"{harm:16}{len(taken):>6}{median(taken):>9.1f}{max(taken):>9.1f}")
    kills = [blow for blow in report.blows if blow.is_kill]
    in_time = len(kills) - len(report.slow)
    click.echo(
        f"{in_time} of {len(kills)} kills made good within {GOAL_SECONDS:g} s; {report.customers} customers "
        f"in {report.rounds} rounds, {report.pages} pages read, {len(report.violations)} violations."
    )
    click.echo("PASSED" if report.passed else f"FAILED: repeat it with --seed {seed}")
    return report.passed


if __name__ == "__main__":
    chaos()
