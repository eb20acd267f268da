"""``tandem audit``: what was done in a portal, and whether the record of it is whole."""

from __future__ import annotations

from typing import IO

import click

from webapp.cli.application import in_application, portal_named, portal_option
from webapp.services import audit, portals
from webapp.services.audit import Head
from webapp.services.errors import Invalid, Refused
from webapp.walls import inside


@click.group("audit")
def group() -> None:
    """Show what was done in a portal, and verify that the record of it is whole."""


@group.command("verify")
@click.option(
    "--noted",
    type=click.File(encoding="utf-8"),
    help="What an earlier run printed: shows entries taken off the end, or written anew, since.",
)
@in_application
def verify(noted: IO[str] | None) -> None:
    """Walk every portal's chain; print where each ends, to be kept elsewhere, or what is broken first."""
    known = _read(noted) if noted else {}
    problems = []
    for portal in portals.portals():
        with inside(portal.id):
            chain = audit.walk(portal.id, known.pop(portal.key, None))
        if chain.broken_at is None:
            click.echo(f"{portal.key}\t{chain.head.number}\t{chain.head.digest}")
        else:
            problems.append(f"{portal.key}: broken at entry {chain.broken_at}: {chain.fault}.")
    problems += [f"{key}: the portal is not here, and its audit was noted." for key in known]
    if problems:
        raise Refused("\n".join(problems))


@group.command("list")
@portal_option
@click.option("--last", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many.")
@in_application
def list_entries(portal_key: str, last: int) -> None:
    """List the newest entries of a portal: number, time, who, what, to which record."""
    for entry in audit.newest(portal_named(portal_key).id, last):
        details = " ".join(f"{name}={value}" for name, value in entry.details.items())
        words = (entry.number, f"{entry.at:%Y-%m-%dT%H:%M:%SZ}", entry.actor, entry.action, entry.subject)
        click.echo("\t".join(_printable(str(each)) for each in (*words, details)))


def _read(noted: IO[str]) -> dict[str, Head]:
    heads = {}
    for line in filter(str.strip, noted):
        words = line.split()
        if len(words) != 3 or not words[1].isdecimal():
            raise Invalid(
                "noted", f"{noted.name} is not what `tandem audit verify` prints: a line is {line!r}."
            )
        heads[words[0]] = Head(number=int(words[1]), digest=words[2])
    return heads


def _printable(text: str) -> str:
    """Keep what others wrote from moving the cursor or beginning a line of its own."""
    return "".join(each if each.isprintable() else " " for each in text)
