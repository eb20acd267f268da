"""Rows for every table of portals' data, whatever its columns are."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import ARRAY, Boolean, Column, DateTime, Numeric, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from webapp.store.policies import portal_column, walled_tables

_CHECKED = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE contype IN ('f', 'c') AND connamespace = 'public'::regnamespace
"""


def one_row_in_each_table(owner: psycopg.Connection, *portal_ids: uuid.UUID) -> None:
    """Give each portal a row in every table; what ties tables together is dropped for it."""
    for table, name in owner.execute(_CHECKED).fetchall():
        dropped = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        owner.execute(dropped.format(sql.Identifier(table.strip('"')), sql.Identifier(name)))
    for portal_id in portal_ids:
        for table in walled_tables():
            insert(owner, table, row_of(table, portal_id))


def insert(connection: psycopg.Connection, table: Table, row: dict[str, Any]) -> None:
    """Insert a row."""
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(map(sql.Placeholder, row))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})")
    connection.execute(statement.format(sql.Identifier(table.name), names, values), row)


def row_of(table: Table, portal_id: uuid.UUID) -> dict[str, Any]:
    """Fill the columns that have to be filled."""
    needed = [column for column in table.columns if column.primary_key or not column.nullable]
    row = {column.name: _value(column) for column in needed if column.computed is None}
    return row | {portal_column(table): portal_id}


def _value(column: Column[Any]) -> object:
    kind = column.type
    if isinstance(kind, Uuid):
        return uuid.uuid4()
    if isinstance(kind, DateTime):
        return datetime.now(UTC)
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, ARRAY):
        return []
    if isinstance(kind, JSONB):
        return Jsonb({})
    return 1 if isinstance(kind, Numeric) or kind.python_type is int else uuid.uuid4().hex
