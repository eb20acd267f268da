"""The schema of a database: where it stands, and how it gets to another revision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from webapp.store import policies, project_primary, searched, similar, standing, touched

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
"""Beside the packages, in a clone and in an installed wheel alike."""

TRIES = 5
"""How often a change is begun: pages read meanwhile may hold what it wants, and want what it holds."""


def upgrade(owner_url: str, revision: str = "head", *, application_role: str) -> None:
    """Bring a database up to a revision and wall it for the application; several may do so at once."""
    _run(owner_url, lambda config: command.upgrade(config, revision), application_role)


def downgrade(owner_url: str, revision: str, *, application_role: str) -> None:
    """Bring a database back to a revision; ``base`` is an empty one."""
    _run(owner_url, lambda config: command.downgrade(config, revision), application_role)


def current(connection: Connection) -> str | None:
    """Name the revision a database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def current_of(database_url: str) -> str | None:
    """Name the revision the database of an address is at."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        return current(connection)


def newest() -> str | None:
    """Name the newest revision this version brings."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def knows(revision: str) -> bool:
    """Tell whether a revision is one of this version or older."""
    return any(each.revision == revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def write(owner_url: str, message: str, number: str) -> None:
    """Write the script that leads from a database's schema to the tables as they are."""
    _run(owner_url, lambda config: command.revision(config, message, autogenerate=True, rev_id=number))


def _run(owner_url: str, step: Callable[[Config], object], application_role: str = "") -> None:
    engine = create_engine(owner_url, poolclass=NullPool)
    for left in reversed(range(TRIES)):
        try:
            with engine.begin() as connection:
                return _take(connection, step, application_role)
        except OperationalError as error:
            # Nothing of it was kept.
            if not (left and isinstance(error.orig, DeadlockDetected)):
                raise


def _take(connection: Connection, step: Callable[[Config], object], application_role: str) -> None:
    config = Config(str(MIGRATIONS / "alembic.ini"))
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    if application_role:
        searched.lift(connection)
    step(config)
    if application_role:
        policies.build(connection, application_role)
        touched.build(connection)
        standing.build(connection)
        similar.build(connection)
        project_primary.build(connection)
