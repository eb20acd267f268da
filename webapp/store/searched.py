"""Searching behind the wall: views by which a search may use its index.

PostgreSQL lets an operator that could tell of a row in an error, as LIKE could, see only rows that a policy
let pass, and so uses no index for it. These views show the same rows as the policies. They read the tables
with the rights of a role that nobody logs in as and that sees every row of them, so that to the planner the
portal is a condition like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, FromClause, Table, column, table, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import aliased

from webapp.extensions import Model

READER = "tandem_search"
"""The role that owns the views."""

SEARCHED = ("customer", "mirror_customer")
"""The tables with an index for searching."""

T = TypeVar("T", bound=Model)

_GIVEN = "SELECT pg_has_role(current_user, oid, 'SET') FROM pg_roles WHERE rolname = :reader"
_MADE = f"""
    DO $$ BEGIN CREATE ROLE {READER} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT {READER} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE
"""


class ReaderMissing(Exception):
    """The role the views belong to is not there and cannot be made; the text says who makes it how."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"The role {READER} is missing, and {owner} may not make it. Have a superuser say: "
            f'CREATE ROLE {READER} NOLOGIN; GRANT {READER} TO "{owner}" WITH INHERIT FALSE, SET TRUE'
        )


def searched(model: type[T]) -> type[T]:
    """Return a table as queries that search it name it."""
    return cast(type[T], aliased(model, _view(cast(Table, model.__table__)), adapt_on_names=True))


def lift(owner: Connection) -> None:
    """Take the views away: no column they show could be changed."""
    for name in SEARCHED:
        owner.exec_driver_sql(f"DROP VIEW IF EXISTS searched_{name}")


def build(owner: Connection, shown: Mapping[str, str], application_role: str) -> None:
    """Make the views anew; ``shown`` says by table which rows."""
    lift(owner)
    if shown:
        # Only who may make something in a schema can be given it.
        owner.exec_driver_sql(f"GRANT CREATE ON SCHEMA public TO {READER}")
    for name, rows in shown.items():
        owner.exec_driver_sql(f"GRANT SELECT ON {name} TO {READER}")
        owner.exec_driver_sql(f"CREATE VIEW searched_{name} AS SELECT * FROM {name} WHERE {rows}")
        owner.exec_driver_sql(f"GRANT SELECT ON searched_{name} TO {application_role}")
        owner.exec_driver_sql(f"ALTER VIEW searched_{name} OWNER TO {READER}")
    if shown:
        owner.exec_driver_sql(f"REVOKE CREATE ON SCHEMA public FROM {READER}")


def require_reader(owner: Connection) -> None:
    """Make the role the views belong to, if it is not there; raises ``ReaderMissing``."""
    if owner.scalar(text(_GIVEN), {"reader": READER}):
        return
    try:
        with owner.begin_nested():
            owner.exec_driver_sql(_MADE)
    except ProgrammingError as error:
        raise ReaderMissing(str(owner.scalar(text("SELECT current_user")))) from error


def _view(model: Table) -> FromClause:
    columns: list[Any] = [column(each.name, each.type) for each in model.columns]
    return table(f"searched_{model.name}", *columns).alias(model.name)
