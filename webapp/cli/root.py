"""The command all others hang below, and what its errors look like."""

from __future__ import annotations

import sys

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, ProgrammingError

from sandbox.command import sandbox_command
from webapp.cli import connecting, database, importing, people, processes, sampling
from webapp.config import SettingsError
from webapp.sdk import ProviderError
from webapp.services.errors import ServiceError

COULD_NOT_RUN = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tandem-portal", prog_name="tandem")
def tandem() -> None:
    """Keep customers and contacts one thing in two places: here and in your finance app."""


COMMANDS = (
    processes.demo,
    processes.serve,
    processes.worker,
    processes.schedule,
    sandbox_command,
    database.group,
    people.portal_group,
    people.user_group,
    connecting.group,
    importing.refresh,
    importing.import_customers,
    importing.list_runs,
    sampling.sample,
)

for command in COMMANDS:
    tandem.add_command(command)


def main() -> None:
    """Run the command of the command line; an error is one line that names the remedy."""
    try:
        tandem(prog_name="tandem")
    except (SettingsError, ServiceError, ProviderError) as error:
        fail(str(error))
    except OperationalError:
        fail("The database does not answer: check DATABASE_URL and that PostgreSQL runs.")
    except ProgrammingError:
        fail("The database is not up to date: run `tandem db upgrade`.")
    except RedisError:
        fail("Valkey does not answer: check REDIS_URL and that it runs.")


def fail(words: str) -> None:
    """Say what is wrong on the error stream, and end."""
    for line in words.splitlines():
        click.echo(f"tandem: {line}", err=True)
    sys.exit(COULD_NOT_RUN)
