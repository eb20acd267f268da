"""deploy/roles.sql: the roles and the database it makes are those the wall between portals stands on."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.databases import end_connections
from tests.deploy.conftest import DEPLOY, made_by_the_script

GUIDE = (DEPLOY.parent / "docs" / "operations.md").read_text("utf-8")
MANAGED = "GRANT tandem TO CURRENT_USER;"
"""What the guide has said before the database is made, where whoever runs a server is no superuser."""


@pytest.fixture
def made(postgres_url: str, tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """What the script makes on a managed server: the owner's address, the application's, and the name."""
    name = f"tandem_{secrets.token_hex(6)}"
    assert f"`{MANAGED}` before `CREATE DATABASE`" in GUIDE
    script = (DEPLOY / "roles.sql").read_text("utf-8")
    script = script.replace("SELECT 'CREATE DATABASE", f"{MANAGED}\nSELECT 'CREATE DATABASE")
    (tmp_path / "roles.sql").write_text(re.sub(r"\btandem", name, script))
    try:
        made = made_by_the_script(postgres_url, tmp_path / "roles.sql")
        # As before a backup is restored: what is there stays as it is.
        made_by_the_script(postgres_url, tmp_path / "roles.sql")
        yield *made, name
    finally:
        remove(postgres_url, name)


def remove(server_url: str, name: str) -> None:
    """Take out what the script made, as far as it came."""
    with psycopg.connect(server_url, autocommit=True) as server:
        end_connections(server_url, name)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        for role in (f"{name}_search", f"{name}_app", name):
            server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def test_the_application_owns_nothing_and_the_owner_may_stand_in_for_searching(made):
    owner, application, name = made
    with psycopg.connect(application) as connection:
        rights = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s"
        assert connection.execute(rights, [f"{name}_app"]).fetchone() == (False, False, False, False)
        assert connection.execute("SHOW jit").fetchone() == ("off",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")
    with psycopg.connect(owner) as connection:
        found = connection.execute("SELECT extname FROM pg_extension").fetchall()
        assert {("pg_trgm",), ("btree_gin",)} <= set(found)
        connection.execute("CREATE TABLE ours (id int)")
        inherits = "SELECT pg_has_role(current_user, %s, 'USAGE')"
        assert connection.execute(inherits, [f"{name}_search"]).fetchone() == (False,)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"{name}_search")))
