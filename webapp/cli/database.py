"""``tandem db``: where the database's schema stands, and bringing it to another revision."""

from __future__ import annotations

import os

import click

from webapp.config import DatabaseOwner
from webapp.store import schema


@click.group("db")
def group() -> None:
    """Bring the database up to date; needs its owner's address beside the application's, and nothing else."""


@group.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database up to REVISION, the newest one by default."""
    owner = DatabaseOwner.from_environment(os.environ)
    schema.upgrade(owner.url, revision, application_role=owner.application_role)
    say_revision(owner)


@group.command()
@click.argument("revision")
@click.confirmation_option(prompt="Going back loses what newer tables and columns hold. Go on?")
def downgrade(revision: str) -> None:
    """Bring the database back to REVISION; `base` removes every table."""
    owner = DatabaseOwner.from_environment(os.environ)
    schema.downgrade(owner.url, revision, application_role=owner.application_role)
    say_revision(owner)


@group.command()
def current() -> None:
    """Show the database's revision and the newest one."""
    owner = DatabaseOwner.from_environment(os.environ)
    click.echo(f"database: {schema.current_of(owner.url) or 'base'}")
    click.echo(f"newest:   {schema.newest()}")


def say_revision(owner: DatabaseOwner) -> None:
    """Say where the database stands now."""
    click.echo(f"The database is at revision {schema.current_of(owner.url) or 'base'}.", err=True)
