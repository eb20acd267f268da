"""Measures what was asked for, and says each figure beside its goal as soon as it is known."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterator

import click

from bench import (
    applying,
    auditing,
    calls,
    limiter,
    machine,
    meanwhile,
    pages,
    passes,
    recovering,
    reviewing,
    searching,
    storing,
    suggesting,
    tokens,
    travelling,
)
from bench.figures import RESULTS, Measured, keep, write_page

MEASURES: dict[str, Callable[[int], Iterator[Measured]]] = {
    "machine": machine.measure,
    "limiter": limiter.measure,
    "tokens": tokens.measure,
    "storing": storing.measure,
    "applying": applying.measure,
    "pages": pages.measure,
    "review": reviewing.measure,
    "search": searching.measure,
    "suggestions": suggesting.measure,
    "audit": auditing.measure,
    "calls": calls.measure,
    "passes": passes.measure,
    "travelling": travelling.measure,
    "meanwhile": meanwhile.measure,
    "recovery": recovering.measure,
}
"""Every measure by its name, in the order they run."""

LONGEST = 2_400
"""Seconds after which a measure is given up: one that hangs must not keep the others from running."""


@click.command()
@click.option("--only", default="", help=f"Measure only some, with a comma between: {', '.join(MEASURES)}.")
@click.option(
    "--size",
    default=100_000,
    show_default=True,
    type=click.IntRange(1_000),
    help="Customers of a large portal; some measures take a tenth of it, searching also ten times as many.",
)
@click.option(
    "--write-docs", is_flag=True, help="Write docs/figures.md from the figures kept, and measure nothing."
)
def bench(only: str, size: int, *, write_docs: bool) -> None:
    """Measure Tandem: prints figures beside goals, and keeps them in bench/results.json."""
    if write_docs:
        if not RESULTS.exists():
            raise click.ClickException("Nothing was measured yet: run make bench first.")
        click.echo(f"Written: {write_page()}")
        return
    found = [Measured("size", size)]
    click.echo(found[0].line)
    signal.signal(signal.SIGALRM, _too_long)
    failed = [name for name in _chosen(only) if not _measure(name, size, found)]
    if failed:
        raise click.ClickException(f"Not measured: {', '.join(failed)}. All else was.")


def _measure(name: str, size: int, found: list[Measured]) -> bool:
    """Take one measure and keep what it finds; what goes wrong in it, or never ends, ends nothing else."""
    began = time.monotonic()
    signal.alarm(LONGEST)
    try:
        for measured in MEASURES[name](size):
            click.echo(measured.line)
            found.append(measured)
            keep(found)
    except Exception:
        logging.exception("%s went wrong", name)
        return False
    finally:
        signal.alarm(0)
    click.echo(f"({name}: {time.monotonic() - began:.0f} s)", err=True)
    return True


def _too_long(*_: object) -> None:
    raise TimeoutError(f"It took longer than {LONGEST} seconds")


def _chosen(only: str) -> list[str]:
    """Return the measures asked for; the machine is always measured, times mean nothing without it."""
    asked = {name.strip() for name in only.split(",")} - {""} or set(MEASURES)
    if unknown := sorted(asked - set(MEASURES)):
        raise click.BadParameter(f"There is no {', '.join(unknown)}: choose of {', '.join(MEASURES)}.")
    return [name for name in MEASURES if name in asked | {"machine"}]


if __name__ == "__main__":
    bench()
