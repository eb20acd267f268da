"""``tandem db``: where the database's schema stands, and bringing it to another revision."""

from __future__ import annotations

import os

import click

from webapp.config import database_url
from webapp.store import schema


@click.group("db")
def group() -> None:
    """Bring the database up to date; needs nothing but DATABASE_URL."""


@group.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database up to REVISION, the newest one by default."""
    schema.upgrade(database_url(os.environ), revision)
    say_revision()


@group.command()
@click.argument("revision")
@click.confirmation_option(prompt="Going back loses what newer tables and columns hold. Go on?")
def downgrade(revision: str) -> None:
    """Bring the database back to REVISION; `base` removes every table."""
    schema.downgrade(database_url(os.environ), revision)
    say_revision()


@group.command()
def current() -> None:
    """Show the database's revision and the newest one."""
    click.echo(f"database: {schema.current_of(database_url(os.environ)) or 'base'}")
    click.echo(f"newest:   {schema.newest()}")


def say_revision() -> None:
    """Say where the database stands now."""
    revision = schema.current_of(database_url(os.environ)) or "base"
    click.echo(f"The database is at revision {revision}.", err=True)
