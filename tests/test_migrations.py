"""The migrations make what the tables say, and lead back as well as forward."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from psycopg.errors import DeadlockDetected
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests.databases import with_login, with_path
from webapp.cli.root import tandem
from webapp.config import DatabaseOwner
from webapp.extensions import Model
from webapp.store import schema
from webapp.store.tables import TABLES

TAKES_AWAY = re.compile(r"\bdrop_(?:column|table)\(|\bnew_column_name=|\b(?:DROP COLUMN|DROP TABLE|RENAME) ")
TOOK_AWAY = {"0007", "0023"}
"""Revisions that took away what the version right before them read: older than the first one that was run."""


@pytest.fixture
def environment(empty_database_url, application_login):
    """What the commands of the schema are told: both addresses of a database without tables."""
    application = with_login(empty_database_url, application_login)
    return {"TANDEM_OWNER_DATABASE_URL": empty_database_url, "DATABASE_URL": application}


@pytest.fixture
def owner(environment):
    """The owner of a database without tables."""
    return DatabaseOwner.from_environment(environment)


@pytest.fixture
def migrated(database_url, postgres_url):
    """The owner of a database that `tandem db upgrade` made out of an empty one."""
    address = with_path(postgres_url, urlsplit(database_url).path)
    addresses = {"TANDEM_OWNER_DATABASE_URL": address, "DATABASE_URL": database_url}
    return DatabaseOwner.from_environment(addresses)


def upgrade(owner):
    """Bring a database up to date."""
    schema.upgrade(owner.url, application_role=owner.application_role)


def tables_of(address):
    """The names of the tables a database has."""
    engine = create_engine(address, poolclass=NullPool)
    return set(inspect(engine).get_table_names())


def test_migrations_and_tables_agree(migrated):
    with create_engine(migrated.url, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Model.metadata)
    assert differences == [], "write a migration: migrations/README.md says how"


def test_every_table_is_migrated(migrated):
    assert len(TABLES) > 5
    assert tables_of(migrated.url) == {*Model.metadata.tables, "alembic_version"}


def test_the_way_back_leaves_nothing_and_leads_forward_again(owner):
    upgrade(owner)
    schema.downgrade(owner.url, "base", application_role=owner.application_role)
    assert tables_of(owner.url) == {"alembic_version"}
    upgrade(owner)
    assert schema.current_of(owner.url) == schema.newest()


def test_none_takes_away_what_the_version_before_reads():
    scripts = {path.name[:4]: path.read_text("utf-8") for path in schema.MIGRATIONS.glob("versions/0*.py")}
    ways = {number: text.partition("def upgrade()")[2] for number, text in scripts.items()}
    there = {number: way.partition("def downgrade()")[0] for number, way in ways.items()}
    assert len(there) > 20
    assert {number for number, way in there.items() if TAKES_AWAY.search(way)} == TOOK_AWAY, (
        "it is away while the version before still answers: migrations/README.md says how"
    )


def test_upgrading_twice_changes_nothing(migrated):
    upgrade(migrated)
    assert schema.current_of(migrated.url) == schema.newest()


def test_gives_way_to_pages_that_are_read_meanwhile_and_begins_anew(migrated, monkeypatch):
    begun, step = [], schema.command.upgrade

    def upgrading(config, revision):
        begun.append(revision)
        if len(begun) == 1:
            raise OperationalError("ALTER TABLE link", {}, DeadlockDetected())
        step(config, revision)

    monkeypatch.setattr(schema.command, "upgrade", upgrading)
    upgrade(migrated)
    assert begun == ["head", "head"]


def test_the_command_needs_nothing_but_the_addresses_of_the_database(environment, owner):
    assert CliRunner().invoke(tandem, ["db", "upgrade"], env=environment).exit_code == 0
    shown = CliRunner().invoke(tandem, ["db", "current"], env=environment).output
    assert shown.split() == ["database:", schema.newest(), "newest:", schema.newest()]
    gone = CliRunner().invoke(tandem, ["db", "downgrade", "base", "--yes"], env=environment)
    assert gone.exit_code == 0
    assert tables_of(owner.url) == {"alembic_version"}
