"""``tandem doctor``: what is wrong with an installation, and what to do about each of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version

import click
from rich.console import Console
from rich.text import Text

from webapp.app import create_app
from webapp.cli.application import hush
from webapp.config import Settings, SettingsError
from webapp.services.doctor import LEVELS, Finding, examine, worst
from webapp.services.doctor.findings import Area, halves
from webapp.store.columns import now

SETTINGS = Area("settings")
LOOKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "fault": ("✗", "bold red")}


@click.command("doctor")
@click.option("--ask-providers", is_flag=True, help="Also let each connection's provider answer one call.")
@click.option("--mail-to", metavar="ADDRESS", default="", help="Also send one mail, to see whether it comes.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(*, ask_providers: bool, mail_to: str, as_json: bool) -> None:
    """Look at everything Tandem stands on, and say what to do about what is wrong.

    Ends with 0 when all is well, 1 when something should be looked at, 2 when something does not work.
    """
    found = findings(ask_providers=ask_providers, mail_to=mail_to)
    seen = list(found) if as_json else show(found)
    level = worst(seen)
    if as_json:
        click.echo(json.dumps(_as_json(seen, level), indent=2))
    sys.exit(LEVELS.index(level))


def findings(*, ask_providers: bool, mail_to: str) -> Iterator[Finding]:
    """Make the findings, beginning with the settings, without which there is nothing else to look at."""
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        for line in str(error).splitlines():
            name, _, words = line.partition(" ")
            wrong, remedy = halves(words)
            yield SETTINGS.fault(name, f"It {wrong}", remedy or "Correct it.")
        return
    yield SETTINGS.ok("all", "They are there, and can be what they are.")
    with create_app(settings).app_context():
        hush()
        yield from examine(ask_providers=ask_providers, mail_to=mail_to)


def show(found: Iterable[Finding]) -> list[Finding]:
    """Print each finding as it comes, and a line about all; return them."""
    console = Console(highlight=False, soft_wrap=True)
    seen: list[Finding] = []
    for finding in found:
        if not seen or seen[-1].area != finding.area:
            console.print(Text(f"\n{finding.area.capitalize()}", style="bold"))
        seen.append(finding)
        mark, style = LOOKS[finding.level]
        console.print(Text.assemble((f"  {mark} ", style), (f"{finding.subject:<20} ", "bold"), finding.says))
        if finding.remedy:
            console.print(Text.assemble(("    → ", style), finding.remedy))
    console.print(_summary(seen))
    return seen


def _summary(seen: list[Finding]) -> Text:
    faults, warnings = (sum(each.level == level for each in seen) for level in ("fault", "warning"))
    if not faults and not warnings:
        return Text("\nAll is well.", style="green")
    words = [
        f"{number} {kind if number == 1 else f'{kind}s'}"
        for number, kind in ((faults, "fault"), (warnings, "warning"))
        if number
    ]
    return Text(f"\n{' and '.join(words)}.", style=LOOKS["fault" if faults else "warning"][1])


def _as_json(seen: list[Finding], level: str) -> dict[str, object]:
    return {
        "level": level,
        "version": version("tandem-portal"),
        "examined_at": now().isoformat(timespec="seconds"),
        "findings": [asdict(each) for each in seen],
    }
