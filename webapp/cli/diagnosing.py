"""``tandem diagnose``: a file to hand to whoever helps, without secrets and without anybody's data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import click

from webapp.cli.application import in_application
from webapp.services.diagnosis import diagnosis
from webapp.services.troubles import troubles
from webapp.store.columns import now

WORDS = """\
A diagnosis of a Tandem installation, made by `tandem diagnose`.

It holds versions, settings that are numbers or choices, what the doctor found, sizes and counts of tables,
what waits in the queue, states and times of connections, references of what went wrong, and the metrics.

It holds no secret, no setting that is an address, no name of a person, customer, portal, organization or
machine, and nothing that people or a provider wrote. Ids of connections and runs are in it.
"""


@click.command("diagnose")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    help="The file to write; named by the time if left out.",
)
@click.option(
    "--log",
    "logs",
    type=click.File("r", errors="replace"),
    multiple=True,
    help="Also tell what went wrong by this log; - reads it. May be given more than once.",
)
@in_application
def diagnose(target: Path | None, logs: Sequence[IO[str]]) -> None:
    """Write a zip file that helps whoever is to help: no secrets and nobody's data are in it.

    With systemd: journalctl --unit 'tandem-*' --output cat | tandem diagnose --log -
    """
    moment = now()
    target = target or Path(f"tandem-diagnosis-{moment:%Y%m%dT%H%M%SZ}.zip")
    if target.exists():
        raise click.ClickException(f"{target} is there already: name another file with --to.")
    with ZipFile(target, "x", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", WORDS)
        for name, part in diagnosis():
            archive.writestr(name, part if isinstance(part, bytes) else _json(part))
        if logs:
            archive.writestr("troubles.json", _json(troubles(chain.from_iterable(logs))))
    click.echo(f"{target} holds the diagnosis. Look into it before you hand it on.")


def _json(part: object) -> str:
    return json.dumps(part, indent=2) + "\n"
