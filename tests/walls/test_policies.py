"""The wall inside the database: every table, every act, whatever a query forgets to ask."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import UniqueConstraint, create_engine
from sqlalchemy.pool import NullPool

from tests.databases import temporary_database
from tests.walls.rows import insert, one_row_in_each_table, row_of
from webapp.config import DatabaseOwner
from webapp.extensions import Model
from webapp.store import policies
from webapp.store.policies import APPEND_ONLY, NEVER_CHANGED, OPEN_TABLES, portal_column, walled_tables
from webapp.store.searched import READER, SEARCHED

HERE, ELSEWHERE = uuid.uuid4(), uuid.uuid4()

UNIQUE_BY_ITSELF = {
    "uq_portal_key": "it leads to the portal",
    "uq_connection_id": "jobs name a connection by it, before its portal is known",
    "uq_webhook_token": "a provider calls it, before its portal is known",
    "uq_invitation_token": "a mail's link names an invitation by it, before its portal is known",
    "uq_connect_attempt_state_digest": "a callback names a trip by it, before its portal is known",
}
"""What is unique over all portals, with the reason."""


@pytest.fixture(scope="module")
def addresses(postgres_url, migrated_template, application_login):
    """A database with one row of two portals in each table: the application's address and the owner's."""
    with temporary_database(postgres_url, migrated_template, login=application_login) as application:
        name = application.rpartition("/")[2]
        owner = postgres_url.rpartition("/")[0] + f"/{name}"
        with psycopg.connect(owner, autocommit=True, options="-c tandem.portal=*") as connection:
            one_row_in_each_table(connection, HERE, ELSEWHERE)
        yield application, owner


@pytest.fixture
def application(addresses):
    """The application's way into that database; nothing it does stays."""
    with psycopg.connect(addresses[0]) as connection:
        yield connection
        connection.rollback()


def say(connection, portal):
    """Say whose rows the transaction is about."""
    connection.execute("SELECT set_config('tandem.portal', %s, true)", [str(portal)])


def owners_of(connection, table):
    """Tell whose rows of a table are seen."""
    asked = sql.SQL("SELECT {} FROM {}").format(
        sql.Identifier(portal_column(table)), sql.Identifier(table.name)
    )
    return {row[0] for row in connection.execute(asked)}


def each_table(test):
    """Run a test for every table of portals' data."""
    return pytest.mark.parametrize("table", walled_tables(), ids=lambda table: table.name)(test)


def test_a_table_has_a_portal_or_a_reason_to_have_none():
    without = {*Model.metadata.tables} - {table.name for table in walled_tables()}
    assert without == set(OPEN_TABLES)
    assert all(OPEN_TABLES.values())


@each_table
def test_every_key_and_every_tie_leads_with_the_portal(table):
    leading = portal_column(table)
    keys = [
        table.primary_key,
        *(key for key in table.constraints if isinstance(key, UniqueConstraint)),
        *(index for index in table.indexes if index.unique),
    ]
    for key in keys:
        assert next(iter(key.columns)).name == leading or key.name in UNIQUE_BY_ITSELF, key.name
    for tie in table.foreign_key_constraints:
        to = tie.referred_table.name
        assert to in OPEN_TABLES or (tie.column_keys[0], tie.elements[0].column.name) in (
            ("portal_id", "id" if to == "portal" else "portal_id"),
        ), tie.name


@each_table
def test_where_no_portal_is_said_nothing_is_read_and_nothing_written(application, table):
    assert owners_of(application, table) == set()
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        insert(application, table, row_of(table, HERE))


@each_table
def test_one_portal_reads_its_own_rows_and_adds_none_elsewhere(application, table):
    say(application, HERE)
    assert owners_of(application, table) == {HERE}
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        insert(application, table, row_of(table, ELSEWHERE))


@pytest.mark.parametrize(
    "table",
    [each for each in walled_tables() if each.name not in (*APPEND_ONLY, *NEVER_CHANGED)],
    ids=lambda table: table.name,
)
def test_a_row_of_another_portal_is_neither_changed_nor_taken_nor_given_away(application, table):
    name, column = sql.Identifier(table.name), sql.Identifier(portal_column(table))
    say(application, HERE)
    statements = ["UPDATE {0} SET {1} = {1} WHERE {1} = %s", "DELETE FROM {0} WHERE {1} = %s"]
    for statement in statements[:1] if table.name == "portal" else statements:
        assert application.execute(sql.SQL(statement).format(name, column), [ELSEWHERE]).rowcount == 0
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        application.execute(sql.SQL("UPDATE {0} SET {1} = %s").format(name, column), [uuid.uuid4()])


@each_table
def test_all_portals_are_seen_where_that_is_said(application, table):
    say(application, "*")
    assert owners_of(application, table) == {HERE, ELSEWHERE}


@each_table
def test_even_the_owner_is_held_back(addresses, table):
    with psycopg.connect(addresses[1]) as owner:
        assert owners_of(owner, table) == set()


def test_the_audit_does_not_go_with_its_portal(application):
    say(application, HERE)
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        application.execute("DELETE FROM portal")


@pytest.mark.parametrize("name", NEVER_CHANGED)
def test_what_the_database_noted_itself_is_not_changed_and_is_another_portals_to_nobody(application, name):
    say(application, HERE)
    table = sql.Identifier(name)
    gone = application.execute(sql.SQL("DELETE FROM {} WHERE portal_id = %s").format(table), [ELSEWHERE])
    assert gone.rowcount == 0
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        application.execute(sql.SQL("UPDATE {} SET portal_id = portal_id").format(table))


@pytest.mark.parametrize("name", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET number = 7", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_audit_is_only_added_to(application, name, statement):
    say(application, HERE)
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        application.execute(sql.SQL(statement).format(sql.Identifier(name)))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (number integer)",
        "ALTER TABLE customer NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE customer DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_portal ON customer",
        "CREATE POLICY mine ON customer USING (true)",
        "TRUNCATE customer CASCADE",
        "UPDATE alembic_version SET version_num = '1'",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
    ],
)
def test_the_application_cannot_take_the_wall_down(application, statement):
    with pytest.raises(InsufficientPrivilege):
        application.execute(statement)


def test_the_application_cannot_become_the_owner(addresses, application):
    owner = psycopg.conninfo.conninfo_to_dict(addresses[1])["user"]
    with pytest.raises(InsufficientPrivilege):
        application.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))


def test_the_application_takes_statistics_of_what_it_fills(application):
    tables = sql.SQL(", ").join(map(sql.Identifier, policies.MEASURED))
    application.execute(sql.SQL("ANALYZE {}").format(tables))


@pytest.mark.parametrize("name", SEARCHED)
def test_a_search_finds_a_portals_own_rows_by_the_index_for_it(application, name):
    view = sql.Identifier(f"searched_{name}")
    counted = sql.SQL("SELECT portal_id FROM {} WHERE search <> 'x'").format(view)
    seen = {}
    for said in ("", HERE, "*"):
        say(application, said)
        seen[said] = {row[0] for row in application.execute(counted)}
    assert seen == {"": set(), HERE: {HERE}, "*": {HERE, ELSEWHERE}}
    application.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    asked = sql.SQL("EXPLAIN SELECT FROM {} WHERE search LIKE '%abcde%'")
    for searched, by_index in ((view, True), (sql.Identifier(name), False)):
        plan = application.execute(asked.format(searched)).fetchall()
        assert any("Index Cond: (search ~~ " in line for (line,) in plan) is by_index


def test_nobody_logs_in_as_the_reader_of_searches_nor_does_the_owner_see_with_its_eyes(addresses):
    with psycopg.connect(addresses[1]) as owner:
        asked = "SELECT rolcanlogin, rolsuper, pg_has_role(current_user, oid, 'USAGE') FROM pg_roles"
        found = owner.execute(f"{asked} WHERE rolname = %s", [READER]).fetchone()
    assert found == (False, False, False)


def test_the_portal_is_asked_for_once_a_query_and_not_once_a_row(application):
    say(application, HERE)
    plan = "\n".join(row[0] for row in application.execute("EXPLAIN SELECT * FROM customer"))
    assert "Filter: ((portal_id = (InitPlan 1).col1) OR (InitPlan 2).col1)" in plan


@pytest.fixture
def own(postgres_url, migrated_template, application_login):
    """An owner's connection to a database of its own, and the application's role."""
    with temporary_database(postgres_url, migrated_template) as url:
        owner = DatabaseOwner.from_environment(
            {"TANDEM_OWNER_DATABASE_URL": url, "DATABASE_URL": f"postgresql://{application_login}@h/x"}
        )
        engine = create_engine(owner.url, poolclass=NullPool)
        with engine.connect() as connection:
            yield connection, owner.application_role


def walls(connection):
    """The policies there are; another number means that one was made anew."""
    return set(connection.exec_driver_sql("SELECT oid, polname FROM pg_policy").all())


def test_a_wall_that_stands_is_left_alone(own):
    connection, role = own
    before = walls(connection)
    policies.build(connection, role)
    assert walls(connection) == before
    assert len(before) == 2 * len(walled_tables()) + len(SEARCHED)


@pytest.mark.parametrize(
    "damage",
    [
        "ALTER TABLE customer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE customer NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own_portal ON customer",
        "DROP POLICY across_portals ON customer",
        "ALTER POLICY own_portal ON customer USING (true)",
        "CREATE POLICY another ON customer USING (true)",
    ],
)
def test_a_hole_in_the_wall_is_named_and_mended_by_an_upgrade(own, damage):
    connection, role = own
    assert policies.problems(connection) == []
    connection.exec_driver_sql(damage)
    (problem,) = policies.problems(connection)
    assert "on customer: run `tandem db upgrade`" in problem
    policies.build(connection, role)
    assert policies.problems(connection) == []
