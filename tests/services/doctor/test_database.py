"""What the doctor says of a database: that it is well, and each way in which it is not."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from tests.databases import with_path
from webapp.extensions import db
from webapp.services.doctor import database, examine

LATER = ("queue", "processes", "keys", "mail", "clocks", "connections")


@pytest.fixture
def emptied_afterwards(database_url):
    """A database of this test alone."""
    return database_url


@pytest.fixture
def app(installation):
    """An installation on a database of this test alone, in which nothing is sacred."""
    return installation()


@pytest.fixture
def owner(app, as_owner, database_url):
    """The owner of the installation's database."""
    with as_owner(database_url) as connection:
        yield connection


class Ahead:
    """A clock that is ahead by so many seconds."""

    perf_counter = staticmethod(time.perf_counter)

    def __init__(self, seconds):
        self.seconds = seconds

    def time(self):
        return time.time() + self.seconds


def test_a_database_that_is_well_is_said_to_be(app, found):
    levels = {subject: finding.level for subject, finding in found("database").items()}
    # The tests' server forgets what it may to be quick.
    assert levels.pop("durability") == "warning"
    assert set(levels.values()) == {"ok"}
    assert {"reachable", "role", "extensions", "schema", "row-level security", "clock", "jit"} <= set(levels)


def test_one_that_is_away_is_a_fault_and_what_stands_on_it_is_not_looked_at(installation):
    installation(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    seen = list(examine())
    assert (seen[0].subject, seen[0].level) == ("reachable", "fault")
    assert "DATABASE_URL" in seen[0].remedy
    assert {each.area for each in seen if "Not looked at" in each.says} == set(LATER)
    assert any(each.area == "valkey" and each.level == "ok" for each in seen)


def test_the_owners_role_is_refused(installation, found, postgres_url, database_url):
    installation(DATABASE_URL=with_path(postgres_url, "/" + database_url.rpartition("/")[2]))
    role = found("database")["role"]
    assert role.level == "fault"
    assert "owns the tables" in role.says
    assert "docs/operations.md" in role.remedy


def test_a_missing_extension_is_named_with_the_statement_that_makes_it(owner, found):
    owner.execute("DROP EXTENSION pg_trgm CASCADE")
    extensions = found("database")["extensions"]
    assert extensions.level == "fault"
    assert "CREATE EXTENSION pg_trgm;" in extensions.remedy


@pytest.mark.parametrize(
    ("revision", "says", "remedy"),
    [("0001", "needs", "tandem db upgrade"), ("9999", "does not know", "Run the newer version")],
)
def test_another_schema_than_this_versions_is_a_fault(owner, found, revision, says, remedy):
    owner.execute("UPDATE alembic_version SET version_num = %s", [revision])
    schema = found("database")["schema"]
    assert schema.level == "fault"
    assert says in schema.says
    assert remedy in schema.remedy
    assert found("connections")["all"].says.startswith("Not looked at")


@pytest.mark.parametrize("hole", ["NO FORCE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"])
def test_a_hole_in_the_wall_is_a_fault(owner, found, hole):
    owner.execute(f"ALTER TABLE customer {hole}")
    wall = found("database")["row-level security"]
    assert wall.level == "fault"
    assert "customer" in wall.says
    assert "tandem db upgrade" in wall.remedy


def test_a_right_that_was_taken_away_is_a_fault(owner, found):
    assert found("database")["rights"].level == "ok"
    roles = owner.execute(
        "SELECT grantee FROM information_schema.role_table_grants WHERE table_name = 'link'"
    )
    for role in {role for (role,) in roles} - {owner.info.user}:
        owner.execute(f'REVOKE DELETE, UPDATE ON link FROM "{role}"')
    rights = found("database")["rights"]
    assert rights.level == "fault"
    assert "link (UPDATE, DELETE)" in rights.says
    assert "tandem db upgrade" in rights.remedy


def test_a_missing_view_for_searching_is_a_fault(owner, found):
    owner.execute("DROP VIEW searched_customer")
    search = found("database")["search"]
    assert (search.level, "customer" in search.says) == ("fault", True)
    assert "tandem db upgrade" in search.remedy


def test_jit_is_better_off(owner, found):
    name = owner.info.dbname
    owner.execute(f'ALTER DATABASE "{name}" SET jit = on')
    db.engine.dispose()
    jit = found("database")["jit"]
    assert jit.level == "warning"
    assert name in jit.remedy and "SET jit = off" in jit.remedy


@pytest.mark.parametrize(("seconds", "way"), [(3600, "ahead of"), (-3600, "behind")])
def test_a_clock_that_is_off_is_seen(app, found, monkeypatch, seconds, way):
    monkeypatch.setattr(database, "time", Ahead(seconds))
    clock = found("database")["clock"]
    assert clock.level == "warning"
    assert f"60 minutes {way}" in clock.says
    assert "NTP" in clock.remedy


def test_a_server_without_connections_to_spare_is_a_fault(app, found, monkeypatch):
    monkeypatch.setattr(database, "FEW_CONNECTIONS", 10_000)
    assert found("database")["connections"].level == "fault"


def test_a_transaction_that_is_open_for_long_is_seen(app, found, monkeypatch):
    monkeypatch.setattr(database, "LONG_TRANSACTION", 0.0)
    with db.engine.connect() as other:
        other.execute(text("SELECT 1"))
        transactions = found("database")["transactions"]
    assert transactions.level == "warning"
    assert "pg_terminate_backend" in transactions.remedy


def test_an_older_server_than_the_one_tested_with_is_said(app, found, monkeypatch):
    monkeypatch.setattr(database, "TESTED_WITH", 99)
    assert found("database")["version"].level == "warning"
