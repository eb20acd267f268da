"""The migrations make what the tables say, and lead back as well as forward."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import create_engine, inspect
from sqlalchemy.pool import NullPool

from webapp.cli.root import tandem
from webapp.config import database_url
from webapp.extensions import Model
from webapp.store import schema
from webapp.store.tables import TABLES


@pytest.fixture
def empty_address(empty_database_url):
    """The address of a database without tables, as SQLAlchemy wants it."""
    return database_url({"DATABASE_URL": empty_database_url})


def tables_of(address):
    """The names of the tables a database has."""
    engine = create_engine(address, poolclass=NullPool)
    return set(inspect(engine).get_table_names())


def test_migrations_and_tables_agree(empty_address):
    schema.upgrade(empty_address)
    with create_engine(empty_address, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Model.metadata)
    assert differences == [], "make the migration anew: migrations/README.md says how"


def test_every_table_is_migrated(empty_address):
    schema.upgrade(empty_address)
    assert len(TABLES) > 5
    assert tables_of(empty_address) == {*Model.metadata.tables, "alembic_version"}


def test_the_way_back_leaves_nothing_and_leads_forward_again(empty_address):
    schema.upgrade(empty_address)
    schema.downgrade(empty_address, "base")
    assert tables_of(empty_address) == {"alembic_version"}
    schema.upgrade(empty_address)
    assert schema.current_of(empty_address) == schema.newest()


def test_upgrading_twice_changes_nothing(empty_address):
    schema.upgrade(empty_address)
    schema.upgrade(empty_address)
    assert schema.current_of(empty_address) == schema.newest()


def test_the_command_needs_nothing_but_the_database(empty_database_url):
    environment = {"DATABASE_URL": empty_database_url}
    assert CliRunner().invoke(tandem, ["db", "upgrade"], env=environment).exit_code == 0
    shown = CliRunner().invoke(tandem, ["db", "current"], env=environment).output
    assert shown.split() == ["database:", schema.newest(), "newest:", schema.newest()]
    gone = CliRunner().invoke(tandem, ["db", "downgrade", "base", "--yes"], env=environment)
    assert gone.exit_code == 0
    assert tables_of(database_url(environment)) == {"alembic_version"}
