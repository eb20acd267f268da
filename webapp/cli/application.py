"""Running a command within the application of the environment's settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from webapp import logs, walls
from webapp.app import create_app
from webapp.config import SettingsError
from webapp.services import context, keys, portals
from webapp.services.errors import NotFound
from webapp.store.connections import Connection, connections_of
from webapp.store.portals import Portal

P = ParamSpec("P")
R = TypeVar("R")


def in_application(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command run in an application's context, outside every portal until it names one."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with create_app().app_context(), walls.outside_portals():
            hush()
            return command(*args, **kwargs)

    return run


def hush() -> None:
    """Show a person at a command line only warnings of what is logged meanwhile, unless a level is set."""
    if "TANDEM_LOG_LEVEL" not in os.environ:
        logs.configure(context.settings().log_format, "warning")


def require_keys() -> None:
    """Refuse to start without a key that secrets are sealed with: each would look lost to a process.

    A database that cannot be asked yet is no reason: what runs says so by itself.
    """
    try:
        missing = keys.problems()
    except (OperationalError, ProgrammingError):
        return
    if missing:
        raise SettingsError("\n".join(missing))


portal_option = click.option("--portal", "portal_key", required=True, metavar="KEY", help="The portal's key.")

connection_option = click.option(
    "--connection",
    "connection_name",
    metavar="ID",
    default="",
    help="The connection: its id, provider or organization; may be left out if there is only one.",
)


def portal_named(key: str) -> Portal:
    """Find the portal a person means, and be within it from now on; raises ``NotFound``."""
    found = portals.portal(key)
    walls.enter(found.id)
    return found


def connection_named(portal: Portal, name: str) -> Connection:
    """Find the connection a person means by its id, provider, or organization's id or name."""
    working = [each for each in connections_of(portal.id) if each.state in ("connected", "attention")]
    meant = [each for each in working if not name or _is_called(each, name)]
    if len(meant) == 1:
        return meant[0]
    remedy = f"See them with: tandem connection list --portal {portal.key}."
    if not working:
        raise NotFound(f"The portal {portal.key} has no connection. Make one with: tandem connection add.")
    if not meant:
        raise NotFound(f"The portal {portal.key} has no connection {name}. {remedy}")
    raise NotFound(f"Which connection is meant? There are {len(meant)}; name one with --connection. {remedy}")


def _is_called(connection: Connection, name: str) -> bool:
    names = (
        str(connection.id),
        connection.provider,
        connection.organization_id,
        connection.organization_name,
    )
    return name.casefold() in (each.casefold() for each in names)
