"""The command all others hang below, and what its errors look like."""

from __future__ import annotations

from typing import IO, Any

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from sandbox.command import sandbox_command
from webapp import read_only
from webapp.cli import (
    auditing,
    connecting,
    database,
    diagnosing,
    doctor,
    drifting,
    importing,
    keys,
    people,
    plugins,
    processes,
    sampling,
    syncing,
)
from webapp.config import SettingsError
from webapp.sdk import ProviderError
from webapp.services.errors import ServiceError
from webapp.store.searched import ReaderMissing
from webapp.walls import Unwalled


class Problem(click.ClickException):
    """What kept a command from running: a line for each, with the remedy; the exit code is 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it on the error stream."""
        for line in self.message.splitlines():
            click.echo(f"tandem: {line}", file=file, err=file is None)


class Commands(click.Group):
    """The commands; what they raise is said in words, without a stack trace."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(context)
        except (SettingsError, ServiceError, ProviderError, ReaderMissing, Unwalled) as error:
            raise Problem(str(error)) from error
        except OperationalError as error:
            raise Problem("The database does not answer: check DATABASE_URL and that it runs.") from error
        except ProgrammingError as error:
            raise Problem("The database is not up to date: run `tandem db upgrade`.") from error
        except InternalError as error:
            if not read_only.refused(error):
                raise
            raise Problem(read_only.WORDS) from error
        except RedisError as error:
            raise Problem("Valkey does not answer: check REDIS_URL and that it runs.") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tandem-portal", prog_name="tandem")
def tandem() -> None:
    """Keep customers and contacts one thing in two places: here and in your finance app."""


COMMANDS = (
    processes.demo,
    processes.serve,
    processes.worker,
    processes.schedule,
    doctor.doctor,
    diagnosing.diagnose,
    sandbox_command,
    database.group,
    people.portal_group,
    people.user_group,
    connecting.group,
    plugins.group,
    keys.group,
    auditing.group,
    importing.refresh,
    importing.import_customers,
    importing.list_runs,
    drifting.report,
    syncing.sync_now,
    sampling.sample,
)

for command in COMMANDS:
    tandem.add_command(command)


def main() -> None:
    """Run the command of the command line."""
    tandem(prog_name="tandem")
