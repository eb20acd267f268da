"""``tandem sample``: a portal with people and customers to try things out with."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from webapp.cli.application import in_application
from webapp.demo import sample as samples


@click.command("sample")
@in_application
def sample() -> None:
    """Fill the sample portal once, and print its logins as JSON."""
    click.echo(json.dumps([asdict(login) for login in samples.fill()], indent=2))
