"""Runs migrations on the connection it is handed, or on that of the application around it."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

import webapp.store.tables  # noqa: F401 - makes every table known

# A table whose module is not imported would seem to be gone.
from webapp.extensions import Model

ONE_AT_A_TIME = 0x7461_6E64
"""The advisory lock that lets several processes start at once."""


def run(connection: Connection) -> None:
    """Run what was asked for, alone."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    context.configure(connection=connection, target_metadata=Model.metadata, compare_type=True)
    context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with current_app.extensions["migrate"].db.engine.begin() as connection:
        run(connection)
